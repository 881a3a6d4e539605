"""Commands for measuring."""

from __future__ import annotations

import sys
import time

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.bench import ground, queries, service
from civic.bench.load import since

#: Seconds between two lines where no terminal shows the first one changing.
PATIENCE = 10

bench = AppGroup("bench", help="Made-up towns of any size, to measure on (never in production).")


@bench.command("seed")
@click.option("--ideas", required=True, type=click.IntRange(1), help="How many ideas.")
@click.option("--comments", default=-1, help="Default: five for each idea.")
@click.option("--votes", default=-1, help="Default: ten for each idea.")
@click.option("--people", default=-1, help="Default: one for five ideas.")
@click.option("--municipalities", default=-1, help="Default: one for 500 ideas.")
@click.option("--seed", default=2026, help="The same number makes the same towns.")
@click.option("--append", is_flag=True, help="Add to what is there (slower: the indexes stay).")
def seed(*, append: bool, **numbers: int) -> None:
    """Fill the database with towns where much is going on."""
    if not (append or queries.is_empty()):
        raise click.ClickException("The database is not empty. Add to it with --append?")
    begun = time.monotonic()
    size = service.Size(**numbers).complete()
    click.echo(
        f"{size.ideas:,} ideas, {size.comments:,} comments, {size.votes:,} votes, "
        f"{size.people:,} people ..."
    )
    service.seed(System(), size, _Line(size.ideas, begun))
    click.echo(f"Done in {since(begun)}. Accounts (password {service.PASSWORD}):")
    for name in (ground.RESIDENT, ground.STAFF, ground.ADMIN):
        click.echo(f"  {name}@example.org")


class _Line:
    """One line on the terminal that says how far it is; a new one every ten seconds elsewhere."""

    def __init__(self, ideas: int, begun: float) -> None:
        self.ideas, self.begun, self.said_at, self.done = ideas, begun, begun, 0

    def __call__(self, stage: str, ideas: int) -> None:
        self.done += ideas
        words = f"{since(self.begun):>6}  {stage or f'{self.done:,} of {self.ideas:,} ideas':<40}"
        if sys.stdout.isatty():
            click.echo(f"\r{words}", nl=bool(stage) or self.done == self.ideas)
        elif stage or self.done == self.ideas or time.monotonic() - self.said_at > PATIENCE:
            self.said_at = time.monotonic()
            click.echo(words)
