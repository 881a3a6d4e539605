"""Workers that are killed while they send: nothing is lost, and what comes twice says so.

Over SMTP "never twice and never lost" cannot be had: a worker may die between the server's "250"
and its own note of it. So a mail may come twice per kill, with the same Message-ID, and none
without a kill. A worker that notes first and sends then loses mails: the negative control.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from civic.app import create_app
from civic.core.db import db, transaction
from civic.core.outbox import Mail, MailState, queue_mail
from tests import machine
from tests.conftest import DATABASES, make_config
from tests.postgres import create_database, drop_database

ROOT = Path(__file__).resolve().parents[2]
MAILS = int(os.environ.get("KILLED_MAILS", "80"))
KILLS = int(os.environ.get("KILLED_KILLS", "3"))
WORKERS = 2
PATIENCE = 240.0 + MAILS / 2
#: A worker as it is, but that others may take over its jobs after fifteen seconds: no less, for a
#: busy machine holds up a healthy worker for a few, and then a mail comes twice without a kill.
WORKER = """
from datetime import timedelta
from civic.core.work import lease
lease.LEASE = timedelta(seconds=15)
{change}
from civic.app import main
main()
"""
HASTY = """
import time
from civic.core import mailer, outbox
send = mailer.SmtpSender.__call__
def hasty(self, letter):
    outbox.mark_sent(letter.id)
    time.sleep(60)
    send(self, letter)
mailer.SmtpSender.__call__ = hasty
"""


@dataclass
class Desk:
    """A mail server that counts what it has taken, a little slow as servers are."""

    taken: Counter = field(default_factory=Counter)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


@pytest.fixture
def desk() -> Iterator[tuple[Desk, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    found = Desk()
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    yield found, port
    controller.stop(no_assert=True)


@pytest.fixture(params=DATABASES)
def house(request, tmp_path) -> Iterator[Flask]:
    name = f"killed_{secrets.token_hex(4)}"
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "civic.sqlite3")
        url = f"sqlite:///{tmp_path / 'civic.sqlite3'}"
    else:
        url = create_database(request.getfixturevalue("postgres_url"), name)
    app = create_app(make_config(url, tmp_path))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()
    if request.param == "postgresql":
        drop_database(request.getfixturevalue("postgres_url"), name)


class Workers:
    """`civic worker` as processes; one that is killed is replaced at once."""

    def __init__(self, app: Flask, smtp_port: int, change: str = "") -> None:
        config = app.extensions["civic_config"]
        self.environment = machine.environment() | {
            "CIVIC_DATABASE_URL": config.database_url,
            "CIVIC_INSTANCE_PATH": str(config.instance_path),
            "CIVIC_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            "CIVIC_BASE_URL": "http://localhost",
        }
        self.program = WORKER.format(change=change)
        self.log = (config.instance_path / "worker.log").open("ab")
        self.running = [self.start() for _ in range(WORKERS)]

    def start(self) -> subprocess.Popen:
        command = [sys.executable, "-c", self.program, "worker"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log
        )

    def kill_one(self) -> None:
        process = self.running.pop(0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.running.append(self.start())

    def kill_all(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.log.close()

    def end(self) -> list[int]:
        """Tell them to stop, once they are up: a program that is still loading hears nothing."""
        for process in self.running:
            _wait_until_it_listens(process)
            process.terminate()
        codes = [process.wait(PATIENCE) for process in self.running]
        self.log.close()
        return codes


def _wait_until_it_listens(process: subprocess.Popen) -> None:
    """Until the process has a handler of its own for SIGTERM (bit 15 of what it catches)."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.MULTILINE)[1], 16)
        if caught >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.05)


def queued() -> int:
    """Ends its transaction at once: on SQLite it would keep the workers from writing."""
    with transaction():
        count = select(func.count()).select_from(Mail).where(Mail.state == MailState.QUEUED)
        return db.session.scalar(count)


def sent_while_killed(app: Flask, desk: Desk, port: int) -> set[str]:
    """Queue the mails, kill workers while they send, wait for the rest; the ids of all mails."""
    with transaction():
        queue_mail([f"a{n}@example.org" for n in range(MAILS)], "Betreff", "Text")
        ids = {f"<{id}>" for id in db.session.scalars(select(Mail.message_id))}
    workers, pause = Workers(app, port), threading.Event()
    end = time.monotonic() + PATIENCE
    try:
        for _ in range(KILLS):
            goal = sum(desk.taken.values()) + random.randint(1, max(1, MAILS // KILLS // 2))
            while sum(desk.taken.values()) < goal and queued() and time.monotonic() < end:
                pause.wait(0.02)
            workers.kill_one()
        while queued() and time.monotonic() < end:
            pause.wait(0.1)
    finally:
        codes = workers.end()
    # One that had not begun yet is ended by the signal itself.
    assert set(codes) <= {0, -signal.SIGTERM}
    assert queued() == 0
    return ids


def test_no_mail_is_lost_and_twice_at_most_per_kill(house, desk):
    server, port = desk
    ids = sent_while_killed(house, server, port)
    repeated = sum(server.taken.values()) - len(server.taken)
    figures = f"{MAILS} mails, {KILLS} kills: {len(ids - set(server.taken))} lost, {repeated} twice"
    sys.stdout.write(f"{figures}\n")
    assert set(server.taken) == ids, figures
    assert repeated <= KILLS, figures
    states = db.session.scalars(select(Mail.state).distinct()).all()
    assert states == [MailState.SENT]


def lost_by_the_hasty(app: Flask, desk: Desk, port: int) -> int:
    """How many mails are sent by the word of workers that were killed, and arrived nowhere."""
    with transaction():
        queue_mail([f"a{n}@example.org" for n in range(WORKERS)], "Betreff", "Text")
    workers, pause = Workers(app, port, HASTY), threading.Event()
    end = time.monotonic() + PATIENCE
    try:
        while queued() and time.monotonic() < end:
            pause.wait(0.05)
    finally:
        workers.kill_all()
    return WORKERS - queued() - sum(desk.taken.values())


def test_workers_that_note_before_they_send_are_found(house, desk):
    """The negative control."""
    assert lost_by_the_hasty(house, *desk) == WORKERS
