"""Mails that come back: only a report that quotes a mail of ours counts, and only a final one."""

from __future__ import annotations

import io

import pytest
from sqlalchemy.exc import OperationalError

from civic.accounts.models import User
from civic.core import bounces, mailer, outbox
from civic.core.db import db, transaction
from civic.core.outbox import MailState, mail_states, queue_mail
from civic.core.work.runner import run_due
from tests.core.mailing import Post, mails
from tests.make import make_user

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: noreply@civic.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b0"

--b0
Content-Type: text/plain; charset=utf-8

Ihre Nachricht konnte nicht zugestellt werden.

--b0
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{recipient}>:
 User unknown

--b0
Content-Type: {kind}

Message-ID: <{id}>
To: {recipient}
Subject: Ihr Link

--b0--
"""


def report(id: str, **changes: str) -> bytes:
    values = {
        "recipient": "anna@example.org", "action": "failed", "status": "5.1.1",
        "kind": "text/rfc822-headers",
    }  # fmt: skip
    return REPORT.format(id=id, **values | changes).encode()


@pytest.fixture
def sent(inside, monkeypatch) -> outbox.Mail:
    """A mail that a server has taken, to a person with an account."""
    make_user(email="Anna@example.org", email_key="anna@example.org")
    monkeypatch.setattr(mailer, "sender_of", lambda _: Post())
    with transaction():
        queue_mail(["Anna@example.org"], "s", "Geheimer Link")
    run_due()
    (mail,) = mails()
    assert mail.state is MailState.SENT
    return mail


def is_marked() -> bool:
    db.session.expire_all()
    (user,) = db.session.query(User).all()
    return user.email_refused_at is not None


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_final_report_fails_the_mail_and_marks_the_address(sent, kind):
    assert bounces.take(report(sent.message_id, kind=kind)) == "status 5.1.1 noted"
    state, error, _ = mail_states([sent.id])[sent.id]
    assert state is MailState.FAILED
    assert error.startswith("5.1.1 smtp; 550 5.1.1 <anna@example.org>: User unknown")
    assert is_marked()


def test_the_same_report_twice_changes_nothing_more(sent):
    bounces.take(report(sent.message_id))
    with transaction():
        db.session.query(User).update({"email_refused_at": None})  # confirmed again meanwhile
    assert bounces.take(report(sent.message_id)) == "no mail of ours, or known already"
    assert not is_marked()


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "4.2.2"}, {"status": "2.0.0"}, {"action": "delayed"}, {"action": "delivered"},
        {"status": "5"}, {"status": "nonsense"}, {"status": "5.1.1.1"[:2]},
    ],
)  # fmt: skip
def test_what_is_not_final_marks_nothing(sent, changes):
    bounces.take(report(sent.message_id, **changes))
    assert mail_states([sent.id])[sent.id].state is MailState.SENT
    assert not is_marked()


def test_a_refusal_of_our_server_fails_the_mail_and_leaves_the_address(sent):
    bounces.take(report(sent.message_id, status="5.7.1"))
    assert mail_states([sent.id])[sent.id].state is MailState.FAILED
    assert not is_marked()


def test_a_forged_report_marks_nobody(sent):
    """Whoever does not know the Message-ID cannot shut anybody out, whomever the report names."""
    for id in ("0b2f@civic", "", "%", sent.message_id[:-1], sent.message_id.upper() + "x"):
        assert bounces.take(report(id)) in {
            "no mail of ours, or known already", "no report of a mail server"
        }  # fmt: skip
    assert not is_marked()


def test_a_report_marks_whom_we_wrote_to_and_not_whom_it_names(sent):
    make_user(email="ben@example.org", email_key="ben@example.org")
    bounces.take(report(sent.message_id, recipient="ben@example.org"))
    marked = db.session.query(User).filter(User.email_refused_at.is_not(None)).all()
    assert [user.email for user in marked] == ["Anna@example.org"]


NESTED = "".join(
    f'Content-Type: multipart/report; boundary="n{n}"\n\n--n{n}\n' for n in range(3000)
)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00" * 5000, b"\xff\xfe: \xff\n\n", b"Subject: hello\n\nhello", NESTED.encode(),
        b"Content-Type: multipart/report; boundary=b0\n\nno part at all",
        b"Content-Type: multipart/report\n\n--b0\n",
        report("x@civic").replace(b"message/delivery-status", b"text/plain"),
        report("x@civic").replace(b"text/rfc822-headers", b"text/rfc822-headers; charset=odd"),
        report("x@civic").replace(b"Status: 5.1.1", b"Status: =?utf-8?q?=FF?= \xff"),
        report("x@civic").replace(b"--b0--", b""), report("x@civic")[:600],
        report("x@civic") + b"y" * 3_000_000,
    ],
)  # fmt: skip
def test_nonsense_is_ignored(sent, raw):
    assert bounces.take(raw)
    assert mail_states([sent.id])[sent.id].state is MailState.SENT
    assert not is_marked()


def test_the_command_reads_a_pipe_and_ends_well(sent, inside):
    runner = inside.test_cli_runner()
    done = runner.invoke(args=["mails", "bounce"], input=report(sent.message_id))
    assert (done.exit_code, done.stdout.strip()) == (0, "status 5.1.1 noted")
    done = runner.invoke(args=["mails", "bounce"], input=b"junk" * 1_000_000)
    assert (done.exit_code, done.stdout.strip()) == (0, "no report of a mail server")


def test_while_the_database_is_away_the_mta_shall_come_again(sent, inside, monkeypatch):
    def away(*asked: object, **more: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(outbox, "come_back", away)
    done = inside.test_cli_runner().invoke(
        args=["mails", "bounce"], input=io.BytesIO(report(sent.message_id))
    )
    assert done.exit_code == 75
