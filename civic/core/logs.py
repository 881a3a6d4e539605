"""Structured logs with a request id; no names, addresses or texts of people in them.

A line is handed to a thread that writes it: whoever reads the logs may be slow, stuck or gone, and
no request waits for that. What does not fit into the queue is dropped and counted.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import queue
import re
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

from civic.config import Config

REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
#: Lines that wait for a slow reader; at 200 bytes a line some 2 MB.
LONGEST_QUEUE = 10_000
#: Seconds that a process which ends still gives to the lines that wait.
LAST_WORDS = 1.0
MAIL_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")

log: structlog.stdlib.BoundLogger = structlog.get_logger("civic")


def init_logs(app: Flask, config: Config) -> None:
    as_json = config.log_format == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _escape,
        _mask,
        _trace,
    ]
    last = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr is not None and sys.stderr.isatty())
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


def _mask(logger: object, name: str, event: EventDict) -> EventDict:
    """An e-mail address that got into a line by mistake is not written."""
    del logger, name
    for key, value in event.items():
        if isinstance(value, str) and "@" in value:
            event[key] = MAIL_ADDRESS.sub("(address)", value)
    return event


class Writer:
    """Writes lines to standard error from a thread of its own, in the order they came.

    Straight to the file descriptor: a thread that hangs in `sys.stderr` would keep its lock, and
    with it everybody else who says a word there.
    """

    def __init__(self, descriptor: int = 2, longest: int = LONGEST_QUEUE) -> None:
        self.descriptor = descriptor
        self.longest = longest
        self.start_afresh()

    def start_afresh(self) -> None:
        """In a process that was forked: the thread stayed behind, and the lines are its own."""
        self._lines: queue.Queue[bytes] = queue.Queue(self.longest)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._dropped = 0

    def put(self, line: str) -> None:
        """Take a line; never waits. With a full queue the line is dropped."""
        if self._thread is None:
            self._start()
        try:
            self._lines.put_nowait(line.encode("utf-8", "backslashreplace"))
        except queue.Full:
            self._dropped += 1

    def take_dropped(self) -> int:
        """How many lines were dropped since this was last asked."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def drain(self, seconds: float = LAST_WORDS) -> bool:
        """Wait until all is written, at most so long; True when it is."""
        until = time.monotonic() + seconds
        while self._lines.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.005)
        return not self._lines.unfinished_tasks

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="logs", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        lines = self._lines
        while True:
            left = lines.get()
            try:
                while left:
                    left = left[os.write(self.descriptor, left) :]
            except OSError:  # nobody reads it any more: no act fails for its log
                self._dropped += 1
            lines.task_done()


writer = Writer()
os.register_at_fork(after_in_child=writer.start_afresh)
atexit.register(writer.drain)


class _Sink(io.TextIOBase):
    """Standard error by way of the thread; a stream that somebody put in its place at once."""

    def write(self, text: str) -> int:
        if sys.stderr is None:  # closed at the start; its number may be that of another file now
            return 0
        if sys.stderr is sys.__stderr__:
            writer.put(text)
            return len(text)
        with suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        if sys.stderr is not None and sys.stderr is not sys.__stderr__:
            with suppress(OSError, ValueError):
                sys.stderr.flush()


@contextmanager
def doing(job: int, kind: str) -> Iterator[None]:
    """Lines that are written meanwhile name the job of the queue that is being done."""
    with structlog.contextvars.bound_contextvars(job=job, kind=kind):
        yield


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
