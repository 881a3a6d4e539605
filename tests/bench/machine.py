"""Programs, ports and processes that the benchmarks need."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests import machine

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
#: The host name under which the house is asked; in production it refuses any other.
HOST = "bench.example.org"


def say(words: str) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class BenchError(RuntimeError):
    """The benchmarks cannot go on; the message says why."""


def program(name: str) -> str:
    """The path of a program; installed by apt-get where it is missing and that is possible."""
    if not (found := _find(name)):
        machine._install(name, f"{name} for the benchmarks")
        found = _find(name)
    if not found:
        raise BenchError(f"The benchmarks need the program {name}; please install it.")
    return found


def _find(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged(folder: Path) -> dict[str, Any]:
    """Arguments for a process that may not run as root: it runs as PostgreSQL's own user."""
    common: dict[str, Any] = {
        "cwd": folder,
        "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    }
    if os.geteuid() != 0:
        return common
    owner = pwd.getpwnam("postgres")
    return common | {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


@dataclass
class Program:
    """A server that was started, and the file to which it talks."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        """What it wrote last."""
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(command: list[str], log: Path, env: Mapping[str, str]) -> Program:
    """Start a server in the folder of the repository."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    return Program(process, log)


def wait_until(ready: Callable[[], bool], what: Program) -> None:
    """Wait for a server; raise `BenchError` with its last words when it ends or takes too long."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if what.process.poll() is not None or time.monotonic() > end:
            raise BenchError(f"{what.process.args!r} did not start:\n{what.said()}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def fetch(port: int, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask once for a page. Raises `OSError` or `HTTPException` where nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": HOST, **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    finally:
        connection.close()


def answers(port: int, path: str = "/") -> bool:
    """Whether something answers at the port."""
    try:
        fetch(port, path)
    except (OSError, HTTPException):
        return False
    return True
