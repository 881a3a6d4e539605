"""Commands for whoever runs the platform."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from civic.core.errors import Missing
from civic.municipalities import queries, service
from civic.municipalities.gv100ad import DirectoryError, Entry, read_directory

group = AppGroup("municipalities", help="Municipalities and the official directory.")


class Console:
    """The person at the console may do what the platform may; people live a floor above."""

    def is_admin(self) -> bool:
        return True


class Refusal(click.ClickException):
    """One line of words and exit status 2: nothing was changed."""

    exit_code = 2


@group.command("import-gv100ad")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--encoding", default="utf-8-sig", help="latin-1 for editions before UTF-8.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def import_gv100ad(file: Path, encoding: str, *, as_json: bool) -> None:
    """Take over the official directory of municipalities (GV100AD of Destatis).

    May be run again with each new edition; a broken file changes nothing.
    """
    entries = _read(file, encoding)
    with click.progressbar(length=len(entries), label="Municipalities", file=sys.stderr) as bar:
        report = service.import_directory(Console(), entries, bar.update)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        click.echo(
            f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged"
            f", {report.gone} not in this file."
        )


def _read(file: Path, encoding: str) -> list[Entry]:
    try:
        entries = list(read_directory(file, encoding=encoding))
    except (DirectoryError, LookupError, OSError) as error:
        raise Refusal(f"{file}: {error}") from error
    if not entries:
        raise Refusal(f"{file}: no municipality in it.")
    return entries


@group.command("activate")
@click.argument("slug")
@click.option("--off", is_flag=True, help="Close it instead.")
def activate(slug: str, *, off: bool) -> None:
    """Open a municipality, so that people can take part there."""
    try:
        town = queries.by_slug(slug)
    except Missing as error:
        raise Refusal(f"There is no municipality with the address {slug!r}.") from error
    changed = service.activate(Console(), town, is_active=not off)
    state = "closed" if off else "open"
    click.echo(f"{town.title} is {'now' if changed else 'already'} {state}.")
