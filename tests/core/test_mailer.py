"""How mails leave: what they look like, one conversation for several, and what a refusal means."""

from __future__ import annotations

import smtplib
import socket
import uuid
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.exc import OperationalError

from civic.config import Config
from civic.core import mailer, outbox
from civic.core.db import transaction
from civic.core.mailer import (
    FolderSender,
    RefusedError,
    SmtpSender,
    is_about_address,
    message_of,
    sender_of,
)
from civic.core.outbox import Letter, MailState, queue_mail
from civic.core.work import lease
from civic.core.work.models import JobState
from civic.core.work.runner import run_due
from tests.core.mailing import Post, jobs, mails, only

UNSUBSCRIBE = "https://civic.example.org/mitteilungen/abbestellen/" + "x1-_" * 60


def letter(**changes: str) -> Letter:
    values = {
        "recipient": "anna@example.org",
        "subject": "Grüße aus Müllrose",
        "text": "Schöne Grüße\n",
    }
    return Letter(id=7, message_id=f"{uuid.uuid4()}@civic", **values | changes)


# -- what it looks like ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["x" * 5000 + "\n", "From mir\n.\n..\n", "ä😀\u2028\n", "\ttab\x07\n"]
)
def test_any_text_is_a_mail(text):
    message = message_of(letter(text=text, html=f"<p>{text}</p>"), "Zukunft <noreply@example.org>")
    again = message_from_bytes(bytes(message), policy=policy.default)
    plain = again.get_body(["plain"])
    assert plain.get_content().rstrip("\n") == text.rstrip("\n")
    assert again["Auto-Submitted"] == "auto-generated"
    assert all(len(line) <= 998 for line in bytes(message).splitlines())


def test_html_is_an_alternative_to_the_text():
    message = message_of(letter(html="<p>Schöne Grüße</p>"), "noreply@example.org")
    again = message_from_bytes(bytes(message), policy=policy.default)
    assert again.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in again.iter_parts()] == ["text/plain", "text/html"]
    assert again.get_body(["html"]).get_content().strip() == "<p>Schöne Grüße</p>"
    assert message_of(letter(), "noreply@example.org").get_content_type() == "text/plain"


def test_a_mail_that_can_be_ended_says_how_on_one_line():
    """A folded or encoded address would be a button that leads nowhere."""
    raw = bytes(message_of(letter(unsubscribe=UNSUBSCRIBE), "noreply@example.org"))
    lines = raw.decode().splitlines()
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert b"List-Unsubscribe" not in bytes(message_of(letter(), "noreply@example.org"))


@pytest.mark.parametrize("field", ["recipient", "subject", "message_id", "unsubscribe"])
def test_no_header_can_be_smuggled_in(field):
    values = {"recipient": "a@example.org", "subject": "b", "message_id": "c@civic"}
    values[field] = values.get(field, "https://x.example") + "\r\nBcc: everybody@example.org"
    with pytest.raises(ValueError):
        message_of(Letter(id=1, text="t", **values), "noreply@example.org")


def test_into_a_folder_where_no_server_is_set(tmp_path, capsys):
    config = Config(instance_path=tmp_path)
    one = letter(text="Hier: https://civic.example/bestaetigen/abc\n")
    sender_of(config)(one)
    (file,) = (tmp_path / "mail").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == one.subject
    assert mail["Message-ID"] == f"<{one.message_id}>"
    assert mail.get_content() == one.text
    assert "https://civic.example/bestaetigen/abc" in capsys.readouterr().err
    assert isinstance(sender_of(config), FolderSender)


# -- over SMTP -------------------------------------------------------------------------------


