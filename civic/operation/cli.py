"""Commands for whoever runs the platform: backup, restore, and who must not come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from civic.accounts.current import farewells
from civic.accounts.models import System
from civic.config import Config
from civic.core.assets import find_root
from civic.core.db import db
from civic.core.errors import Unavailable
from civic.operation import archive, doctor, ledger, service
from civic.operation.archive import DamagedError, Manifest
from civic.operation.doctor import Check, Finding, Level, Patient
from civic.operation.postgres_dump import ProgramError
from civic.operation.sqlite_file import InUseError

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except DamagedError as error:
        raise click.ClickException(f"The file is damaged: {error}.") from error
    except (service.RestoreError, ProgramError, InUseError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except Unavailable as error:
        raise click.ClickException(f"The store of files fails ({type(error).__name__}).") from error
    except DBAPIError as error:
        raise click.ClickException(f"The database says: {error.orig}") from error


def _config() -> Config:
    config: Config = current_app.extensions["civic_config"]
    return config


@click.command("backup")
@click.option("--to", "folder", type=FOLDER, help="Folder of the backups (CIVIC_BACKUP_PATH).")
@click.option("--keep", type=click.IntRange(1), help="Remove all but the newest so many.")
@click.option("--verify", "file", type=FILE, help="Make none; compare every hash in this one.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@with_appcontext
def backup(folder: Path | None, keep: int | None, file: Path | None, *, as_json: bool) -> None:
    """Write database and media into one file, or verify such a file. The site goes on meanwhile."""
    with _in_plain_words():
        if file:
            _tell(file, archive.verify(file), file.stat().st_size, as_json=as_json)
            return
        config = _config()
        made = service.make_backup(System(), config, folder or config.backups, keep=keep)
    _tell(made.file, made.manifest, made.size, as_json=as_json)
    if not as_json:
        click.echo(f"Took {made.seconds:.1f} s. {len(made.removed)} older ones removed.")
        if elsewhere := made.manifest.media_elsewhere:
            click.echo(
                f"Media are not in it. They lie in {elsewhere}: keep versions of them there."
            )
        click.echo(made.manifest.note)


def _tell(file: Path, manifest: Manifest, size: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": str(file), "bytes": size, **asdict(manifest)}))
        return
    rows = sum(table.rows for table in manifest.tables.values())
    click.echo(
        f"{file}: {size:,} bytes, {rows:,} rows in {len(manifest.tables)} tables, "
        f"{len(manifest.files) - 1} media files, of {manifest.made_at}. Every hash fits."
    )


@click.command("restore")
@click.argument("file", type=FILE)
@click.option("--overwrite", is_flag=True, help="Replace what is there; asks before.")
@click.option("--departures", type=FILE, multiple=True, help="A further ledger of who left.")
@with_appcontext
def restore(file: Path, departures: tuple[Path, ...], *, overwrite: bool) -> None:
    """Put a backup in the place of database and media. Stop web and worker processes before."""
    if overwrite:
        _ask()
    with _in_plain_words():
        done = service.restore(
            System(),
            _config(),
            file,
            migrations=Path(current_app.config["MIGRATIONS_FOLDER"]),
            farewells=farewells(),
            overwrite=overwrite,
            ledgers=departures,
        )
    rows = sum(table.rows for table in done.manifest.tables.values())
    click.echo(f"Restored {rows:,} rows of {done.manifest.made_at}. Every hash fits.")
    if done.departed:
        click.echo(f"{done.departed} people had left since then; they have left again.")
    if not done.is_current:
        click.echo("The tables are those of an older version. Next: civic db upgrade")
    if done.waiting:
        click.echo(f"And then, before anybody comes in: civic depart-again {done.waiting}")


def _ask() -> None:
    """Whoever overwrites types what is lost."""
    name = str(db.engine.url.database)
    click.echo(f"Everything in {name} and in the media folder will be replaced.")
    if click.prompt("Type the name of the database to go on", default="") != name:
        raise click.ClickException("That was another name. Nothing has changed.")


@click.command("depart-again")
@click.argument("file", type=FILE)
@with_appcontext
def depart_again(file: Path) -> None:
    """Let everybody in a ledger leave again, after a restore from before they left."""
    with _in_plain_words():
        count = service.repeat_departures(System(), ledger.read(file), farewells=farewells())
    click.echo(f"{count} people have left again.")


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Leave out what reads whole tables.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@with_appcontext
def examine(*, quick: bool, as_json: bool) -> None:
    """Look whether the house is well, and say what to do. Exit status 1: something is not."""
    patient = Patient(_config(), find_root(), Path(current_app.config["MIGRATIONS_FOLDER"]))
    found = []
    for check, finding in doctor.examine(patient, thorough=not quick):
        found.append((check, finding))
        if not as_json:
            click.echo(f"{finding.level:<8} {check.label}: {finding.say(str)}")
    if as_json:
        click.echo(json.dumps([_row(check, finding) for check, finding in found], indent=1))
    if any(finding.level is Level.ERROR for _, finding in found):
        raise SystemExit(1)


def _row(check: Check, finding: Finding) -> dict[str, str]:
    return {
        "check": check.name,
        "level": finding.level.value,
        "message": finding.message % finding.values,
        "advice": finding.advice % finding.values,
    }
