"""The house in production shape: gunicorn as `deploy/` sets it up, on one of the databases."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import machine
from tests.bench import processor
from tests.bench.database import Database
from tests.bench.machine import HOST, ROOT, Program, answers, free_port, start, wait_until

CONFIG = ROOT / "deploy" / "gunicorn.conf.py"
KEY = secrets.token_urlsafe(48)


@dataclass(frozen=True)
class Web:
    """A running gunicorn."""

    program: Program
    port: int

    def seconds(self) -> float:
        """Processor time of all its processes so far."""
        return processor.seconds(self.program.pid)

    def largest(self) -> float:
        """Megabytes of the largest worker."""
        workers = processor.children(self.program.pid)
        return max((processor.megabytes(pid) for pid in workers), default=0.0)


def settings(folder: Path, database: Database | None) -> dict[str, str]:
    """The environment of the house; settings of the caller do not leak in."""
    inherited = machine.environment()
    own = {
        "CIVIC_ENV": "production",
        "CIVIC_SECRET_KEY": KEY,
        "CIVIC_BASE_URL": f"https://{HOST}",
        "CIVIC_TRUSTED_PROXIES": "1",
        "CIVIC_INSTANCE_PATH": str(folder),
        "CIVIC_LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
    }
    if database:
        own["CIVIC_DATABASE_URL"] = database.url
    return inherited | own


def _command(port: int, application: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        str(CONFIG),
        "-b",
        f"127.0.0.1:{port}",
        application,
    ]


@contextmanager
def web(
    folder: Path, application: str, database: Database | None = None, *, path: str = "/healthz"
) -> Iterator[Web]:
    """Run an application until the `with` ends; it is there once it answers at `path`."""
    port = free_port()
    log = folder / f"{application.partition(':')[0]}-{port}.log"
    program = start(_command(port, application), log, settings(folder, database))
    try:
        wait_until(lambda: answers(port, path), program)
        yield Web(program, port)
    finally:
        program.stop()


def house(folder: Path, database: Database) -> AbstractContextManager[Web]:
    """The application itself."""
    return web(folder, "civic.app:create_app()", database)


def start_seconds(folder: Path, database: Database, path: str) -> float:
    """From the start of the process to the first page, in seconds."""
    begun = time.perf_counter()
    with web(folder, "civic.app:create_app()", database, path=path):
        return time.perf_counter() - begun
