"""The members of a cluster: programs that are started, watched, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.machine import end, until, watch
from tests.machine import MachineError
from tests.postgres import UNPRIVILEGED

#: Below the range from which the system takes ports for connections: a member that was killed
#: finds its port free when it comes back.
PORTS = range(5680, 5720)
START_SECONDS = 60
#: How often the keeper looks whether all are there, and how long it waits after a failed start.
LOOK, RETRY = 0.1, 0.5


@dataclass
class Member:
    """One program of the cluster; `is_ready` tells when others may rely on it."""

    name: str
    command: Sequence[str]
    folder: Path
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    #: Some servers refuse to run as root.
    unprivileged: bool = False
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _watchman: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start it; it is ended when this process is killed."""
        self._dismiss()
        options: dict[str, Any] = {}
        if self.unprivileged and os.geteuid() == 0:
            options = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.env.get("PWD", "/"),
                env=dict(self.env) or None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        self._watchman = watch(self.process)
        self.starts += 1

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait(self) -> float:
        """Until it is ready; returns the seconds. Raises with the last lines of its log."""
        try:
            return until(self._settled, START_SECONDS, 0.05)
        except TimeoutError as late:
            raise RuntimeError(f"{self.name} is not ready:\n{self.said()}") from late

    def _settled(self) -> bool:
        if not self.is_alive:
            raise RuntimeError(f"{self.name} ended at once:\n{self.said()}")
        return self.is_ready()

    def said(self) -> str:
        """What it wrote last."""
        return self.log.read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        """As a crash does it: the whole group at once, and nobody is asked."""
        if self.process is not None:
            end(self.process)

    def stop(self, seconds: float = 10) -> None:
        """Ask it to end, and kill it when it does not."""
        if self.process is None:
            return
        if self.is_alive:
            with suppress(ProcessLookupError):
                # A fast shutdown of PostgreSQL: it does not wait for those who are connected.
                word = signal.SIGINT if "postgres" in self.command[0] else signal.SIGTERM
                self.process.send_signal(word)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        end(self.process)
        self._dismiss()

    def _dismiss(self) -> None:
        if self._watchman is not None:
            self._watchman.kill()
            self._watchman.communicate()
            self._watchman = None


class Keeper(threading.Thread):
    """Starts again whoever ended, as systemd does with `Restart=always`."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(name="keeper", daemon=True)
        self.members = members
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(LOOK):
            for member in self.members:
                if not member.is_alive and not self.over.is_set():
                    member.start()
                    # One that cannot start yet (the port, the shared memory) is tried again.
                    with suppress(subprocess.TimeoutExpired):
                        assert member.process is not None
                        member.process.wait(RETRY)

    def stop(self) -> None:
        self.over.set()
        self.join(10)


def free_ports(number: int) -> list[int]:
    """Ports of this machine that nobody listens at; raises `MachineError` where they are few."""
    found = [port for port in PORTS if _is_free(port)][:number]
    if len(found) < number:
        raise MachineError(
            f"The cluster needs {number} free ports in {PORTS.start}-{PORTS.stop - 1}."
        )
    return found


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


def takes_connections(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def is_healthy(port: int, path: str = "/healthz") -> bool:
    """Whether the house answers there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def lets_in(conninfo: str) -> bool:
    """Whether the database takes a connection."""
    with suppress(psycopg.Error):
        psycopg.connect(conninfo, connect_timeout=2, prepare_threshold=None).close()
        return True
    return False
