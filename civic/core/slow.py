"""Statements and how long they take: counted for each request, told in the log when slow."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from civic.config import Config
from civic.core.logs import log

#: A statement is written into the log up to this many characters.
LONGEST_STATEMENT = 2000


@dataclass(slots=True)
class Tally:
    """What one request asked of the databases."""

    queries: int = 0
    seconds: float = 0.0


#: The tally of the request that this thread is busy with; None outside of requests.
tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


class _Threshold:
    """Seconds from which a statement is slow; of the process, as its engines are."""

    seconds = 0.5


def init_slow(app: Flask, config: Config) -> None:
    _Threshold.seconds = config.slow_query_ms / 1000
    app.before_request(_begin)
    app.teardown_request(_end)


def _begin() -> None:
    tally.set(Tally())


def _end(error: BaseException | None) -> None:
    del error
    tally.set(None)


@event.listens_for(Engine, "before_cursor_execute")
def _before(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
    del connection, cursor, statement
    context = rest[1]  # after the parameters
    if context is not None:
        context.civic_began = time.perf_counter()


@event.listens_for(Engine, "after_cursor_execute")
def _after(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
    del connection, cursor
    _note(rest[1], statement, failed=False)


@event.listens_for(Engine, "handle_error")
def _failed(fault: ExceptionContext) -> None:
    """A statement that was given up at its time-out is the slowest of all."""
    _note(fault.execution_context, fault.statement or "", failed=True)


def _note(context: Any, statement: str, *, failed: bool) -> None:
    began = getattr(context, "civic_began", None)
    if began is None:
        return
    took = time.perf_counter() - began
    own = tally.get()
    if own is not None:
        own.queries += 1
        own.seconds += took
    if took >= _Threshold.seconds:
        log.warning(
            "slow statement",
            ms=round(took * 1000),
            endpoint=(request.endpoint or "-") if has_request_context() else "-",
            statement=" ".join(statement.split())[:LONGEST_STATEMENT],
            failed=failed,
        )
