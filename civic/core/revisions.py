"""Which tables the program expects and which there are, told without Alembic.

Alembic and what it needs are a tenth of the start of a process, and only migrations need them.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import click
from flask import Flask
from sqlalchemy import Connection, inspect, text

from civic.core.db import db

#: As `migrations/script.py.mako` writes it: each stands on one other, the first on none.
_STEP = re.compile(r"""^(revision|down_revision) = (?:["'](\w+)["']|None)$""", re.MULTILINE)


def current(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def known(folder: str | Path) -> dict[str, str]:
    """All revisions that this version knows, each with that on which it stands ("": none)."""
    steps = [dict(_STEP.findall(path.read_text())) for path in Path(folder).glob("versions/*.py")]
    return {step["revision"]: step["down_revision"] for step in steps}


def newest(folder: str | Path) -> str | None:
    """The revision that the code of this version expects; none stands on it."""
    steps = known(folder)
    return next((revision for revision in steps if revision not in steps.values()), None)


class Migrations:
    """What Flask-Migrate looks for in `app.extensions`; it is loaded when it looks."""

    def __init__(self, folder: str) -> None:
        self.db, self.directory = db, folder

    @cached_property
    def migrate(self) -> Any:
        kind = resolve_name("flask_migrate:Migrate")
        return kind(db=db, directory=self.directory, render_as_batch=True, compare_type=True)


class Commands(click.Command):
    """`civic db ...`: the commands of Flask-Migrate, loaded when one of them is called."""

    def make_context(self, *words: Any, **settings: Any) -> click.Context:
        commands: click.Group = resolve_name("flask_migrate.cli:db")
        return commands.make_context(*words, **settings)


def init_revisions(app: Flask, folder: str) -> None:
    app.config["MIGRATIONS_FOLDER"] = folder
    app.extensions["migrate"] = Migrations(folder)
    app.cli.add_command(Commands("db", help="Perform database migrations."))
