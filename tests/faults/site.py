"""The house as it stands in operation: gunicorn with two workers on a database of its own.

The listening socket belongs to the test, so a server that was killed comes back under the same
address. A watchman ends the server if the test run itself is killed.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

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
from tests import machine
from tests.conftest import make_config
from tests.faults.machine import children, end, listener, running, until, watch
from tests.make import make_user
from tests.postgres import create_database, drop_database

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = ROOT / "deploy" / "gunicorn.conf.py"
KEY = "qzJ8vYw3-Rk1sN6tBx0uHc5mLd9eGf2aKp7iQoWb4Xj"
COOKIE = "__Host-civic"
START_SECONDS = 40
WORKERS, THREADS = 2, 8
#: As docs/operation.md says: the heartbeat in memory.
OWN = "--no-control-socket --worker-tmp-dir /dev/shm"


@dataclass(frozen=True)
class Visitor:
    """What a browser would send along: its session cookie and the token of its forms."""

    cookie: str
    token: str


@dataclass
class Site:
    """A database, the house on it inside this process (to prepare and to look), and an address.

    `env` are settings of the processes beside those that every site has.
    """

    app: Flask
    url: str
    folder: Path
    socket: socket.socket
    env: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def kind(self) -> str:
        return "SQLite" if self.url.startswith("sqlite") else "PostgreSQL"

    @contextmanager
    def served(
        self,
        application: str = "wsgi:app",
        *options: str,
        env: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        output: int | None = None,
    ) -> Iterator[Server]:
        """Run gunicorn until the `with` ends, or until it is killed in it.

        `options` are further words of its command line, `before` those that stand in front of it;
        `output`: a file that takes what it says, instead of the log in the site's folder.
        """
        server = Server(self, application, options, env or {}, before=before, output=output)
        try:
            server.wait()
            yield server
        finally:
            server.kill()

    @contextmanager
    def working(
        self, *words: str, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run `civic worker`."""
        command, own = [*CIVIC, "worker", *words], environment(self) | (env or {})
        with running(command, self.folder / "worker.log", cwd=ROOT, env=own) as process:
            yield process

    def visitor(self, user: User | None = None) -> Visitor:
        """Sign somebody in as the service does; without a person it is a stranger's browser."""
        raw = secrets.token_hex(20)
        session = {"csrf_token": raw}
        if user is not None:
            session[COOKIE_KEY] = accounts.open_session(Nobody(), user, device="Test")
        signer = self.app.session_interface.get_signing_serializer(self.app)
        assert signer is not None
        token = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw)
        return Visitor(f"{COOKIE}={signer.dumps(session)}", str(token))

    def visitors(self, number: int) -> list[Visitor]:
        with self.app.app_context(), transaction():
            return [self.visitor(make_user()) for _ in range(number)]

    def civic(
        self, *words: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command of the console; its return code is the caller's business."""
        return subprocess.run(
            [*CIVIC, *words],
            cwd=ROOT,
            env=environment(self) | (env or {}),
            capture_output=True,
            text=True,
            check=False,
        )


CIVIC = [sys.executable, "-c", "from civic.app import main; main()"]


class Server:
    """One run of gunicorn: a group of processes that ends together."""

    def __init__(
        self,
        site: Site,
        application: str,
        options: Sequence[str],
        env: Mapping[str, str],
        *,
        before: Sequence[str] = (),
        output: int | None = None,
    ) -> None:
        self.site = site
        self.log = site.folder / "server.log"
        number = site.socket.fileno()
        shape = f"--worker-class gthread --threads {THREADS} --workers {WORKERS}".split()
        file = ["--config", str(GUNICORN)]
        own = [*OWN.split(), "--bind", f"fd://{number}"]
        command = [sys.executable, "-m", "gunicorn", *file, *shape, *own, *options, application]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*before, *command],
                cwd=ROOT,
                env=environment(site) | env,
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log if output is None else output,
                pass_fds=[number],
                start_new_session=True,
            )
        self.watchman = watch(self.process)

    def wait(self) -> float:
        """Until it answers; returns how long that took."""
        try:
            return until(self._is_settled, START_SECONDS, 0.05)
        except TimeoutError as late:
            raise RuntimeError(f"No answer:\n{self.said()}") from late

    def _is_settled(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"It ended at once:\n{self.said()}")
        return ask(self.site.port, "/healthz")[0] == 200

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return children(self.process.pid)

    def kill(self) -> None:
        """As a power cut does it: master and workers at once, and nobody is asked."""
        end(self.process)
        self.hang_up()
        if self.watchman.poll() is None:
            self.watchman.kill()
        self.watchman.communicate()

    def stop(self, seconds: float) -> float:
        """Ask it to end; returns how long it took. Raises `subprocess.TimeoutExpired`."""
        self.process.send_signal(signal.SIGTERM)
        return until(lambda: self.process.poll() is not None, seconds)

    def hang_up(self) -> None:
        """Whoever waits at the socket would wait for the next server; a machine would be off."""
        self.site.socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.site.socket.accept()[0].close()


def ask(
    port: int, path: str, headers: Mapping[str, str] | None = None, seconds: float = 15
) -> tuple[int, str]:
    """Status and text of a page; status 0 where nobody answered."""
    connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def environment(site: Site) -> dict[str, str]:
    inherited = machine.environment()
    return inherited | {
        "CIVIC_ENV": "production",
        "CIVIC_DATABASE_URL": site.url,
        "CIVIC_SECRET_KEY": KEY,
        "CIVIC_BASE_URL": f"https://127.0.0.1:{site.port}",
        "CIVIC_INSTANCE_PATH": str(site.folder),
        "PYTHONUNBUFFERED": "1",
        **site.env,
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
        server, name = request.getfixturevalue(cluster), f"faults_{secrets.token_hex(4)}"
        url = create_database(server, name, template=migrated(server))
    try:
        with house_at(url, folder) as site:
            yield site
    finally:
        if kind != "sqlite":
            drop_database(server, name)


@cache
def migrated(server: str) -> str:
    """A migrated, empty database to copy from, made once on each PostgreSQL; its name."""
    name = f"migrated_{secrets.token_hex(4)}"
    url = create_database(server, name)
    with TemporaryDirectory() as folder:
        app = create_app(make_config(url, Path(folder), testing=True, secret_key=KEY))
        with app.app_context():
            upgrade()
            db.engine.dispose()
    return name


@contextmanager
def house_at(url: str, folder: Path) -> Iterator[Site]:
    """The house on this database, migrated."""
    app = create_app(make_config(url, folder, testing=True, secret_key=KEY))
    with listener() as own, app.app_context():
        engine = db.engine
        upgrade()
        own.set_inheritable(True)
        try:
            yield Site(app, url, folder, own)
        finally:
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
