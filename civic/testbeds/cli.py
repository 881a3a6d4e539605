"""Commands about test beds."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.testbeds import service

testbeds = AppGroup("testbeds", help="Care for test beds.")


@testbeds.command("render")
def render() -> None:
    """Render texts anew that an older version of the renderer made."""
    total = 0
    while done := service.render_anew(System()):
        total += done
    click.echo(f"{total} texts rendered anew.")


@testbeds.command("settle")
def settle() -> None:
    """Close what is past its last day and open what has a place again, as each night."""
    click.echo(f"{service.settle(System())} test beds changed.")
