"""The house as it stands in operation: gunicorn with two workers on a database of its own.

The listening socket belongs to the test, so a server that was killed comes back under the same
address. A watchman ends the server if the test run itself is killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine

from civic.accounts import service as accounts
from civic.accounts.current import COOKIE_KEY
from civic.accounts.models import Nobody, User
from civic.app import create_app
from civic.core.db import db, engine_options, transaction
from tests.conftest import make_config
from tests.make import make_user
from tests.postgres import create_database

ROOT = Path(__file__).resolve().parents[2]
KEY = "qzJ8vYw3-Rk1sN6tBx0uHc5mLd9eGf2aKp7iQoWb4Xj"
START_SECONDS = 40
WORKERS, THREADS = 2, 8
#: As docs/operation.md says: the heartbeat in memory.
OWN = "--no-control-socket --worker-tmp-dir /dev/shm"
WATCH = 'cat > /dev/null; kill -s KILL -- "-$1" 2> /dev/null'


@dataclass(frozen=True)
class Visitor:
    """What a browser would send along: its session cookie and the token of its forms."""

    cookie: str
    token: str


@dataclass
class Site:
    """A database, the house on it inside this process (to prepare and to look), and an address."""

    app: Flask
    url: str
    folder: Path
    socket: socket.socket

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @contextmanager
    def served(self, application: str = "wsgi:app") -> Iterator[Server]:
        """Run gunicorn until the `with` ends, or until it is killed in it."""
        server = Server(self, application)
        try:
            server.wait()
            yield server
        finally:
            server.kill()

    def visitor(self, user: User | None = None) -> Visitor:
        """Sign somebody in as the service does; without a person it is a stranger's browser."""
        raw = secrets.token_hex(20)
        session = {"csrf_token": raw}
        if user is not None:
            session[COOKIE_KEY] = accounts.open_session(Nobody(), user, device="Test")
        signer = self.app.session_interface.get_signing_serializer(self.app)
        assert signer is not None
        token = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw)
        return Visitor(f"civic={signer.dumps(session)}", str(token))

    def visitors(self, number: int) -> list[Visitor]:
        with self.app.app_context(), transaction():
            return [self.visitor(make_user()) for _ in range(number)]


class Server:
    """One run of gunicorn: a group of processes that ends together."""

    def __init__(self, site: Site, application: str) -> None:
        self.site = site
        self.log = site.folder / "server.log"
        listener = site.socket.fileno()
        options = f"--worker-class gthread --threads {THREADS} --workers {WORKERS}"
        own = [*OWN.split(), "--bind", f"fd://{listener}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *options.split(), *own, application],
                cwd=ROOT,
                env=environment(site),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener],
                start_new_session=True,
            )
        self.watchman = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "watchman", str(self.process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Until it answers."""
        pause = threading.Event()
        for _ in range(START_SECONDS * 20):
            if self.process.poll() is not None:
                break
            if self._answers():
                return
            pause.wait(0.05)
        raise RuntimeError(f"No answer:\n{self.log.read_text(errors='replace')[-4000:]}")

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.site.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """As a power cut does it: master and workers at once, and nobody is asked."""
        with suppress(ProcessLookupError):
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.hang_up()
        if self.watchman.poll() is None:
            self.watchman.kill()
        self.watchman.communicate()

    def hang_up(self) -> None:
        """Whoever waits at the socket would wait for the next server; a machine would be off."""
        self.site.socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.site.socket.accept()[0].close()


def environment(site: Site) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CIVIC_")}
    return inherited | {
        "CIVIC_DATABASE_URL": site.url,
        "CIVIC_SECRET_KEY": KEY,
        "CIVIC_BASE_URL": f"http://127.0.0.1:{site.port}",
        "CIVIC_INSTANCE_PATH": str(site.folder),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def site_on(
    kind: str, request: pytest.FixtureRequest, folder: Path, cluster: str
) -> Iterator[Site]:
    """A migrated, empty house. `cluster`: the fixture that gives the address of PostgreSQL."""
    if kind == "sqlite":
        target = folder / "civic.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
        url = f"sqlite:///{target}"
    else:
        url = create_database(request.getfixturevalue(cluster), f"faults_{secrets.token_hex(4)}")
    app = create_app(make_config(url, folder, testing=True, secret_key=KEY))
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener, app.app_context():
        engine = db.engine
        upgrade()
        listener.set_inheritable(True)
        yield Site(app, url, folder, listener)
        db.session.remove()
        engine.dispose()


def integrity(url: str) -> list[str]:
    """What the database itself has to complain about."""
    engine = create_engine(url, **engine_options(url))
    try:
        with engine.connect() as connection:
            if not url.startswith("sqlite"):
                return []  # PostgreSQL repeats its log at the start or does not start
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            return [word for word in said if word != "ok"] + [str(row) for row in broken]
    finally:
        engine.dispose()
