"""Commands about ideas."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.rendering import add_render
from civic.ideas import service
from civic.ideas.polis import PolisError, read_conversation
from civic.municipalities import queries as municipalities

ideas = AppGroup("ideas", help="Import ideas and care for them.")
add_render(ideas, partial(service.render_anew, System()))

WORDS = {
    "ideas": "ideas",
    "visible": "  of them visible",
    "hidden": "  of them hidden (moderated out)",
    "authors": "authors",
    "voters": "people who voted",
    "votes": "votes",
    "stale_counts": "statements whose older counts differ from the votes",
}


@ideas.command("import-polis")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--municipality", "slug", required=True, help="Slug of the municipality.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one object.")
def import_polis(folder: Path, slug: str, *, as_json: bool) -> None:
    """Make ideas and votes of the Polis export in FOLDER; all or nothing, and only once."""
    municipality = municipalities.find(slug)
    if municipality is None:
        _fail(f"there is no municipality {slug!r}.")
    try:
        conversation = read_conversation(folder)
    except PolisError as error:
        _fail(str(error))
    with click.progressbar(length=conversation.steps, label="Importing", file=sys.stderr) as bar:
        is_new = service.import_conversation(System(), municipality, conversation, bar.update)
    numbers = conversation.numbers()
    if as_json:
        click.echo(json.dumps(numbers))
        return
    for name, words in WORDS.items():
        click.echo(f"{numbers[name]:>8,} {words}")
    click.echo("Imported." if is_new else "Everything was there already; nothing has changed.")


def _fail(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(2)
