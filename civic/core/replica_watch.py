"""A look at the replica once a second: is it there, and how far has it come?

A thread of its own looks, so that no request waits for a replica that hangs. The lag is measured
between the logs of both servers on our own clock: the replica's word for it stands still when
nobody writes, and says nothing once it has lost its primary.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg import pq

from civic.core import metrics
from civic.core.logs import log

#: Seconds behind the primary from which the replica is left out.
MOST_LAG = 5.0
#: Seconds between two looks, and for each answer.
PAUSE = 1.0
PATIENCE = 1.0
PLACES = {
    True: b"SELECT CASE WHEN pg_is_in_recovery() "
    b"THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::text END",
    False: b"SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::text",
}


class Away(Exception):
    """A server did not answer in time, or not what it should."""


class Probe:
    """One connection to one server, asked the same question again and again."""

    def __init__(self, address: str, *, is_replica: bool) -> None:
        self._address = address
        self._question = PLACES[is_replica]
        self._connection: psycopg.Connection[Any] | None = None

    def ask(self) -> int:
        """The place that the server has come to; raises `Away`."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            return self._answer(self._connection.pgconn)
        except (psycopg.Error, OSError, Away, ValueError) as fault:
            self.close()
            raise Away(type(fault).__name__) from fault

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._address, autocommit=True, connect_timeout=1, prepare_threshold=None
        )

    def _answer(self, server: pq.abc.PGconn) -> int:
        """Send and wait by hand: a server that hangs keeps its connection open and is silent."""
        server.send_query(self._question)
        until = time.monotonic() + PATIENCE
        found: pq.abc.PGresult | None = None
        while True:
            while server.is_busy():
                left = until - time.monotonic()
                if left <= 0 or not select.select([server.socket], [], [], left)[0]:
                    raise Away
                server.consume_input()
            result = server.get_result()
            if result is None:
                break
            found = result
        value = found.get_value(0, 0) if found and found.ntuples else None
        if value is None:
            raise Away
        return int(value)


class Watch:
    """What this process knows of the replica."""

    def __init__(self, primary: str, replica: str) -> None:
        self._primary = Probe(primary, is_replica=False)
        self._replica = Probe(replica, is_replica=True)
        self._connections: WeakSet[Any] = WeakSet()
        self.dispose: Callable[[], None] = lambda: None
        self._guard = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self.replayed = 0
        self.lag = 0.0
        self.word = "away"
        #: (seconds, place of the primary then), those the replica has not replayed yet.
        self._ahead: deque[tuple[float, int]] = deque(maxlen=600)
        self._pid = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def has_replayed(self, position: int) -> bool:
        """Whether the replica is fit for use and has come at least this far."""
        if self._pid != os.getpid():
            self._start()
        return self.word == "in use" and position <= self.replayed

    def keep(self, connection: Any) -> None:
        """Remember a connection of the pool, to cut it should the replica hang."""
        with self._guard:
            self._connections.add(connection)

    def leave_out(self) -> None:
        """Use the replica no more until a look finds it well; whoever waits for it is let go."""
        was, self.word = self.word, "away"
        if was == "away":
            return
        log.warning("replica left out")
        with self._guard:
            open_ones = list(self._connections)
            self._connections.clear()
        for connection in open_ones:
            _cut(connection)
        with suppress(Exception):
            self.dispose()

    def look(self) -> None:
        """Ask both servers once and judge."""
        with suppress(Away):  # with no word from the primary, what was known of it stays
            self._ahead.append((time.monotonic(), self._primary.ask()))
        try:
            self.replayed = self._replica.ask()
        except Away:
            self.leave_out()
        else:
            self._judge()
        metrics.show_figure(metrics.lag, "replica", self.lag)
        metrics.show_figure(metrics.in_use, "replica", float(self.word == "in use"))

    def stop(self) -> None:
        """End the thread; the next request would start another (a process needs no farewell)."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=4 * PATIENCE)
        self._pid = 0

    def _judge(self) -> None:
        while self._ahead and self._ahead[0][1] <= self.replayed:
            self._ahead.popleft()
        self.lag = time.monotonic() - self._ahead[0][0] if self._ahead else 0.0
        word = "in use" if self.lag <= MOST_LAG else "behind"
        if word != self.word:
            log.info("replica", state=word, lag=round(self.lag, 1))
        self.word = word

    def _start(self) -> None:
        """In this process for the first time; the thread of a parent does not come along."""
        with self._guard:
            if self._pid == os.getpid():
                return
            self._forget()
            self._pid = os.getpid()
            self._thread = threading.Thread(
                target=self._run, args=(self._stop,), name="replica", daemon=True
            )
            self._thread.start()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.look()
            except Exception as fault:  # noqa: BLE001 - the watch outlives every fault of a look
                log.error("replica watch", exc_info=fault)
                self.leave_out()
            stop.wait(PAUSE)
        self._primary.close()
        self._replica.close()


def _cut(connection: Any) -> None:
    """Close the line under a connection: its thread wakes with an error, whatever it waits for."""
    with suppress(OSError, psycopg.Error):
        line = socket.socket(fileno=os.dup(connection.fileno()))
        try:
            line.shutdown(socket.SHUT_RDWR)
        finally:
            line.close()
