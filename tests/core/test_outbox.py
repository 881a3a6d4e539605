"""Mail: in the transaction of the act, leased, sent, marked; at least once, never for nothing."""

from __future__ import annotations

import random
import smtplib
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from civic.config import Config
from civic.core import clock, outbox
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.mailer import folder_sender, message_of, run_worker, sender_of, smtp_sender
from civic.core.outbox import (
    FIRST_PAUSE,
    LEASE,
    MAX_ATTEMPTS,
    Letter,
    Mail,
    MailState,
    RefusedError,
    deliver_due,
    forget_recipient,
    queue_mail,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def queue(inside):
    """Puts a mail into the queue as a command does."""

    def put(*recipients: str, subject: str = "Betreff", text: str = "Geheimer Link") -> None:
        with transaction():
            queue_mail(recipients or ("anna@example.org",), subject, text)

    return put


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(START):
        yield


def mails() -> list[Mail]:
    db.session.expire_all()
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def only() -> Mail:
    (mail,) = mails()
    return mail


class Post:
    """A sender that remembers; `fault` is raised instead of sending, for one address or for all."""

    def __init__(self, fault: BaseException | None = None, for_whom: str = "") -> None:
        self.sent: list[Letter] = []
        self.fault, self.for_whom = fault, for_whom

    def __call__(self, letter: Letter) -> None:
        if self.fault and self.for_whom in letter.recipient:
            raise self.fault
        self.sent.append(letter)


def test_a_mail_is_sent_once_and_its_text_emptied(queue):
    queue()
    post = Post()
    assert [deliver_due(post), deliver_due(post)] == [1, 0]
    assert [letter.text for letter in post.sent] == ["Geheimer Link"]
    mail = only()
    assert (mail.state, mail.text, mail.sent_at, mail.lease_until) == (
        MailState.SENT, "", START, None
    )  # fmt: skip


def test_an_act_that_is_rolled_back_leaves_no_mail(inside):
    @transaction()
    def act():
        queue_mail(["anna@example.org"], "a", "b")
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        act()
    assert mails() == []
    queue_mail(["anna@example.org"], "a", "b")
    db.session.rollback()
    assert mails() == []


def test_each_recipient_gets_a_mail_of_their_own(queue):
    queue("a@example.org", "b@example.org", subject="Zwei\r\nBcc: c@example.org\n Zeilen")
    a, b = mails()
    assert (a.recipient, b.recipient) == ("a@example.org", "b@example.org")
    assert a.message_id != b.message_id
    assert a.subject == "Zwei Bcc: c@example.org Zeilen"
    with transaction():
        queue_mail([], "nobody", "")
    assert len(mails()) == 2


def test_what_one_worker_holds_no_other_takes(queue):
    queue("a@example.org", "b@example.org")
    other = Post()
    taken = []

    def slow(letter: Letter) -> None:
        taken.append(deliver_due(other))  # a second worker looks while the first one sends

    assert deliver_due(slow) == 2
    assert (taken, other.sent) == ([0, 0], [])


def test_a_killed_worker_repeats_at_most_once_with_the_same_id(queue):
    """It dies after the server took the mail and before the row says so."""
    queue("a@example.org", "b@example.org")
    server: list[Letter] = []

    class Killed(BaseException):
        pass

    def dying(letter: Letter) -> None:
        server.append(letter)
        raise Killed

    with pytest.raises(Killed):
        deliver_due(dying)
    assert deliver_due(Post()) == 0  # still leased
    with clock.at(START + LEASE + timedelta(seconds=1)):
        post = Post()
        assert deliver_due(post) == 2
        assert deliver_due(post) == 0
    server += post.sent
    ids = [letter.message_id for letter in server]
    assert len(ids) == 3
    assert set(ids) == {mail.message_id for mail in mails()}
    assert {mail.state for mail in mails()} == {MailState.SENT}


def test_a_busy_server_is_asked_again_with_growing_pauses(queue, monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda *_: 1.0)
    queue()
    at, pauses = START, []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with clock.at(at):
            assert deliver_due(Post(smtplib.SMTPServerDisconnected("gone"))) == 1
        mail = only()
        assert mail.attempts == attempt
        pauses.append(mail.due_at - at)
        at = max(mail.due_at, at)
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert max(pauses) <= outbox.LONGEST_PAUSE
    assert (mail.state, mail.error) == (MailState.FAILED, "gone")
    with clock.at(at + timedelta(days=9)):
        assert deliver_due(Post()) == 0


def test_pauses_are_spread(queue):
    queue(*(f"a{n}@example.org" for n in range(20)))
    deliver_due(Post(OSError("busy")))
    pauses = {mail.due_at - START for mail in mails()}
    assert len(pauses) > 10
    assert FIRST_PAUSE * 0.8 <= min(pauses) <= max(pauses) <= FIRST_PAUSE * 1.2


def test_a_refused_address_is_not_asked_again(queue):
    queue()
    assert deliver_due(Post(RefusedError("550"))) == 1
    assert (only().state, only().error) == (MailState.FAILED, "550")
    with clock.at(START + timedelta(days=1)):
        assert deliver_due(Post()) == 0


@pytest.mark.parametrize("fault", [ValueError("odd"), UnicodeError("odd"), KeyError("odd")])
def test_one_odd_mail_holds_up_no_other(queue, fault):
    queue("odd@example.org")
    queue("a@example.org", "b@example.org")
    post = Post(fault, for_whom="odd")
    assert deliver_due(post) == 3
    assert [letter.recipient for letter in post.sent] == ["a@example.org", "b@example.org"]
    odd = mails()[0]
    assert (odd.state, odd.lease_until) == (MailState.QUEUED, None)
    assert odd.due_at > START


def test_a_slow_server_never_outlasts_the_lease(queue):
    """Else another worker would take what this one still holds, and send it twice."""
    queue(*(f"a{n}@example.org" for n in range(10)))
    sent: list[str] = []
    at = START

    def slow(letter: Letter) -> None:
        nonlocal at
        sent.append(letter.message_id)
        at += timedelta(seconds=20)
        clock._moved.set(at)
        assert at < START + LEASE

    deliver_due(slow)
    assert 0 < len(sent) < 10
    rest = [mail for mail in mails() if mail.state is MailState.QUEUED]
    assert {(mail.attempts, mail.lease_until) for mail in rest} == {(0, None)}
    post = Post()
    deliver_due(post)
    assert sorted(sent + [letter.message_id for letter in post.sent]) == sorted(
        mail.message_id for mail in mails()
    )


def test_a_person_who_left_is_in_no_mail(queue):
    queue("anna@example.org", "ben@example.org")
    with transaction():
        forget_recipient("anna@example.org")
    assert [mail.recipient for mail in mails()] == ["ben@example.org"]


# -- how it leaves ---------------------------------------------------------------------------


def letter(**changes: str) -> Letter:
    values = {
        "recipient": "anna@example.org",
        "subject": "Grüße aus Müllrose",
        "text": "Schöne Grüße\n",
    }
    return Letter(id=7, message_id=f"{uuid.uuid4()}@civic", attempts=1, **values | changes)


def test_into_a_folder_where_no_server_is_set(tmp_path, capsys):
    config = Config(instance_path=tmp_path)
    one = letter(text="Hier: https://civic.example/bestaetigen/abc\n")
    folder_sender(config)(one)
    (file,) = (tmp_path / "mail").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == one.subject
    assert mail["Message-ID"] == f"<{one.message_id}>"
    assert mail.get_content() == one.text
    assert "https://civic.example/bestaetigen/abc" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "x" * 5000 + "\n", "From mir\n.\n..\n", "ä😀\u2028\n", "\ttab\x07\n"]
)
def test_any_text_is_a_mail(text):
    message = message_of(letter(text=text), "Zukunft für alle <noreply@example.org>")
    again = message_from_bytes(bytes(message), policy=policy.default)
    assert again.get_content().rstrip("\n") == text.rstrip("\n")
    assert again["Auto-Submitted"] == "auto-generated"
    assert all(len(line) <= 998 for line in bytes(message).splitlines())


