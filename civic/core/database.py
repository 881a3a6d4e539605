"""How the databases are connected: addresses, bounded waits, pools, and a pooler in between."""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from typing import Any

from flask import has_request_context
from sqlalchemy import Engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from civic.core.patience import PatientConnection
from civic.core.turns import turn_at

#: True: a transaction that begins now will write (SQLite then takes its lock at once, for a read
#: that turns into a write fails immediately under concurrency). A GET request sets it to False.
will_write: ContextVar[bool] = ContextVar("will_write", default=True)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL does not sync at commit: an acknowledged idea could be lost
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)
#: In `info` of a connection to SQLite: its turn to write, for which it waits no longer than this.
TURN, TURN_SECONDS = "civic_turn", 5.0
#: Milliseconds after which PostgreSQL gives up, so that a stall becomes a 503 and not a queue.
POSTGRES_LIMITS = {
    "statement_timeout": 3000,
    "lock_timeout": 2000,
    "idle_in_transaction_session_timeout": 10000,
}
#: A replica answers sooner or not at all: the primary is asked after it, within the same request.
REPLICA_LIMITS = POSTGRES_LIMITS | {"statement_timeout": 1500}
#: Our statements take a few milliseconds. Starting helpers or a compiler for one takes longer
#: than it does, and on a busy machine it takes the processors from others.
SHORT_WORK = {"max_parallel_workers_per_gather": 0, "jit": "off"}
#: The limits for one transaction, in one statement.
SET_LIMITS = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)" for name, value in POSTGRES_LIMITS.items()
)
#: Of an address with this parameter set to 0: a pooler such as pgbouncer stands in between and
#: gives each transaction another connection.
POOLED = "prepare_threshold"
#: In `info` of a connection: each transaction must set the time-outs for itself.
OWN_LIMITS = "civic_own_limits"
#: In `info` of a connection that answers without a transaction, until it is given back.
READS = "civic_reads"
#: In `info` of a connection: when it was last used. For so many seconds it is believed to live.
USED, TRUSTED = "civic_used", 1.0
#: A thread of gunicorn uses one connection at a time, so a pool larger than the threads of a
#: process lies idle. PostgreSQL must allow pool + overflow for every process.
POOL = {"pool_size": 8, "max_overflow": 8, "pool_use_lifo": True}
#: A host that vanished without a word is noticed after this time, not after a quarter of an hour.
ALIVE = {
    "tcp_user_timeout": 5000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}


def is_pooled(url: str) -> bool:
    """Whether the address says that a pooler stands in between."""
    return make_url(url).query.get(POOLED) == "0"


def plain_address(url: str) -> URL:
    """The address without the words that are meant for us and not for the driver."""
    return make_url(url).difference_update_query([POOLED])


def libpq_address(url: str) -> str:
    """The address as psycopg itself takes it."""
    plain = plain_address(url).set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


def engine_options(url: str, limits: dict[str, int] | None = None) -> dict[str, Any]:
    """Options of the engine for this address: bounded waits on PostgreSQL, pragmas elsewhere.

    Errors do not quote the values of their statement, which are what people wrote.
    """
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 5}}
    arguments: dict[str, Any] = {"connect_timeout": 2, **ALIVE}
    if is_pooled(url):
        # The connection behind it changes, and with it what was prepared; it takes no options.
        arguments["prepare_threshold"] = None
    else:
        settings = {**(limits or POSTGRES_LIMITS), **SHORT_WORK}
        arguments["options"] = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {
        "hide_parameters": True,
        "pool_timeout": 3,
        **POOL,
        "connect_args": arguments,
    }


def replica_options(url: str) -> dict[str, Any]:
    """Those of the replica's engine. What it does not answer the primary is asked (`replica.py`),
    so its connections are not asked beforehand whether they live.
    """
    options = engine_options(url, REPLICA_LIMITS)
    return options | {"url": plain_address(url), "pool_timeout": 1}


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, record: ConnectionPoolEntry) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        connection.create_function("ln", 1, math.log, deterministic=True)  # not in every build
    elif connection.prepare_threshold is None and not _brings_limits(connection):
        record.info[OWN_LIMITS] = True


def _brings_limits(connection: Any) -> bool:
    """Behind a pooler: whether the server sets the time-outs by itself (at the role, or by
    pgbouncer's `connect_query`), so that no transaction has to.
    """
    connection.autocommit = True
    found = connection.execute("SELECT current_setting('statement_timeout') <> '0'").fetchone()
    connection.autocommit = False
    return bool(found[0])


@event.listens_for(Pool, "checkout")
def _on_checkout(connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """A connection that lay idle is asked whether it is still there; who has just used it knows."""
    del proxy
    if not isinstance(connection, PatientConnection) or not connection.is_pinged:
        return
    idle = time.monotonic() - record.info.get(USED, math.inf)
    if idle > TRUSTED and not connection.is_alive():
        raise DisconnectionError


@event.listens_for(Pool, "checkin")
def _on_checkin(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()
    if record.info.pop(READS, False) and connection is not None and not connection.closed:
        connection.autocommit = False
    if turn := record.info.pop(TURN, None):
        turn.give()


def _begin_sqlite(connection: Connection) -> None:
    if not will_write.get():
        connection.exec_driver_sql("BEGIN")
        return
    if TURN not in connection.info:  # a connection keeps its turn until it is given back
        turn = turn_at(str(connection.engine.url.database))
        if not turn.take(TURN_SECONDS):
            raise PoolTimeout("Too many people are writing.")
        connection.info[TURN] = turn
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        _begin_sqlite(connection)
        return
    own: Any = connection.connection.dbapi_connection
    # Each statement sees what is committed, with or without a transaction around it. A request that
    # only reads does without: that saves two ways to the database, and nothing is held while a page
    # is written. Behind a pooler a transaction keeps its statements on one connection.
    if has_request_context() and not will_write.get() and own.prepare_threshold is not None:
        connection.info[READS] = own.autocommit = True
    if OWN_LIMITS in connection.info:
        connection.exec_driver_sql(SET_LIMITS)
