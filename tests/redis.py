"""A throw-away Redis for tests, with the faults that a Redis can have."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis as driver

from tests.machine import ensure_program
from tests.postgres import _free_port


class Server:
    """A Redis on a free port of this machine, that keeps nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(ensure_program("redis-server")), "--port", str(self._port), "--bind", "127.0.0.1",
             "--save", "", "--appendonly", "no", "--dir", str(self._folder),
             "--maxmemory-policy", "noeviction"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 20
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except driver.ConnectionError:
                    assert time.monotonic() < until, "Redis does not start"
                    time.sleep(0.02)
                else:
                    return

    def client(self) -> driver.Redis:
        return driver.Redis.from_url(self.url, decode_responses=True)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def fill(self) -> None:
        """From now on it takes nothing more."""
        with self.client() as client:
            client.config_set("maxmemory", "1")

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def wake(self) -> None:
        """Whatever was done to it: it runs, is empty and has room."""
        if self._process.poll() is not None:
            self.start()
        self.thaw()
        with self.client() as client:
            client.config_set("maxmemory", "0")
            client.flushall()


@contextmanager
def redis_server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="civic-redis-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.kill()