class Desk:
    """A mail server's mind: keeps what it takes, refuses as told, counts who comes in."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refusal = ""
        self.visits = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        del server, envelope
        self.visits += 1
        session.host_name = hostname
        return responses

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
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk, free_port) -> Iterator[Controller]:
    controller = Controller(desk, hostname="127.0.0.1", port=free_port)
    controller.start()
    yield controller
    controller.stop(no_assert=True)


@pytest.fixture
def send(server) -> Iterator[SmtpSender]:
    config = Config(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="Züge <zug@example.org>")
    sender = SmtpSender(config)
    yield sender
    sender.close()


def test_a_mail_with_umlauts_arrives_as_it_was_written(desk, send):
    one = letter(text="Schöne Grüße – „äöü“ 😀\n.\nEnde\n", unsubscribe=UNSUBSCRIBE)
    send(one)
    mail = message_from_bytes(desk.taken[0], policy=policy.default)
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        one.subject, "Züge <zug@example.org>", one.recipient
    )  # fmt: skip
    assert mail.get_content().replace("\r\n", "\n") == one.text
    assert mail["Message-ID"] == f"<{one.message_id}>"
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>".encode() in desk.taken[0]


def test_several_mails_share_a_conversation_and_not_for_ever(desk, send, monkeypatch):
    for _ in range(3):
        send(letter())
    assert (len(desk.taken), desk.visits) == (3, 1)
    monkeypatch.setattr(mailer, "MAILS_PER_LINE", 3)
    send(letter())
    assert (len(desk.taken), desk.visits) == (4, 2)


def test_a_conversation_that_the_server_ended_begins_anew(desk, send):
    send(letter())
    send._line.sock.shutdown(socket.SHUT_RDWR)
    send(letter())
    assert (len(desk.taken), desk.visits) == (2, 2)


@pytest.mark.parametrize(
    ("refusal", "final"),
    [
        ("550 no such person", True),
        ("550 5.1.1 no such person", True),
        ("552 5.2.2 mailbox full", True),
        ("451 come back later", False),
        ("450 4.2.0 greylisted", False),
        ("554 5.7.1 relay access denied", False),
        ("550 5.7.1 your server is on a list", False),
        ("554 5.4.6 loop", False),
    ],
)
def test_an_address_refused_for_good_and_what_is_not_its_fault(desk, send, refusal, final):
    desk.refusal = refusal
    with pytest.raises(RefusedError if final else smtplib.SMTPRecipientsRefused):
        send(letter())
    desk.refusal = ""
    send(letter())
    assert (len(desk.taken), desk.visits) == (1, 1), "a refusal ends no conversation"


def test_what_a_status_is_about():
    for status in ("5.1.1", "5.2.1", "5.1.10", ""):
        assert is_about_address(status)
    for status in ("5.7.1", "5.3.0", "5.4.4", "5.0.0"):
        assert not is_about_address(status)


def test_a_secret_address_of_the_server_is_not_told(free_port):
    """The reason that is kept with the job names no person and no password."""
    sender = SmtpSender(Config(smtp_url=f"smtp://user:secret@127.0.0.1:{free_port}"))
    with pytest.raises(OSError) as told:
        sender(letter())
    assert mailer._code_of(told.value) == "ConnectionRefusedError"
    refused = smtplib.SMTPRecipientsRefused({"anna@example.org": (451, b"anna@example.org")})
    assert mailer._code_of(refused) == "SMTPRecipientsRefused 451"


# -- as a job --------------------------------------------------------------------------------


def test_a_server_that_is_away_is_waited_for(inside, monkeypatch, free_port):
    away = SmtpSender(Config(smtp_url=f"smtp://127.0.0.1:{free_port}"))
    monkeypatch.setattr(mailer, "sender_of", lambda _: away)
    with transaction():
        queue_mail(["anna@example.org"], "s", "t")
    assert run_due() == 1
    assert only(mails()).state is MailState.QUEUED
    assert (only(jobs()).state, only(jobs()).error) == (JobState.QUEUED, "ConnectionRefusedError")


def test_no_mail_goes_out_when_the_lease_is_nearly_over(inside, desk, send, monkeypatch):
    """Another worker may have taken it by now: then two would send it."""
    monkeypatch.setattr(mailer, "sender_of", lambda _: send)
    with transaction():
        queue_mail(["anna@example.org"], "s", "t")
    with monkeypatch.context() as slow:
        slow.setattr(lease.Lease, "left", lease.LEASE.total_seconds() * 0.4)
        assert run_due() == 1
    assert desk.taken == []
    job = only(jobs())
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert job.holder, "it belongs to whoever takes it once the lease is over"


def test_a_database_that_is_away_for_a_moment_makes_no_second_mail(inside, monkeypatch):
    post, calls = Post(), []
    monkeypatch.setattr(mailer, "sender_of", lambda _: post)
    monkeypatch.setattr(mailer, "NOTE_PAUSES", (0, 0, 0))
    mark = outbox.mark_sent

    def busy(id: int) -> None:
        calls.append(id)
        if len(calls) < 3:
            raise OperationalError("UPDATE", {}, Exception("away"))
        mark(id)

    monkeypatch.setattr(outbox, "mark_sent", busy)
    with transaction():
        queue_mail(["anna@example.org"], "s", "t")
    assert run_due() == 1
    assert (len(post.sent), len(calls)) == (1, 3)
    assert only(mails()).state is MailState.SENT
