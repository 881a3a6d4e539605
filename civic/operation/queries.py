"""What the house knows about itself: backups, departures, mails, and what the database says."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Mapper

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core import redis, revisions
from civic.core.db import be_patient, db, is_postgres
from civic.core.errors import Missing
from civic.core.outbox import Mail, MailState
from civic.core.paging import Order
from civic.core.work import queries as work
from civic.core.work.models import Job
from civic.operation.ledger import Gone
from civic.operation.models import BackupRun, Departure

#: As many values one statement names.
PORTION = 500
LATEST = Order((("done_at", Job.done_at), ("id", Job.id)))


def last_backup() -> BackupRun | None:
    """The newest backup that was written and read again."""
    return db.session.scalar(select(BackupRun).order_by(BackupRun.made_at.desc()).limit(1))


def is_this_host(run: BackupRun) -> bool:
    """Whether a backup was written on the machine that asks."""
    return run.host == socket.gethostname()[:100]


def departures() -> set[Gone]:
    """Everybody who left, as this database knows it."""
    rows = db.session.execute(
        select(Departure.user_id, Departure.joined_at, Departure.left_at, Departure.erased)
    )
    return {Gone(*row) for row in rows}


def returned(entries: Iterable[Gone]) -> set[Gone]:
    """Those of a ledger who are here although they had left."""
    wanted = {(entry.user_id, entry.joined_at): entry for entry in entries}
    here: set[tuple[int, datetime]] = set()
    for ids in _portions(sorted({id for id, _ in wanted})):
        people = select(User.id, User.created_at).where(User.id.in_(ids), User.left_at.is_(None))
        here |= {(id, joined_at) for id, joined_at in db.session.execute(people)}
    return {entry for key, entry in wanted.items() if key in here}


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """In portions that a statement may name."""
    for begin in range(0, len(ids), PORTION):
        yield ids[begin : begin + PORTION]


def failed_mails(since: datetime | None = None) -> int:
    """How many mails that were given up still stand there; with a day only those since then."""
    statement = select(func.count()).select_from(Mail).where(Mail.state == MailState.FAILED)
    if since:
        statement = statement.where(Mail.created_at >= since)
    return db.session.scalar(statement) or 0


def dead_letters() -> Select[Any]:
    """Jobs that were given up."""
    return work.dead().order_by(None)


def dead_letter(id: int) -> Job:
    """One of them. Raises `Missing`."""
    found: Job | None = db.session.scalar(dead_letters().where(Job.id == id))
    if found is None:
        raise Missing
    return found


# -- the database ----------------------------------------------------------------------------


def is_sqlite() -> bool:
    return not is_postgres()


def database_file() -> str | None:
    """The file of SQLite; None elsewhere."""
    return db.session.get_bind().engine.url.database if is_sqlite() else None


def server_version() -> str:
    if is_sqlite():
        return sqlite3.sqlite_version
    return str(db.session.scalar(text("SHOW server_version"))).split(" ")[0]


def revision() -> str | None:
    """The revision of the tables; None where there are none."""
    return revisions.current(db.session.connection())


def database_time() -> datetime:
    """What the clock of the database says."""
    if is_sqlite():
        seconds = db.session.scalar(text("SELECT (julianday('now') - 2440587.5) * 86400.0"))
        return datetime.fromtimestamp(float(seconds or 0), UTC)
    moment = db.session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(moment, datetime)  # noqa: S101 - what PostgreSQL answers
    return moment


def settings(names: Iterable[str]) -> dict[str, str]:
    """Settings of the database, as it spells them. The names are ours, never a person's."""
    order = "PRAGMA " if is_sqlite() else "SHOW "
    return {name: str(db.session.scalar(text(order + name))) for name in names}


def corruption() -> str:
    """What SQLite finds wrong with its file; empty when all is well, and on PostgreSQL."""
    if not is_sqlite():
        return ""
    found = str(db.session.scalar(text("PRAGMA quick_check(1)")))
    return "" if found == "ok" else found


def redis_state() -> str:
    """How Redis stands: "off" where none is set, else "in use" or "away"."""
    store = redis.store()
    if store is None:
        return "off"
    try:
        store.call(lambda client: client.ping())
    except redis.Away:
        return "away"
    return "in use"


# -- rows ------------------------------------------------------------------------------------


def orphans() -> dict[str, int]:
    """Table -> number of rows that point at a row that is not there.

    SQLite looks itself. PostgreSQL does not let it happen, unless a key was never validated.
    Things are looked at on both: their trunk row must have one in the table of their kind.
    """
    be_patient()
    found = _foreign_keys_of_sqlite() if is_sqlite() else _unvalidated_keys()
    for mapper in Contribution.__mapper__.self_and_descendants:
        if number := _trunks_without(mapper):
            found[mapper.local_table.description] = number
    return found


def _foreign_keys_of_sqlite() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in db.session.execute(text("PRAGMA foreign_key_check")):
        found[row[0]] = found.get(row[0], 0) + 1
    return found


def _unvalidated_keys() -> dict[str, int]:
    rows = db.session.execute(
        text(
            "SELECT conrelid::regclass::text, count(*) FROM pg_constraint "
            "WHERE contype = 'f' AND NOT convalidated GROUP BY 1"
        )
    )
    return {str(name): int(number) for name, number in rows}


def _trunks_without(mapper: Mapper[Contribution]) -> int:
    own, trunk = mapper.local_table, Contribution.__table__
    if own is trunk:
        return 0
    statement = (
        select(func.count())
        .select_from(trunk.outerjoin(own, own.c.id == trunk.c.id))
        .where(trunk.c.kind == mapper.polymorphic_identity, own.c.id.is_(None))
    )
    return db.session.scalar(statement) or 0