@pytest.mark.parametrize("field", ["recipient", "subject", "message_id"])
def test_no_header_can_be_smuggled_in(field):
    values = {"recipient": "a@example.org", "subject": "b", "message_id": "c@civic"}
    values[field] += "\r\nBcc: everybody@example.org"
    with pytest.raises(ValueError):
        message_of(Letter(id=1, text="", attempts=1, **values), "noreply@example.org")


class Desk:
    """A mail server's mind: keeps what it takes, refuses as told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refusal = ""

    async def handle_RCPT(self, *asked) -> str:  # noqa: N802 - aiosmtpd's name
        _, _, envelope, address, _ = asked
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *asked) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append(asked[2].content)
        return "250 OK"


@pytest.fixture
def server(free_port) -> Iterator[tuple[Desk, Config]]:
    desk, port = Desk(), free_port
    controller = Controller(desk, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield desk, Config(smtp_url=f"smtp://127.0.0.1:{port}", mail_from="Züge <zug@example.org>")
    finally:
        controller.stop()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_mail_with_umlauts_arrives_as_it_was_written(server):
    desk, config = server
    one = letter(text="Schöne Grüße – „äöü“ 😀\n.\nEnde\n")
    sender_of(config)(one)
    mail = message_from_bytes(desk.taken[0], policy=policy.default)
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        one.subject, config.mail_from, one.recipient
    )  # fmt: skip
    assert mail.get_content().replace("\r\n", "\n") == one.text
    assert mail["Message-ID"] == f"<{one.message_id}>"


def test_an_address_refused_for_good_and_one_refused_for_now(server):
    desk, config = server
    desk.refusal = "550 no such person"
    with pytest.raises(RefusedError):
        smtp_sender(config)(letter())
    desk.refusal = "451 come back later"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp_sender(config)(letter())
    assert desk.taken == []


def test_a_server_that_is_away_is_waited_for(queue, free_port):
    queue()
    config = Config(smtp_url=f"smtp://127.0.0.1:{free_port}")
    assert deliver_due(smtp_sender(config)) == 1
    assert only().state is MailState.QUEUED
    assert only().due_at > START


def test_the_worker_outlives_a_fault_of_the_database(app, monkeypatch):
    stop, rounds = threading.Event(), []

    def broken(send):
        rounds.append(send)
        if len(rounds) == 3:
            stop.set()
        raise RuntimeError("away")

    monkeypatch.setattr("civic.core.mailer.deliver_due", broken)
    monkeypatch.setattr("civic.core.mailer.PAUSE", 0.001)
    run_worker(app, Config(), stop)
    assert len(rounds) == 3


def test_the_worker_delivers_all_and_ends_when_asked_to(app, tmp_path):
    with app.app_context(), transaction():
        queue_mail([f"a{n}@example.org" for n in range(120)], "s", "t")
    run_worker(app, Config(instance_path=tmp_path), threading.Event(), once=True)
    assert len(list((tmp_path / "mail").iterdir())) == 120
