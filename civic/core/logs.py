"""Structured logs with a request id; no names, addresses or texts of people in them."""

from __future__ import annotations

import io
import logging
import re
import secrets
import sys
import time
import traceback
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

from civic.config import Config

REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")

log: structlog.stdlib.BoundLogger = structlog.get_logger("civic")


def init_logs(app: Flask, config: Config) -> None:
    as_json = config.log_format == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _escape,
        _trace,
    ]
    last = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if config.testing else logging.INFO
        ),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Sink())),
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_end)


def _escape(logger: object, name: str, event: EventDict) -> EventDict:
    """One line stays one line, and no terminal is told to do anything."""
    del logger, name
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    return event


class _Sink(io.TextIOBase):
    """Standard error. If nobody reads it any more, requests go on: no act fails for its log."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def _trace(logger: object, name: str, event: EventDict) -> EventDict:
    """Where a fault happened, and its kind. Its message stays out: it often quotes what a person
    wrote (a value that could not be read, a row that stood there already).
    """
    del logger, name
    given = event.pop("exc_info", None)
    if given:
        event["exception"] = _places(given if isinstance(given, BaseException) else sys.exception())
    return event


def _places(error: BaseException | None) -> str:
    found = []
    while error is not None:
        kind = type(error)
        frames = "".join(traceback.format_tb(error.__traceback__))
        found.append(f"{kind.__module__}.{kind.__qualname__}\n{frames}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "caused by ".join(found).rstrip()


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.match(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    took = time.perf_counter() - g.get("began", time.perf_counter())
    log.info(
        "request",
        method=request.method,
        endpoint=request.endpoint or "-",
        status=response.status_code,
        ms=round(took * 1000, 1),
    )
    return response
