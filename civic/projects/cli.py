"""Commands about projects."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.projects import service

projects = AppGroup("projects", help="Care for projects.")


@projects.command("render")
def render() -> None:
    """Render texts anew that an older version of the renderer made: of projects and their news."""
    total = 0
    for renders in (service.render_anew, service.render_posts_anew):
        while done := renders(System()):
            total += done
    click.echo(f"{total} texts rendered anew.")
