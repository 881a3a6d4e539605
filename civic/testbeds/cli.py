"""Commands about test beds."""

from __future__ import annotations

from functools import partial

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.rendering import add_render
from civic.testbeds import service

testbeds = AppGroup("testbeds", help="Care for test beds.")
add_render(testbeds, partial(service.render_anew, System()))


@testbeds.command("settle")
def settle() -> None:
    """Close what is past its last day and open what has a place again, as each night."""
    click.echo(f"{service.settle(System())} test beds changed.")
