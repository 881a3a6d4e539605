"""The one database session, the column types of the house, and the one place that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Delete,
    Dialect,
    MetaData,
    Select,
    String,
    Table,
    TypeDecorator,
    delete,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, registry

from civic.config import Config
from civic.core import patience, replica
from civic.core.database import (
    POSTGRES_LIMITS,
    engine_options,
    plain_address,
    replica_options,
    will_write,
)
from civic.core.logs import log


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite keeps it without a zone, Python never sees it without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone reached the database.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[Any]):
    """A `StrEnum` stored as its value in a plain string column, so a new value needs no DDL."""

    impl = String(20)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        del dialect
        return None if value is None else self.kind(value)


_metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """The base of all tables; the naming convention lets migrations name every constraint."""

    registry = registry(metadata=_metadata, type_annotation_map={datetime: UTCDateTime})


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def connect(app: Flask, config: Config) -> None:
    """Connect the house to its database, and to the replica where one is set."""
    url = config.engine_url
    app.config["SQLALCHEMY_DATABASE_URI"] = url if url.startswith("sqlite") else plain_address(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    if config.replica_url:
        app.config["SQLALCHEMY_BINDS"] = {replica.BIND: replica_options(config.replica_url)}
    db.init_app(app)
    replica.init_replica(app, config, db)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit once, when the outermost block ends well; roll everything back when it does not.

    Used as `@transaction()` on each command. A command that calls another joins its transaction.
    """
    info = db.session().info
    depth = info.get("depth", 0)
    info["depth"] = depth + 1
    if depth == 0:
        info["afterwards"], info["undoing"] = [], []
    try:
        yield
        if depth == 0:
            _commit(info)
    except BaseException:
        if depth == 0:
            db.session.rollback()
            _undo(info.pop("undoing"))
        raise
    finally:
        info["depth"] = depth
    if depth == 0:
        del info["undoing"]
        _committed(info.pop("afterwards"))


def _commit(info: dict[Any, Any]) -> None:
    try:
        db.session.commit()
    except BaseException as fault:
        if _is_in_doubt(fault):
            info["undoing"].clear()
        raise


def _is_in_doubt(fault: BaseException) -> bool:
    """The line broke, or this process was told to end: nobody knows whether the commit arrived."""
    if isinstance(fault, DBAPIError):
        return fault.connection_invalidated
    return not isinstance(fault, SQLAlchemyError)


def _undo(acts: list[Callable[[], object]]) -> None:
    for act in reversed(acts):
        try:
            act()
        except Exception as fault:  # noqa: BLE001 - people are told of what came before
            log.error("not undone", error=type(fault).__name__)


def _committed(afterwards: list[Callable[[], object]]) -> None:
    replica.note_write()
    for act in afterwards:
        act()


def after_commit(act: Callable[[], object]) -> None:
    """Do this once the running transaction is committed, and never if it is rolled back.

    For what must not fail the command: what it tells is acknowledged already.
    """
    info = db.session().info
    if info.get("depth", 0):
        info["afterwards"].append(act)
    else:
        act()


def after_rollback(act: Callable[[], object]) -> None:
    """Do this if the running transaction is rolled back: it undoes what was done elsewhere.

    Not when the commit itself broke off, for it may have arrived; nor when the process is killed.
    Whoever uses it therefore also clears up by the clock.
    """
    undoing = db.session().info.get("undoing")
    if undoing is not None:
        undoing.append(act)


@contextmanager
def writing() -> Iterator[None]:
    """For bookkeeping in a request that only reads: a write transaction of its own."""
    release()
    token = will_write.set(True)
    try:
        with transaction():
            yield
    finally:
        will_write.reset(token)


def release() -> None:
    """End a transaction that only read, so that no lock is held during slow work (hashing)."""
    if db.session().info.get("depth", 0) == 0:
        db.session.rollback()


def be_patient() -> None:
    """Lift the time-outs for the rest of this transaction (imports, repairs on the console)."""
    patience.be_patient()
    if db.session.get_bind().dialect.name == "postgresql":
        for name in POSTGRES_LIMITS:
            db.session.execute(text(f"SET LOCAL {name} = 0"))


def is_postgres() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def insert_once(table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert unless a row with the same key stands there; True when this call made the row.

    The constraint decides, not a look beforehand: two at the same moment make one row.
    """
    target = cast("Table", table.__table__)
    insert = postgresql.insert if is_postgres() else sqlite.insert
    statement = insert(target).values(**values).on_conflict_do_nothing()
    made = db.session.execute(statement.returning(*target.primary_key.columns))
    return made.first() is not None


def remove_in_batches(old: Select[Any], size: int) -> int:
    """Remove rows bit by bit, each bit a transaction of its own; returns how many.

    old: ids of one table, in any order. Nobody waits long for a lock.
    """
    [key] = old.selected_columns
    batch = old.limit(size).scalar_subquery()
    gone = 0
    while removed := _remove(delete(key.table).where(key.in_(batch))):
        gone += removed
    return gone


@transaction()
def _remove(some: Delete) -> int:
    return rows_of(db.session.execute(some.execution_options(synchronize_session=False)))


def rows_of(result: Any) -> int:
    """How many rows a statement touched."""
    return cast("CursorResult[Any]", result).rowcount
