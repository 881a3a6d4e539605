"""A connection to PostgreSQL that does not wait for ever, and does not take less for a commit.

The server's own time-outs (`core/database.py`) end statements that it is working on. They are of no
use when nothing comes back at all: a host that hangs, a disk that stands still, a line that is
stalled. So a request brings a budget of seconds that it may spend waiting for the database.

And one word of the server is dangerous: where a commit waits for a standby and somebody cancels the
wait, PostgreSQL warns and then says that it has committed. If the primary is lost in that moment,
so is what was acknowledged. Here such a commit is an error, like any whose outcome nobody knows.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from flask import Flask
from psycopg import errors
from psycopg.abc import PQGen
from sqlalchemy import Engine, event
from sqlalchemy.engine import Dialect

#: Seconds that one request may wait for PostgreSQL, all its statements together.
PATIENCE = 4.5
#: Seconds for the question whether a connection is alive; a new one is opened after it.
PING_PATIENCE = 1.5
#: A last statement is given this long, however much was waited before.
LEAST = 0.5
#: Where PostgreSQL's warning comes from (syncrep.c, since 9.1). Its words depend on `lc_messages`,
#: and its code is that of every warning.
UNREPLICATED = "SyncRepWaitForLSN"

RV = TypeVar("RV")


@dataclass
class Budget:
    """Seconds of waiting that are left to one request."""

    left: float


#: Of the request that runs; outside of requests (jobs, commands) nothing is cut short.
budget: ContextVar[Budget | None] = ContextVar("database_budget", default=None)


class PatientConnection(psycopg.Connection[Any]):
    """What the engines open."""

    is_unreplicated = False
    is_asked = False
    #: Whether it is asked after a while if it is alive, before it is used again.
    is_pinged = True

    def is_alive(self) -> bool:
        """Ask, and do not wait long for the answer. Not within a transaction."""
        was, self.autocommit, self.is_asked = self.autocommit, True, True
        try:
            self.execute("SELECT 1")
        except psycopg.Error:
            return False
        finally:
            self.is_asked = False
        self.autocommit = was
        return True

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Let psycopg wait, within the budget. Raises `OperationalError` beyond it."""
        own = budget.get()
        if own is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            return super().wait(gen, interval, self._most(own))
        except errors._WaitTimeout as late:  # noqa: SLF001 - psycopg has no public name for it
            self.pgconn.finish()  # what it would still say belongs to nobody
            raise psycopg.OperationalError("The database does not answer.") from late
        finally:
            own.left -= time.monotonic() - began

    def _most(self, own: Budget) -> float:
        left = max(own.left, LEAST)
        return min(left, PING_PATIENCE) if self.is_asked else left

    def commit(self) -> None:
        """Raises `OperationalError` where no standby confirmed what should have been confirmed."""
        self.is_unreplicated = False
        super().commit()
        if self.is_unreplicated:
            raise psycopg.OperationalError("Committed here, but on no standby.")

    def heed(self, notice: errors.Diagnostic) -> None:
        """Remember the one warning that must not be overheard."""
        if notice.source_function == UNREPLICATED:
            self.is_unreplicated = True


def init_patience(app: Flask) -> None:
    """Give each request its budget. Called before the database is connected, so that the budget
    also holds while the session is given back (the last to come in is the first to go).
    """
    app.before_request(_grant)
    app.teardown_appcontext(_end)


def _grant() -> None:
    budget.set(Budget(PATIENCE))


def _end(error: BaseException | None) -> None:
    del error
    budget.set(None)


def be_patient() -> None:
    """Lift the limit for the rest of this request."""
    budget.set(None)


@event.listens_for(Engine, "do_connect")
def _open(
    dialect: Dialect, record: object, arguments: list[Any], settings: dict[str, Any]
) -> PatientConnection | None:
    """Connections of the engines are patient ones; of another database they are left alone."""
    del record
    if dialect.name != "postgresql":
        return None
    connection = PatientConnection.connect(*arguments, **settings)
    connection.add_notice_handler(connection.heed)
    return connection
