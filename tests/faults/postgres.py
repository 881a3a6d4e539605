"""A PostgreSQL that can be killed, started again, copied as a standby and promoted."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.machine import children, end, free_port, until, watch
from tests.machine import ensure_postgres
from tests.postgres import SUPERUSER, UNPRIVILEGED, _make, _unprivileged

START_SECONDS = 30


@dataclass
class Postgres:
    """One server with its folder; `settings` are `name=value` pairs of postgresql.conf."""

    home: Path
    port: int
    password: str
    settings: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    watchman: subprocess.Popen[bytes] | None = None
    programs: Path = field(default_factory=ensure_postgres)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/postgres"

    @classmethod
    @contextmanager
    def started(cls, *settings: str, folder: Path | None = None) -> Iterator[Postgres]:
        """A new server that forces every commit to the disk; gone when the `with` ends."""
        home = Path(tempfile.mkdtemp(prefix="civic-faults-", dir=folder))
        own(home)
        server = cls(home, free_port(), secrets.token_urlsafe(24), settings)
        try:
            _make(server.programs, home, server.password)
            server.start()
            yield server
        finally:
            server.kill()
            shutil.rmtree(home, ignore_errors=True)

    @contextmanager
    def standby(self, *settings: str, via: int = 0) -> Iterator[Postgres]:
        """A copy that follows this server by streaming; not a primary until `promote`.

        `via`: the port of a line to this server that it shall use.
        """
        home = Path(tempfile.mkdtemp(prefix="civic-faults-"))
        own(home)
        copy = type(self)(home, free_port(), self.password, settings)
        self._call(
            "pg_basebackup", "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast",
            "--create-slot", f"--slot=copy_{copy.port}", f"--pgdata={home / 'data'}",
            f"--dbname={self.conninfo_at(via or self.port)} application_name=copy",
        )  # fmt: skip
        try:
            copy.start()
            yield copy
        finally:
            copy.kill()
            shutil.rmtree(home, ignore_errors=True)

    @property
    def conninfo(self) -> str:
        return self.conninfo_at(self.port)

    def conninfo_at(self, port: int) -> str:
        who = f"user={SUPERUSER} password={self.password} dbname=postgres"
        return f"host=127.0.0.1 port={port} {who}"

    def start(self) -> float:
        """Start it; returns the seconds until it let somebody in."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.home,
            "logging_collector": "off",
            "max_wal_senders": 4,
        }
        chosen = [*(f"{name}={value}" for name, value in options.items()), *self.settings]
        arguments = [word for setting in chosen for word in ("-c", setting)]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.home / "data"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_unprivileged(self.home),
            )
        self.watchman = watch(self.process)
        return until(self.is_up, START_SECONDS)

    def is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            said = (self.home / "log").read_text(errors="replace")[-3000:]
            raise RuntimeError(f"PostgreSQL did not start:\n{said}")
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.conninfo, connect_timeout=2).close()
            return True
        return False

    def kill(self) -> None:
        """As a power cut does it: the postmaster first, then all that it had started."""
        if self.process is None:
            return
        family = children(self.process.pid)
        end(self.process)
        for child in family:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        until(lambda: not any(map(is_running, family)), 10)
        if self.watchman is not None:
            self.watchman.kill()
            self.watchman.communicate()
        self.process = None
        with suppress(OSError):
            (self.home / "data" / "postmaster.pid").unlink()

    def promote(self) -> float:
        """Let the standby be the primary; returns the seconds until it takes writes."""
        self._call("pg_ctl", "promote", "--wait", f"--pgdata={self.home / 'data'}")
        return until(lambda: not self.ask("SELECT pg_is_in_recovery()"), 30)

    def hold(self, kind: str) -> list[int]:
        """Stop its helpers of a kind (`walwriter`), as a slow disk would; returns their numbers."""
        assert self.process is not None
        held = [pid for pid in children(self.process.pid) if kind.encode() in command_of(pid)]
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        return held

    def ask(self, question: str, database: str = "postgres") -> Any:
        """The first value of the first row."""
        conninfo = self.conninfo.replace("dbname=postgres", f"dbname={database}")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None

    def order(self, statement: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _call(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / name), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            **_unprivileged(self.home),
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]


def own(folder: Path) -> None:
    """Give a folder to the user that PostgreSQL runs as."""
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED, UNPRIVILEGED)


def command_of(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def is_running(pid: int) -> bool:
    """Whether it is there and no mere zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
