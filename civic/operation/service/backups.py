"""Backups: one consistent state, written whole, read again before anybody relies on it."""

from __future__ import annotations

import platform
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, text

from civic.accounts.models import Actor
from civic.config import Bucket, Config
from civic.core import clock, revisions
from civic.core.db import db, transaction
from civic.core.logs import log
from civic.core.policy import demand
from civic.operation import archive, policy, postgres_dump, sqlite_file
from civic.operation.archive import Manifest
from civic.operation.content import contents
from civic.operation.models import BackupRun
from civic.operation.places import media_folder
from civic.operation.service.departures import write_ledger


@dataclass(frozen=True)
class Made:
    """A backup that was made."""

    file: Path
    size: int
    seconds: float
    manifest: Manifest
    #: Older ones that were removed for it.
    removed: list[Path]


def make_backup(actor: Actor, config: Config, folder: Path, *, keep: int | None = None) -> Made:
    """Write a backup into the folder; with `keep` remove all but the newest so many.

    Web and worker processes go on meanwhile. Raises `ProgramError`, `OSError`.
    """
    demand(policy.may_operate, actor)
    postgres_dump.demand_direct(config.engine_url)
    began, moment = time.monotonic(), clock.now()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"civic-{moment:%Y%m%d-%H%M%S}.tar"
    with tempfile.TemporaryDirectory(prefix=".civic-", dir=folder) as workshop:
        database, manifest = _take(Path(workshop), moment.isoformat())
        manifest = replace(manifest, media_elsewhere=_elsewhere(config))
        archive.write(target, database, media_folder(config), manifest)
    archive.verify(target)
    size, seconds = target.stat().st_size, time.monotonic() - began
    _remember(actor, target, size=size, seconds=seconds)
    write_ledger(actor, folder)
    removed = archive.rotate(folder, keep) if keep else []
    log.info("backup made", size=size, seconds=round(seconds, 1))
    return Made(target, size, seconds, manifest, removed)


def _elsewhere(config: Config) -> str:
    if isinstance(config.media, Bucket):
        return "/".join(filter(None, ("s3:/", config.media.name, config.media.prefix)))
    return ""


def _take(workshop: Path, made_at: str) -> tuple[Path, Manifest]:
    """The database as a file, and what it holds; both of the same moment."""
    is_postgres = db.engine.dialect.name == "postgresql"
    return (_take_postgres if is_postgres else _take_sqlite)(workshop, made_at)


def _take_sqlite(workshop: Path, made_at: str) -> tuple[Path, Manifest]:
    copy, packed = workshop / "copy", workshop / sqlite_file.NAME
    sqlite_file.copy_to(Path(str(db.engine.url.database)), copy)
    engine = sqlite_file.engine_on(copy)
    try:
        with engine.connect() as connection:
            server = sqlite3.sqlite_version
            manifest = _manifest(connection, made_at, sqlite_file.NAME, lambda _: server)
    finally:
        engine.dispose()
    sqlite_file.pack(copy, packed)
    return packed, manifest


def _take_postgres(workshop: Path, made_at: str) -> tuple[Path, Manifest]:
    packed = workshop / postgres_dump.NAME
    with postgres_dump.snapshot(db.engine) as (connection, name):
        postgres_dump.dump(db.engine.url, name, packed)
        return packed, _manifest(connection, made_at, postgres_dump.NAME, _server_version)


def _server_version(connection: Connection) -> str:
    return str(connection.scalar(text("SHOW server_version")))


def _manifest(
    connection: Connection, made_at: str, database: str, server: Callable[[Connection], str]
) -> Manifest:
    return Manifest(
        made_at=made_at,
        civic=version("civic"),
        python=platform.python_version(),
        kind=connection.dialect.name,
        server=server(connection),
        revision=revisions.current(connection) or "",
        database=database,
        tables=contents(connection),
    )


@transaction()
def _remember(actor: Actor, file: Path, *, size: int, seconds: float) -> None:
    del actor
    db.session.add(
        BackupRun(
            made_at=clock.now(),
            file=str(file.absolute())[-500:],
            host=socket.gethostname()[:100],
            size=size,
            seconds=round(seconds),
        )
    )
