"""F7, F8: workers killed while they send, and a mail server that is away, busy, hung or refuses.

The short form of F7 is `tests/core/test_work_killed.py`, which this runs at full length.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from civic.core.db import db, transaction
from civic.core.outbox import Mail, MailState
from tests.core import test_work_killed as killed
from tests.core.test_work_killed import desk, house
from tests.faults.ledger import recruit
from tests.faults.machine import free_port, until
from tests.faults.report import milliseconds
from tests.faults.requests import send
from tests.make import make_user

__all__ = ["desk", "house"]
pytestmark = pytest.mark.faults

MAILS, KILLS = 2000, 40
LONGEST_REQUEST = 0.3
RETURN_SECONDS = 120.0


def kind_of(app) -> str:
    return (
        "SQLite"
        if app.extensions["civic_config"].database_url.startswith("sqlite")
        else "PostgreSQL"
    )


def test_f7_workers_killed(house, desk, report, monkeypatch):
    monkeypatch.setattr(killed, "MAILS", MAILS)
    monkeypatch.setattr(killed, "KILLS", KILLS)
    server, port = desk
    ids = killed.sent_while_killed(house, server, port)
    repeated = sum(server.taken.values()) - len(server.taken)
    gone = len(ids - set(server.taken))
    report.note(
        "F7", f"{kind_of(house)}: {MAILS} mails, {KILLS} workers killed",
        "0 lost, not more twice than kills, with the same Message-ID",
        f"{gone} lost, {repeated} twice",
    )  # fmt: skip
    assert set(server.taken) == ids
    assert repeated <= KILLS


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_f7_control_noted_before_it_is_sent(house, desk, report):
    gone = killed.lost_by_the_hasty(house, *desk)
    report.note(
        "F7", f"Control: noted first, sent then ({killed.WORKERS} mails, as many kills)",
        "found: some lost", f"{gone} lost",
    )  # fmt: skip
    assert gone


@dataclass
class Moody:
    """A mail server that does as it is told: takes, is busy, refuses, or says nothing at all."""

    mood: str = "well"
    taken: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session, options
        if self.mood == "hung":
            await asyncio.sleep(60)
        if self.mood == "refuses":
            return "550 5.1.1 no such mailbox"
        if self.mood == "busy":
            return "451 4.3.2 later, please"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        self.taken.extend(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def open_on(moody: Moody, port: int) -> Iterator[None]:
    controller = Controller(moody, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        with suppress(OSError, RuntimeError):
            controller.stop(no_assert=True)


def state_of(site, address: str) -> tuple[MailState, str | None] | None:
    with site.app.app_context(), transaction():
        wanted = select(Mail.state, Mail.error).where(Mail.recipient == address)
        row = db.session.execute(wanted.order_by(Mail.id.desc())).first()
        return tuple(row) if row else None


def ask_for_a_link(site, visitor, address: str) -> float:
    """Press "forgot my password"; the seconds that the answer took."""
    began = time.monotonic()
    assert send(site.port, "/passwort-vergessen", visitor, {"email": address})[0] == 303
    return time.monotonic() - began


def test_f8_mail_server_down_busy_hung_refusing(postgres_site, report):
    site, port, moody = postgres_site, free_port(), Moody()
    site.env["CIVIC_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    moods = ("down", "busy", "hung", "refuses")
    addresses = {mood: f"{mood}@example.org" for mood in moods}
    with site.app.app_context():
        for address in addresses.values():
            make_user(f"Wer {address[:4]}", email=address, email_key=address)
        visitor = recruit(site, 1)[0].visitor
        db.session.remove()
    stranger = site.visitor()
    del visitor
    waits = {}
    with site.served(), site.working("--threads", "2"):
        ask_for_a_link(site, stranger, "nobody@example.org")
        for mood in moods:
            moody.mood = mood
            if mood == "down":
                waits[mood] = ask_for_a_link(site, stranger, addresses[mood])
                until(
                    lambda: (state_of(site, "down@example.org") or (0, 0))[1] is not None, 30, 0.2
                )
                continue
            with open_on(moody, port):
                waits[mood] = ask_for_a_link(site, stranger, addresses[mood])
                known = addresses[mood]
                until(lambda a=known: (state_of(site, a) or (0, 0))[1] is not None, 45, 0.2)
        refused = state_of(site, addresses["refuses"])
        moody.mood = "well"
        with open_on(moody, port):
            awaited = {addresses[mood] for mood in moods[:3]}
            back = until(lambda: awaited <= set(moody.taken), RETURN_SECONDS, 0.2)
    report.note(
        "F8", "Mail server down, busy (451), hung, refusing (550)",
        f"requests ≤ {milliseconds(LONGEST_REQUEST)}, sent ≤ {RETURN_SECONDS:.0f} s after its "
        "return, a refused address is noted",
        f"slowest request {milliseconds(max(waits.values()))}; all sent after {back:.0f} s; "
        f"refused: {refused[0] if refused else None}",
    )  # fmt: skip
    assert refused
    assert refused[0] is MailState.FAILED
    assert max(waits.values()) <= LONGEST_REQUEST + 0.5  # the machine may be busy with other things


def test_f8_control_sent_inside_the_request(report):
    """What the person would wait for a hung server: here as long as we care to look."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with socket.create_connection(silent.getsockname(), 2) as line:
            line.settimeout(1.0)
            with pytest.raises(TimeoutError):
                line.recv(1)
        took = time.monotonic() - began
    threading.Event().wait(0)
    report.note(
        "F8", "Control: a mail that is sent inside the request to a hung server",
        f"found: > {milliseconds(LONGEST_REQUEST)}", f"> {milliseconds(took)}",
    )  # fmt: skip
    assert took > LONGEST_REQUEST
