"""A streaming replica of a throw-away PostgreSQL, with the faults that a replica can have.

with cluster() as primary, standby(primary) as replica:
    replica.pause()      # the log arrives and is not replayed: the replica falls behind
    replica.freeze()     # every process stops: connections stay open and nobody answers
    replica.stop(); replica.start()
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.machine import ensure_postgres
from tests.postgres import UNPRIVILEGED, _call, _post_watchman, _start


class Standby:
    """The replica: its address (SQLAlchemy's form) and what is done to it."""

    def __init__(self, programs: Path, home: Path, primary: str) -> None:
        self._programs = programs
        self._home = home
        self._primary = primary
        port = _start(programs, home, ("hot_standby=on",))
        address = primary.rpartition("/")[0].rpartition(":")[0]
        self._server = f"{address}:{port}"

    def start(self) -> None:
        """Start again, at the same address."""
        self._control("restart", "--wait", f"--log={self._home / 'log'}")

    def url(self, database: str) -> str:
        return f"{self._server}/{database}"

    def stop(self) -> None:
        self._control("stop", "--mode=immediate")

    def pause(self) -> None:
        self._run("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self._run("SELECT pg_wal_replay_resume()")

    def freeze(self) -> None:
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def wake(self) -> None:
        """Whatever was done to it: it runs again."""
        if (self._home / "data" / "postmaster.pid").exists():
            self.thaw()
        else:
            self.start()
        self.resume()

    def catch_up(self, seconds: float = 20) -> None:
        """Wait until it has replayed all that the primary has written."""
        with psycopg.connect(_plain(self._primary), autocommit=True) as primary:
            (place,) = primary.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        until = time.monotonic() + seconds
        while not self._run("SELECT pg_last_wal_replay_lsn() >= %s", place):
            assert time.monotonic() < until, "the replica does not catch up"
            time.sleep(0.02)

    def _run(self, statement: str, *values: object) -> object:
        with psycopg.connect(_plain(self.url("postgres")), autocommit=True) as connection:
            return connection.execute(statement, values).fetchone()[0]

    def _control(self, *words: str) -> None:
        program = str(self._programs / "pg_ctl")
        _call([program, *words, "--silent", f"--pgdata={self._home / 'data'}"], self._home)

    def _processes(self) -> list[int]:
        """The postmaster and its children."""
        main = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        found = subprocess.run(
            ["pgrep", "-P", str(main)], capture_output=True, text=True, check=False
        )
        return [main, *map(int, found.stdout.split())]


@contextmanager
def standby(primary: str) -> Iterator[Standby]:
    """A replica of the cluster at this address; gone when the `with` ends or the process dies."""
    programs = ensure_postgres()
    home = Path(tempfile.mkdtemp(prefix="civic-standby-"))
    if os.geteuid() == 0:
        shutil.chown(home, UNPRIVILEGED, UNPRIVILEGED)
    watchman = _post_watchman(programs, home)
    replica: Standby | None = None
    try:
        _call(
            [str(programs / "pg_basebackup"), "--write-recovery-conf", "--checkpoint=fast",
             "--no-sync", f"--pgdata={home / 'data'}", f"--dbname={_plain(primary)}"],
            home,
        )  # fmt: skip
        replica = Standby(programs, home, primary)
        yield replica
    finally:
        if replica is not None:
            replica.wake()
        watchman.communicate()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
