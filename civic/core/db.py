"""The one database session, the column types of the house, and the one place that commits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Table,
    TypeDecorator,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import ConnectionPoolEntry

#: True: a transaction that begins now will write (SQLite then takes its lock at once, for a read
#: that turns into a write fails immediately under concurrency). A GET request sets it to False.
will_write: ContextVar[bool] = ContextVar("will_write", default=True)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL does not sync at commit: an acknowledged idea could be lost
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)
#: Milliseconds after which PostgreSQL gives up, so that a stall becomes a 503 and not a queue.
POSTGRES_LIMITS = {
    "statement_timeout": 3000,
    "lock_timeout": 2000,
    "idle_in_transaction_session_timeout": 10000,
}


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


def engine_options(url: str) -> dict[str, Any]:
    """Options of the engine for this address: bounded waits on PostgreSQL, pragmas elsewhere.

    Errors do not quote the values of their statement, which are what people wrote.
    """
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 5}}
    limits = " ".join(f"-c {name}={value}" for name, value in POSTGRES_LIMITS.items())
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_timeout": 3,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {"connect_timeout": 2, "options": limits},
    }


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, record: ConnectionPoolEntry) -> None:
    del record
    if not type(connection).__module__.startswith("sqlite3"):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    connection.create_function("ln", 1, math.log, deterministic=True)  # not in every build


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write.get() else "BEGIN")


@contextmanager
def transaction() -> Iterator[None]:
    """Commit once, when the outermost block ends well; roll everything back when it does not.

    Used as `@transaction()` on each command. A command that calls another joins its transaction.
    """
    info = db.session().info
    depth = info.get("depth", 0)
    info["depth"] = depth + 1
    try:
        yield
        if depth == 0:
            db.session.commit()
    except BaseException:
        if depth == 0:
            db.session.rollback()
        raise
    finally:
        info["depth"] = depth


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


def rows_of(result: Any) -> int:
    """How many rows a statement touched."""
    return cast("CursorResult[Any]", result).rowcount
