"""Commands about innovations."""

from __future__ import annotations

from functools import partial

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.recount import add_recount
from civic.innovations import service

innovations = AppGroup("innovations", help="Care for the register of innovations.")
add_recount(
    innovations,
    partial(service.recount, System()),
    "Compare the numbers of uses shown with the entries themselves and repair what differs.",
)


@innovations.command("render")
def render() -> None:
    """Render texts anew that an older version of the renderer made."""
    total = 0
    for renders in (service.render_anew, service.render_exchanges_anew):
        while done := renders(System()):
            total += done
    click.echo(f"{total} texts rendered anew.")
