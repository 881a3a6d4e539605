"""Commands about organisations."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.organisations import service

group = AppGroup("organisations", help="Care for organisations.")


@group.command("render")
def render() -> None:
    """Render descriptions anew that an older version of the renderer made."""
    total = 0
    while done := service.render_anew(System()):
        total += done
    click.echo(f"{total} descriptions rendered anew.")
