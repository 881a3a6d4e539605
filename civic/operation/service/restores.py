"""Restores: all of a backup, compared row by row, or nothing."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, inspect

from civic.accounts import service as accounts
from civic.accounts.models import Actor
from civic.config import Config
from civic.core import revisions
from civic.core.db import db
from civic.core.logs import log
from civic.core.policy import demand
from civic.core.storage import store
from civic.operation import archive, ledger, policy, postgres_dump, queries, sqlite_file
from civic.operation.archive import Manifest
from civic.operation.content import contents, differences
from civic.operation.ledger import Gone
from civic.operation.media import NoExchange, added, is_filled, owned_like, unpacked
from civic.operation.models import Departure
from civic.operation.places import media_folder, private_file
from civic.operation.service.departures import repeat_departures


class RestoreError(Exception):
    """The backup cannot be restored here; the message is a sentence for the console."""


@dataclass(frozen=True)
class Restored:
    """What came back."""

    manifest: Manifest
    #: People who left after the backup and have left again.
    departed: int
    #: Whether the tables are those that the program expects.
    is_current: bool
    #: Departures that wait until the migrations were run; None: there are none.
    waiting: Path | None = None


@dataclass(frozen=True)
class _Order:
    """A restore, ready to begin."""

    actor: Actor
    manifest: Manifest
    overwrite: bool
    gone: set[Gone]
    #: Whether the tables will fit the program, so that people can leave again at once.
    is_current: bool
    farewells: Sequence[accounts.Farewell]
    #: For the dump while it is read.
    workshop: Path


def restore(
    actor: Actor,
    config: Config,
    file: Path,
    *,
    migrations: Path,
    farewells: Sequence[accounts.Farewell],
    overwrite: bool = False,
    ledgers: Collection[Path] = (),
) -> Restored:
    """Put a backup in the place of the database and the media of these settings.

    Without `overwrite` the place must be empty. Nothing has changed when it raises `RestoreError`,
    `DamagedError`, `ProgramError` or `InUseError`. No web or worker process may run meanwhile.
    """
    demand(policy.may_operate, actor)
    postgres_dump.demand_direct(config.engine_url)
    manifest = archive.verify(file)
    is_current = _fits(manifest, db.engine.dialect.name, migrations)
    media = media_folder(config)
    _demand_place(media, manifest)
    if not overwrite:
        _demand_empty(media)
    gone = set().union(*(ledger.read(path) for path in {file.parent / ledger.NAME, *ledgers}))
    gone |= _gone_here()
    order = _Order(
        actor, manifest, overwrite, gone, is_current, farewells, config.instance_path / "restore"
    )
    db.session.remove()
    db.engine.dispose()
    with tarfile.open(file, "r:") as tar, _media(tar, manifest, media) as exchange:
        put = _put_postgres if manifest.kind == "postgresql" else _put_sqlite
        departed = put(order, tar, exchange)
    log.info("backup restored", made_at=manifest.made_at, departed=departed)
    waiting = None if is_current else _keep(config, gone)
    return Restored(manifest, departed, is_current, waiting)


def _fits(manifest: Manifest, kind: str, migrations: Path) -> bool:
    """Whether the program expects these very tables. Raises `RestoreError` if it knows them not."""
    if manifest.kind != kind:
        raise RestoreError(
            f"This is a backup of {manifest.kind}; CIVIC_DATABASE_URL leads to {kind}."
        )
    if manifest.revision not in revisions.known(migrations):
        raise RestoreError(
            f"This backup was made by Civic {manifest.civic}, whose tables (revision "
            f"{manifest.revision}) are not known here. Please install that version first."
        )
    return manifest.revision == revisions.newest(migrations)


def _media(
    tar: tarfile.TarFile, manifest: Manifest, folder: Path | None
) -> AbstractContextManager[NoExchange]:
    """The media on their way back; a backup that was made without them leaves them alone."""
    if folder is None:
        return added(tar, manifest, store())
    return (
        nullcontext(NoExchange()) if manifest.media_elsewhere else unpacked(tar, manifest, folder)
    )


def _demand_place(media: Path | None, manifest: Manifest) -> None:
    """Raises `RestoreError` where the media could not change places in the end."""
    if media is not None and not manifest.media_elsewhere and media.is_mount():
        raise RestoreError(
            f"{media} is a disk of its own, which cannot be exchanged at once. Let CIVIC_MEDIA_URL "
            "name a folder on it."
        )


def _demand_empty(media: Path | None) -> None:
    if _tables():
        raise RestoreError(
            "The database is not empty. Restore into an empty one, or say --overwrite."
        )
    if media is not None and is_filled(media):
        raise RestoreError(f"{media} is not empty. Move it away, or say --overwrite.")


def _tables() -> list[str]:
    file = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and not (file and Path(file).exists()):
        return []  # and do not make it by looking
    with db.engine.connect() as connection:
        return inspect(connection).get_table_names()


def _gone_here() -> set[Gone]:
    """Who left by the database that is about to be replaced."""
    return queries.departures() if Departure.__tablename__ in _tables() else set()


def _put_postgres(order: _Order, tar: tarfile.TarFile, exchange: NoExchange) -> int:
    order.workshop.parent.mkdir(parents=True, exist_ok=True)
    with private_file(order.workshop) as dump:
        _copy_out(tar, order.manifest, dump)
        with db.engine.connect() as connection, connection.begin():
            postgres_dump.lift_limits(connection)
            if order.overwrite:
                postgres_dump.clear(connection)
            postgres_dump.load(connection, dump)
            _compare(order, connection)
            departed = _repeat(order, connection)
            exchange.swap()
    return departed


def _put_sqlite(order: _Order, tar: tarfile.TarFile, exchange: NoExchange) -> int:
    target = Path(str(db.engine.url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    with private_file(target) as new, private_file(target) as packed:
        _copy_out(tar, order.manifest, packed)
        sqlite_file.unpack(packed, new)
        engine = sqlite_file.engine_on(new)
        try:
            with engine.connect() as connection:
                _compare(order, connection)
            departed = _repeat(order, engine)
        finally:
            engine.dispose()
        owned_like(new, target.parent)
        exchange.swap()
        sqlite_file.put(new, target)
    return departed


def _copy_out(tar: tarfile.TarFile, manifest: Manifest, target: Path) -> None:
    with target.open("wb") as file:
        archive.copy_part(tar, manifest, manifest.database, file.write)


def _compare(order: _Order, connection: Connection) -> None:
    """Raises `RestoreError` if what was loaded is not what was saved."""
    if wrong := differences(order.manifest.tables, contents(connection)):
        raise RestoreError("What was loaded is not what was saved: " + "; ".join(wrong[:5]))


def _repeat(order: _Order, bind: Connection | Engine) -> int:
    """Let those leave again who had left, before anybody can see them."""
    if not order.is_current:
        return 0
    with _instead_of_the_database(bind):
        return repeat_departures(order.actor, order.gone, farewells=order.farewells)


@contextmanager
def _instead_of_the_database(bind: Connection | Engine) -> Iterator[None]:
    """Let the sessions of this block work on another place.

    On a connection with an open transaction they join it: it decides whether anything stays.
    """
    engines = cast("dict[str | None, Any]", db.engines)
    usual = engines[None]
    db.session.remove()
    engines[None] = bind
    try:
        yield
    finally:
        db.session.remove()
        engines[None] = usual


def _keep(config: Config, gone: set[Gone]) -> Path | None:
    """The ledger for later: its people cannot leave tables that the program does not know yet."""
    if not gone:
        return None
    file = config.instance_path / ledger.NAME
    ledger.write(file, ledger.read(file) | gone)
    return file
