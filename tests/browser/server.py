"""Starts the application as a visitor meets it: an own process, a port, a database, mails.

Run as a program, this file is that process. It ends when its standard input ends, so that a test
run that is killed leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from tests import machine

ROOT = Path(__file__).resolve().parents[2]
#: `civic ...` commands that make an empty folder into a platform with the demo.
PREPARE = (("db", "upgrade"), ("demo", "load"))
DATABASE = "civic.sqlite3"
START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and the folder of its database, mails and log."""

    base_url: str
    instance: Path

    @property
    def netloc(self) -> str:
        """Host and port."""
        return self.base_url.removeprefix("http://")

    def log(self) -> str:
        """Return what the server wrote last; one that stood already keeps its own logs."""
        path = self.instance / "server.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""


def standing() -> Server | None:
    """The server that stands already, where LIVE_ADDRESS and LIVE_FOLDER name one (`make cluster`).

    It holds the untouched demo, and its folder is where its mails end up.
    """
    address, folder = os.environ.get("LIVE_ADDRESS"), os.environ.get("LIVE_FOLDER")
    return Server(address, Path(folder)) if address and folder else None


def settings(instance: Path, base_url: str) -> dict[str, str]:
    """Return the environment of a server of its own; settings of the caller do not leak in."""
    inherited = machine.environment()
    return inherited | {
        "CIVIC_ENV": "development",
        "CIVIC_SECRET_KEY": "only-for-the-browser-tests-of-this-machine",
        "CIVIC_BASE_URL": base_url,
        "CIVIC_INSTANCE_PATH": str(instance),
        "CIVIC_DATABASE_URL": f"sqlite:///{instance / DATABASE}",
        "PYTHONUNBUFFERED": "1",
    }


def prepare(instance: Path) -> Path:
    """Fill a folder with a migrated database and the demo."""
    instance.mkdir(parents=True, exist_ok=True)
    for arguments in PREPARE:
        command = [sys.executable, "-c", "from civic.app import main; main()", *arguments]
        environment = settings(instance, "http://127.0.0.1:1")
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"civic {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return instance


def take_back(server: Server, prepared: Path) -> None:
    """Give a running server the database of `prepared` again, and throw its mails away."""
    with (
        closing(sqlite3.connect(prepared / DATABASE)) as untouched,
        closing(sqlite3.connect(server.instance / DATABASE, timeout=30)) as used,
    ):
        untouched.backup(used)
    for letter in (server.instance / "mail").glob("*.eml"):
        letter.unlink()


@contextmanager
def serving(
    instance: Path,
    *,
    application: str = "civic.app:create_app",
    prepared: Path | None = None,
    extra: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run the application on a free port until the `with` ends.

    `prepared` is a folder made by `prepare`, to be copied; `extra` adds settings.
    """
    if prepared:
        shutil.copytree(prepared, instance, dirs_exist_ok=True)
    instance.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", instance)
    environment = settings(instance, server.base_url) | dict(extra or {})
    command = [sys.executable, "-m", "tests.browser.server", application, str(port)]
    with (instance / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(process, server)
            yield server
        finally:
            process.communicate()


def _wait_for(process: subprocess.Popen[bytes], server: Server) -> None:
    pause = threading.Event()
    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            raise RuntimeError(f"The server ended at once:\n{server.log()}")
        if _answers(server):
            return
        pause.wait(0.05)
    process.kill()
    raise RuntimeError(f"No answer within {START_SECONDS} seconds:\n{server.log()}")


def _answers(server: Server) -> bool:
    host, _, port = server.netloc.partition(":")
    connection = HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()  # any answer will do
    except OSError:
        return False
    else:
        return True
    finally:
        connection.close()


class _Quiet(WSGIRequestHandler):
    """Write errors only."""

    def log_request(self, *_: object) -> None:
        """Say nothing of an ordinary request."""


def _main(application: str, port: int) -> None:
    module, _, factory = application.partition(":")
    app = getattr(import_module(module), factory)()
    if module == "civic.app":
        _deliver_mails(app)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)  # nothing to save, and the threads need not be waited for


def _deliver_mails(app: object) -> None:
    """Send mails as `civic worker` does, without its pause: a person at a test does not wait."""
    runner = import_module("civic.core.work.runner")
    runner.PAUSE = 0.1
    config = import_module("civic.config").Config.from_env()
    arguments = (app, config, threading.Event())
    threading.Thread(target=runner.run, args=arguments, daemon=True).start()


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
