"""PostgreSQL in production shape with made-up towns of each size; kept where BENCH_DATA says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests import machine
from tests.bench import processor
from tests.bench.machine import ROOT, BenchError, free_port, unprivileged
from tests.machine import ensure_postgres

#: The data is made up and the server listens on this machine alone, so the word need not be secret.
USER, WORD = "civic", "bench"
MEGABYTE = 2**20


@dataclass(frozen=True)
class Database:
    """One database of the cluster, by its address."""

    url: str
    ideas: int

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, autocommit=True)

    def ask(self, order: str, *values: object) -> list[Any]:
        """Rows of a query."""
        with self.connect() as connection:
            return connection.execute(order, values or None).fetchall()  # type: ignore[call-overload]

    def value(self, order: str, *values: object) -> Any:
        """The one value of a query."""
        return self.ask(order, *values)[0][0]


class Cluster:
    """A PostgreSQL of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, ensure_postgres()
        self.port = free_port()

    @property
    def pid(self) -> int:
        """The process above all others."""
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def seconds(self) -> float:
        return processor.seconds(self.pid)

    def make(self) -> None:
        """Make the cluster unless it is there."""
        if (self.folder / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        word = self.folder.parent / f"{self.folder.name}.word"
        word.write_text(WORD)
        for path in (self.folder, word):
            _give_away(path)
        self._call(
            "initdb", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync",
            f"--username={USER}", f"--pwfile={word}", f"--pgdata={self.folder}",
        )  # fmt: skip

    def start(self, *, loading: bool = False) -> None:
        """Start as in production or, for loading, as fast as it goes."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "shared_buffers": f"{min(memory // 4, 4096)}MB",
            "effective_cache_size": f"{memory // 2}MB",
            "random_page_cost": "1.1",
            "max_wal_size": "8GB",
            "checkpoint_timeout": "15min",
        }
        if loading:
            settings |= {"fsync": "off", "wal_level": "minimal", "max_wal_senders": 0,
                         "autovacuum": "off"}  # fmt: skip
        options = " ".join(f"-c {name}={_quoted(value)}" for name, value in settings.items())
        log = self.folder.parent / f"{self.folder.name}.log"
        self._call(
            "pg_ctl", "start", "--wait", "--silent", f"--pgdata={self.folder}", f"--log={log}",
            f"--options={options}",
        )  # fmt: skip

    def stop(self) -> None:
        if (self.folder / "postmaster.pid").exists():
            self._call("pg_ctl", "stop", "--silent", "--mode=fast", f"--pgdata={self.folder}")

    def database(self, ideas: int) -> Database:
        return Database(f"postgresql://{USER}:{WORD}@127.0.0.1:{self.port}/civic_{ideas}", ideas)

    def names(self) -> set[str]:
        return {name for (name,) in self._maintenance().ask("SELECT datname FROM pg_database")}

    def create(self, ideas: int) -> Database:
        """Make a database, empty even if a former run was stopped in the middle."""
        name = sql.Identifier(f"civic_{ideas}")
        with self._maintenance().connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        return self.database(ideas)

    def checkpoint(self) -> None:
        with self._maintenance().connect() as connection:
            connection.execute("CHECKPOINT")

    def _maintenance(self) -> Database:
        return Database(f"postgresql://{USER}:{WORD}@127.0.0.1:{self.port}/postgres", 0)

    def _call(self, name: str, *arguments: str) -> None:
        with tempfile.TemporaryFile() as said:  # a pipe would be held open by the server
            done = subprocess.run(
                [str(self.programs / name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                **unprivileged(self.folder),
            )
            said.seek(0)
            if done.returncode != 0:
                raise BenchError(f"{name} failed: {said.read().decode(errors='replace')[-2000:]}")


def _quoted(value: object) -> str:
    return str(value) or "''"


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


@contextmanager
def cluster(sizes: tuple[int, ...]) -> Iterator[Cluster]:
    """A running cluster with a filled database of each size.

    `BENCH_DATA` names a data directory of PostgreSQL that is made at the first run and used again
    (its databases are called `civic_<ideas>`); without it everything is thrown away.
    """
    kept = os.environ.get("BENCH_DATA")
    home = Path(tempfile.mkdtemp(prefix="civic-bench-"))
    _give_away(home)
    own = Cluster(Path(kept) if kept else home / "data")
    try:
        own.make()
        _fill(own, sizes)
        own.start()
        yield own
    finally:
        own.stop()
        shutil.rmtree(home, ignore_errors=True)


def _fill(own: Cluster, sizes: tuple[int, ...]) -> None:
    own.start(loading=True)
    try:
        there = own.names()
        for ideas in sizes:
            is_new = f"civic_{ideas}" not in there
            database = own.create(ideas) if is_new else own.database(ideas)
            _civic(database, "db", "upgrade")
            if is_new:
                _civic(database, "bench", "seed", "--ideas", str(ideas))
    finally:
        own.stop()


def _civic(database: Database, *arguments: str) -> None:
    inherited = machine.environment()
    command = [sys.executable, "-c", "from civic.app import main; main()", *arguments]
    environment = inherited | {"CIVIC_DATABASE_URL": database.url, "CIVIC_SKIP_ASSETS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise BenchError(f"civic {' '.join(arguments)} failed.")
