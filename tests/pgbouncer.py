"""A throw-away pgbouncer in transaction mode before a throw-away PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.machine import ensure_program
from tests.postgres import UNPRIVILEGED, _free_port, _unprivileged

SETTINGS = """
[databases]
{name} = host={host} port={port} user={user} password={password} {more}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
unix_socket_dir =
"""


@contextmanager
def pgbouncer(url: str, *, size: int = 2, more: str = "") -> Iterator[str]:
    """Start one for the database at this address and yield the address through it.

    `more` stands in the line of the database (`connect_query='…'`).
    """
    target, own_port = urlsplit(url), _free_port()
    home = Path(tempfile.mkdtemp(prefix="civic-pgbouncer-"))
    name = target.path.lstrip("/")
    words = {
        "name": name, "host": target.hostname, "port": target.port, "user": target.username,
        "password": unquote(target.password or ""), "own_port": own_port, "size": size,
        "more": more,
    }  # fmt: skip
    (home / "pgbouncer.ini").write_text(SETTINGS.format(**words))
    if os.geteuid() == 0:
        for path in (home, home / "pgbouncer.ini"):
            shutil.chown(path, UNPRIVILEGED, UNPRIVILEGED)
    process = subprocess.Popen(
        [str(ensure_program("pgbouncer")), "--quiet", str(home / "pgbouncer.ini")],
        stderr=subprocess.DEVNULL,
        **_unprivileged(home),
    )
    try:
        _wait(own_port)
        yield f"postgresql://{target.username}@127.0.0.1:{own_port}/{name}?prepare_threshold=0"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait(port: int, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, "pgbouncer does not start"
            time.sleep(0.02)
        else:
            return
