"""Commands for whoever runs the platform: what lies in the store of files, and should not."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from civic.accounts.models import System
from civic.attachments import service
from civic.core.errors import Unavailable


@click.group("attachments")
def group() -> None:
    """Files that people added."""


@group.command("sweep")
@click.option("--even-many", is_flag=True, help="Also when most files are without a row.")
@click.option("--dry-run", is_flag=True, help="Count, and remove nothing.")
@with_appcontext
def sweep(*, even_many: bool, dry_run: bool) -> None:
    """Remove files that no row names, left by uploads that were killed more than a day ago."""
    try:
        if dry_run:
            found = service.find_orphans(System())
            click.echo(f"{len(found.keys)} of {found.files} files belong to nothing.")
            return
        click.echo(f"{service.sweep(System(), even_many=even_many)} files removed.")
    except service.Suspicious as doubt:
        raise click.ClickException(
            "More than half of all files belong to nothing. Does CIVIC_MEDIA_URL name the store of "
            "this database? If it does, say --even-many."
        ) from doubt
    except Unavailable as fault:
        raise click.ClickException(
            f"The store does not answer ({type(fault).__name__})."
        ) from fault
