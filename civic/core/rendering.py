"""Texts that an older renderer made: finding them, and the command that renders them anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy import select

from civic.core import html
from civic.core.db import db

Row = TypeVar("Row")


def outdated(table: type[Row], batch: int) -> Sequence[Row]:
    """Some rows of a table with `renderer_version` whose HTML an older renderer made."""
    made_by: Any = table
    is_old = made_by.renderer_version < html.RENDERER_VERSION
    return db.session.scalars(select(table).where(is_old).limit(batch)).all()


def add_render(group: AppGroup, *renders: Callable[[], int]) -> None:
    """The command `render` of a room: each of `renders` does a batch and returns its number."""

    @group.command("render", help="Render texts anew that an older version of the renderer made.")
    def command() -> None:
        total = 0
        for render_batch in renders:
            while done := render_batch():
                total += done
        click.echo(f"{total} texts rendered anew.")
