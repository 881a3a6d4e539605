"""A throw-away PostgreSQL for tests, made with the programs of the distribution.

    with cluster(fsync=False) as url:
        own = create_database(url, "ideas")

Each process that asks gets a cluster of its own (under pytest-xdist: each worker), so nothing has
to be agreed on. It is gone when the `with` ends, and also when the process is killed: a watchman
waits at the other end of a pipe and clears away once the pipe breaks.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.machine import ensure_postgres

SUPERUSER = "civic"
UNPRIVILEGED = "postgres"
TRIES = 3
WATCH = """
cat > /dev/null
if [ -f "$2/data/postmaster.pid" ]; then
  "$1" stop --silent --mode=immediate --pgdata="$2/data" > /dev/null 2>&1
fi
cd / && rm -rf "$2"
"""
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ClusterError(RuntimeError):
    """PostgreSQL did not start; the message ends with what it wrote."""


@contextmanager
def cluster(*, fsync: bool = True, settings: tuple[str, ...] = ()) -> Iterator[str]:
    """Start PostgreSQL on a free port of this machine and yield the address of its own database.

    `fsync=False` is for tests that do not pull the plug: nothing is forced to the disk.
    `settings` are further `name=value` pairs of postgresql.conf.
    """
    programs = ensure_postgres()
    home = Path(tempfile.mkdtemp(prefix="civic-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(home, UNPRIVILEGED, UNPRIVILEGED)
    watchman = _post_watchman(programs, home)
    try:
        password = secrets.token_urlsafe(24)
        _make(programs, home, password)
        chosen = (() if fsync else UNSAFE_BUT_FAST) + settings
        port = _start(programs, home, chosen)
        yield f"postgresql+psycopg://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
    finally:
        watchman.communicate()  # closes the pipe and waits until all is cleared away


def create_database(url: str, name: str, *, template: str = "template0") -> str:
    """Create a database in the cluster at `url` and return its address.

    With `template` it starts as a copy of that database, to which nobody may be connected.
    """
    order = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _run(url, order.format(sql.Identifier(name), sql.Identifier(template)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def drop_database(url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    _run(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(url: str, order: sql.Composed) -> None:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(order)


def _make(programs: Path, home: Path, password: str) -> None:
    (home / "password").write_text(password)
    if os.geteuid() == 0:
        shutil.chown(home / "password", UNPRIVILEGED, UNPRIVILEGED)
    options = ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
    who = [f"--username={SUPERUSER}", f"--pwfile={home / 'password'}"]
    _call([str(programs / "initdb"), *options, *who, f"--pgdata={home / 'data'}"], home)


def _start(programs: Path, home: Path, settings: tuple[str, ...]) -> int:
    """Start the server; another program may take the free port first, hence a few tries."""
    for attempt in range(TRIES):
        port = _free_port()
        own = (
            "listen_addresses=127.0.0.1",
            f"port={port}",
            f"unix_socket_directories={home}",
            "logging_collector=off",
            *settings,
        )
        arguments = " ".join(f"-c {setting}" for setting in own)
        log = home / "log"
        command = [str(programs / "pg_ctl"), "start", "--wait", "--silent"]
        where = [f"--pgdata={home / 'data'}", f"--log={log}", f"--options={arguments}"]
        try:
            _call([*command, *where], home)
        except ClusterError as error:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            if attempt == TRIES - 1 or "could not bind" not in said:
                raise ClusterError(f"{error}\n{said}") from error
        else:
            return port
    raise AssertionError("unreachable")


def _call(command: list[str], home: Path) -> None:
    with (home / "said").open("ab") as said:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
            **_unprivileged(home),
        )
    if done.returncode != 0:
        words = (home / "said").read_text(errors="replace")[-2000:]
        raise ClusterError(f"{Path(command[0]).name} failed: {words}")


def _unprivileged(home: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; it runs as its own user then, in its own folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    common: dict[str, Any] = {"cwd": home, "env": environment}
    if os.geteuid() != 0:
        return common
    owner = pwd.getpwnam(UNPRIVILEGED)
    return common | {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _post_watchman(programs: Path, home: Path) -> subprocess.Popen[bytes]:
    """Let a shell wait for the end of our pipe, then stop the server and remove its folder."""
    return subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "watchman", str(programs / "pg_ctl"), str(home)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # an interrupt from the keyboard is not for the watchman
        **_unprivileged(home),
    )
