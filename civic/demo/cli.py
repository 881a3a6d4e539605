"""Commands of the demo."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.demo import queries, service

demo = AppGroup("demo", help="A believable county to look at (never in production).")


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Say nothing where people have registered already.")
def load(*, if_empty: bool) -> None:
    """Fill an empty database with the demo and print its accounts."""
    if not queries.is_empty():
        if not if_empty:
            raise click.ClickException("The database is not empty; the demo needs an empty one.")
    else:
        click.echo("Loading the demo ...")
        click.echo(f"{service.load_demo(System())} ideas are there.")
    print_accounts()


def print_accounts() -> None:
    """The accounts of the demo."""
    click.echo(f"Demo accounts (password {service.PASSWORD}):")
    for name in service.ACCOUNTS:
        click.echo(f"  {name}@example.org")
