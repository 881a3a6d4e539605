"""Waking up the workers: PostgreSQL passes the word on when the transaction is committed.

It only saves the wait until they look by themselves. Nothing is lost where it is not heard: on
SQLite, behind pgbouncer, or while the connection is down.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psycopg
from sqlalchemy import text

from civic.core.database import is_pooled, libpq_address
from civic.core.db import db, is_postgres
from civic.core.logs import log

CHANNEL = "civic_jobs"
#: Commits that notify queue up behind each other, so a busy process does not ring for each of its
#: jobs: workers that were woken this shortly ago are at work anyway.
SHORTEST = 0.1
#: Seconds until a broken connection is made again.
AGAIN = 5.0

_rang_at = 0.0


def ring(*, urgent: bool) -> None:
    """Tell idle workers, at the end of the running transaction, that there is work."""
    global _rang_at  # noqa: PLW0603 - a race here costs one bell more or less
    if not is_postgres() or (not urgent and time.monotonic() - _rang_at < SHORTEST):
        return
    _rang_at = time.monotonic()
    db.session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


class Ear:
    """Hears the bell through a connection of its own. Without PostgreSQL, and behind a pooler
    (which gives the connection to others), it only waits.
    """

    def __init__(self, url: str) -> None:
        can_hear = url.startswith("postgresql") and not is_pooled(url)
        self.url = libpq_address(url) if can_hear else ""
        self._line: psycopg.Connection | None = None
        self._broken_at: float | None = None

    def listen(self, stop: threading.Event, seconds: float) -> bool:
        """Wait for at most so long; True when the bell rang."""
        if not self._is_connected():
            stop.wait(seconds)
            return False
        try:
            return bool(self._line and list(self._line.notifies(timeout=seconds, stop_after=1)))
        except psycopg.Error as error:
            self._break(error)
            return False

    def _is_connected(self) -> bool:
        if self._line is not None or not self.url:
            return self._line is not None
        if self._broken_at is not None and time.monotonic() - self._broken_at < AGAIN:
            return False
        try:
            self._line = psycopg.connect(self.url, autocommit=True, connect_timeout=2)
            self._line.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            self._break(error)
            return False
        self._broken_at = None
        return True

    def _break(self, error: psycopg.Error) -> None:
        if self._broken_at is None:
            log.warning("bell not heard, looking every few seconds", error=type(error).__name__)
        self._broken_at = time.monotonic()
        self.close()

    def close(self) -> None:
        if self._line is not None:
            with suppress(psycopg.Error):
                self._line.close()
        self._line = None
