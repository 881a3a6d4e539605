"""Ports and programs of the experiments: what they need is installed, or said in one sentence."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.machine import MachineError, _install

#: Below the range from which the system takes ports for connections, so that a server that was
#: killed finds its port free when it comes back.
PORTS = range(5760, 5800)
#: Debian's package of a program.
PACKAGES = {
    "nginx": "nginx-light",
    "redis-server": "redis-server",
    "slowhttptest": "slowhttptest",
    "strace": "strace",
    "faketime": "faketime",
}
WATCH = 'cat > /dev/null; kill -s KILL -- "-$1" 2> /dev/null'


def program(name: str) -> str:
    """The path of a program, installed if need be; raises `MachineError` where that fails."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        _install(PACKAGES[name], f"{name} for an experiment of make faults")
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise MachineError(f"The fault experiments need {name}, which is not found.")
    return found


def listener(backlog: int = 2048) -> socket.socket:
    """A listening socket on a port of ours."""
    for port in random.sample(PORTS, len(PORTS)):
        with suppress(OSError):
            return socket.create_server(("127.0.0.1", port), backlog=backlog)
    raise MachineError(f"None of the ports {PORTS.start}-{PORTS.stop - 1} is free.")


def free_port() -> int:
    with listener() as probe:
        return int(probe.getsockname()[1])


def until(is_so: Callable[[], bool], seconds: float, every: float = 0.02) -> float:
    """Wait until it is so; returns how long that took. Raises `TimeoutError` after `seconds`."""
    began = time.monotonic()
    pause = threading.Event()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds} s")
        pause.wait(every)
    return time.monotonic() - began


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextmanager
def running(command: list[str], log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, gone when the `with` ends or the run is killed."""
    with log.open("ab") as said:
        settings = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said} | options
        process = subprocess.Popen(command, start_new_session=True, **settings)
    watchman = watch(process)
    try:
        yield process
    finally:
        end(process)
        watchman.kill()
        watchman.communicate()


def watch(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """Let a shell wait at the other end of a pipe and end the group when this run is killed."""
    return subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "watchman", str(process.pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group, at once."""
    with suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, 9)
    process.wait()


def children(pid: int) -> list[int]:
    """The processes directly below this one."""
    with suppress(OSError):
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_root() -> bool:
    return os.geteuid() == 0
