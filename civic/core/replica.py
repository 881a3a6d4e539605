"""Reading from a streaming replica, without anybody seeing an older state than their own write.

A request that only reads (GET) asks the replica, unless the person has just written: the place of
their last write in the log of the primary stands in a cookie, and only a replica that has replayed
that place may answer them. The replica is left out while it is away, hangs or is too far behind,
and a statement that fails there is asked of the primary once more. Commands and the console never
touch it; there is one session and one way of asking for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask, Response, current_app, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState

from civic.config import Config
from civic.core import metrics
from civic.core.database import libpq_address
from civic.core.logs import log
from civic.core.patience import PatientConnection
from civic.core.replica_watch import Watch

#: The name of the replica among the engines of Flask-SQLAlchemy.
BIND = "replica"
#: How long a browser remembers the place of its last write, in seconds. A replica in use is never
#: more than `replica_watch.MOST_LAG` behind, so this is a wide margin.
REMEMBERED = 3600
POSITION = re.compile(r"^[0-9a-f]{1,16}$")
#: Said to a browser where the place could not be asked for: no replica has ever come so far.
UNKNOWN = 2**64 - 1
READING = frozenset({"GET", "HEAD"})
#: The end of what was inserted, not of what was written: with `synchronous_commit = off` a commit
#: is acknowledged before its record is written.
WHERE = text("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text")
IS_BEHIND = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn < %(position)s::numeric"


class TooOldError(SQLAlchemyError):
    """The replica has not replayed the last write of the person who is looking."""


@dataclass(slots=True)
class Visit:
    """One request, as far as the choice of the database goes."""

    #: Place of the last write of this browser; 0 where there is none.
    position: int = 0
    #: Whether the replica answers; None until the first statement decides it.
    is_elsewhere: bool | None = None
    #: Whether something was written in this request.
    wrote: bool = False


#: The visit of the request that this thread is busy with. None: everything asks the primary.
visit: ContextVar[Visit | None] = ContextVar("visit", default=None)


def init_replica(app: Flask, config: Config, db: SQLAlchemy) -> None:
    """Connect the routing, if a replica is set; without one nothing of it runs."""
    if not config.replica_url:
        return
    with app.app_context():
        engine = db.engines[BIND]
    watch = Watch(libpq_address(config.engine_url), libpq_address(config.replica_url))
    watch.dispose = engine.dispose
    event.listen(engine, "begin", _refuse_older)
    event.listen(engine, "connect", _believe)
    event.listen(engine, "connect", lambda connection, _: watch.keep(connection))
    app.extensions["civic_replica"] = watch
    if not event.contains(db.session, "do_orm_execute", _route):
        event.listen(db.session, "do_orm_execute", _route)
    app.before_request(_arrive)
    app.after_request(_remember)
    app.teardown_request(_leave)


def _believe(connection: PatientConnection, record: object) -> None:
    """A dead connection costs a second question, to the primary; a ping would always cost one."""
    del record
    connection.is_pinged = False


def is_set() -> bool:
    return "civic_replica" in current_app.extensions


def state() -> str:
    """How the replica stands, as this process sees it: "in use", "behind" or "away"."""
    _watch().has_replayed(0)  # a process that has answered nobody yet begins to look
    return _watch().word


def _watch() -> Watch:
    found: Watch = current_app.extensions["civic_replica"]
    return found


@contextmanager
def only_primary() -> Iterator[None]:
    """For what must be true at this moment, as whether a session is still alive."""
    token = visit.set(None)
    try:
        yield
    finally:
        visit.reset(token)


def note_write() -> None:
    """Something was committed: the rest of this request reads where it was written."""
    own = visit.get()
    if own is not None:
        own.wrote, own.is_elsewhere = True, False


def has_written() -> bool:
    """Whether this browser wrote something lately, so that nothing older may be shown to it."""
    own = visit.get()
    return own is not None and (own.wrote or own.position > 0)


def _arrive() -> None:
    """Commands too have a visit: what they write is remembered, and they read the primary."""
    given = request.cookies.get(_cookie_name(), "")
    position = int(given, 16) if POSITION.match(given) else 0
    visit.set(Visit(position, None if request.method in READING else False))


def _leave(error: BaseException | None) -> None:
    del error
    visit.set(None)


def _route(state: ORMExecuteState) -> Any:
    """Ask the replica where this visit may; the primary where it may not or the replica fails."""
    own = visit.get()
    if own is None or own.is_elsewhere is False:
        return None
    if not state.is_select or state.session.info.get("depth", 0):
        return None
    if own.is_elsewhere is None:
        own.is_elsewhere = _watch().has_replayed(own.position)
        metrics.count(metrics.reads, "replica" if own.is_elsewhere else "primary")
        if not own.is_elsewhere:
            return None
    engine = current_app.extensions["sqlalchemy"].engines[BIND]
    try:
        return state.invoke_statement(bind_arguments={"bind": engine})
    except (DBAPIError, PoolTimeout, TooOldError) as fault:
        _give_up(own, fault)
        return None


def _give_up(own: Visit, fault: Exception) -> None:
    """The rest of this request asks the primary; a replica that is gone is left out by all."""
    own.is_elsewhere = False
    metrics.count(metrics.reads, "primary after all")
    if isinstance(fault, TooOldError):
        return
    cause = getattr(fault, "orig", None) or fault
    log.warning("replica failed", error=type(cause).__name__)
    if isinstance(cause, psycopg.Error) and _is_gone(cause.sqlstate):
        _watch().leave_out()


def _is_gone(sqlstate: str | None) -> bool:
    """The line broke (no state at all), or the server ends, starts or takes nobody in."""
    return sqlstate is None or sqlstate.startswith(("08", "57P", "53"))


def _refuse_older(connection: Connection) -> None:
    """Where an address stands for several replicas, the one watched may be ahead of this one."""
    own = visit.get()
    if own is not None and own.position:
        found = connection.exec_driver_sql(IS_BEHIND, {"position": own.position})
        if found.scalar_one() is not False:
            raise TooOldError


def _remember(response: Response) -> Response:
    """After a write the browser gets its place. Such an answer is of one browser alone."""
    own = visit.get()
    if own is None or not own.wrote:
        return response
    response.set_cookie(
        _cookie_name(),
        f"{_position():x}",
        max_age=REMEMBERED,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _position() -> int:
    """The place in the log that holds all that was committed until now."""
    try:
        with current_app.extensions["sqlalchemy"].engine.connect() as connection:
            return int(connection.execute(WHERE).scalar_one())
    except SQLAlchemyError as fault:
        log.warning("position unknown", error=type(fault).__name__)
        return UNKNOWN


def _cookie_name() -> str:
    return "__Host-civic-at" if current_app.config["SESSION_COOKIE_SECURE"] else "civic-at"
