"""Commands for whoever runs the platform."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.errors import RuleBroken
from civic.core.language import LANGUAGES
from civic.pages import service
from civic.pages.models import PageName

group = AppGroup("pages", help="Imprint, privacy and accessibility.")


@group.command("set")
@click.argument("name", type=click.Choice([name.value for name in PageName]))
@click.argument("language", type=click.Choice(list(LANGUAGES)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def set_text(name: str, language: str, file: Path) -> None:
    """Show the Markdown FILE on a page; an empty one brings the shipped text back."""
    try:
        body = file.read_text(encoding="utf-8-sig")
        is_own = service.set_text(System(), PageName(name), language, body)
    except (RuleBroken, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(f"/{name} ({language}) shows {'your own' if is_own else 'the shipped'} text.")
