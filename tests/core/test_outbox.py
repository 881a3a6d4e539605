"""Mail: in the transaction of the act, sent by a job, marked; at least once, never for nothing."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from civic.accounts.models import User
from civic.core import clock, mailer, outbox
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.mailer import RefusedError
from civic.core.outbox import MailState, forget_recipient, mail_states, queue_mail
from civic.core.work import jobs as work
from civic.core.work.models import JobState, Rank
from civic.core.work.runner import run_due
from tests.core.mailing import Post, jobs, mails, only
from tests.make import make_user

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(START):
        yield


@pytest.fixture
def queue(inside) -> Callable[..., list[int]]:
    """Puts mails into the queue as a command does."""

    def put(*recipients: str, subject: str = "Betreff", **more: str) -> list[int]:
        with transaction():
            words = {"text": "Geheimer Link"} | more
            return queue_mail(recipients or ("anna@example.org",), subject, **words)

    return put


@pytest.fixture
def work_off(inside, monkeypatch) -> Callable[[Post], int]:
    """Does what is due with this sender."""

    def run(post: Post) -> int:
        monkeypatch.setattr(mailer, "sender_of", lambda _: post)
        return run_due()

    return run


# -- into the queue --------------------------------------------------------------------------


def test_an_act_that_is_rolled_back_leaves_no_mail(inside):
    @transaction()
    def act():
        queue_mail(["anna@example.org"], "a", "b")
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        act()
    assert (mails(), jobs()) == ([], [])
    queue_mail(["anna@example.org"], "a", "b")
    db.session.rollback()
    assert (mails(), jobs()) == ([], [])


def test_each_recipient_gets_a_mail_of_their_own(queue):
    ids = queue("a@example.org", "b@example.org", subject="Zwei\r\nBcc: c@example.org\n Zeilen")
    a, b = mails()
    assert [a.id, b.id] == ids
    assert (a.recipient, b.recipient) == ("a@example.org", "b@example.org")
    assert a.message_id != b.message_id
    assert a.subject == "Zwei Bcc: c@example.org Zeilen"
    with transaction():
        assert queue_mail([], "nobody", "text") == []
    assert len(mails()) == 2


def test_ids_come_in_the_order_of_the_recipients(queue):
    recipients = [f"a{n}@example.org" for n in range(1500)]
    ids = queue(*recipients)
    there = {mail.id: mail.recipient for mail in mails()}
    assert [there[id] for id in ids] == recipients
    assert {job.payload["mail"] for job in jobs()} == set(ids)


def test_a_mail_needs_words(inside):
    for empty in ("", " \n"):
        with pytest.raises(ValueError, match="text"):
            queue_mail(["anna@example.org"], "a", empty)


def test_two_mails_with_one_key_are_one_mail(queue, work_off):
    first = queue("a@example.org", "b@example.org", key="digest:7:2026-W47")
    again = queue("b@example.org", "A@example.org", key="digest:7:2026-W47", subject="anders")
    other = queue("a@example.org", key="digest:7:2026-W48")
    assert again == first[::-1]
    assert other[0] not in first
    post = Post()
    assert work_off(post) == 3
    assert {letter.subject for letter in post.sent} == {"Betreff"}
    assert queue("a@example.org", key="digest:7:2026-W47") == first[:1]
    assert work_off(post) == 0


def test_without_a_key_each_call_is_a_mail(queue):
    assert queue() != queue()


def test_who_waits_for_a_mail_gets_it_before_the_digests(queue, work_off):
    queue(*(f"d{n}@example.org" for n in range(3)), unsubscribe="https://civic.example/aus/1")
    with clock.at(START + timedelta(seconds=5)):
        queue("link@example.org")
        post = Post()
        work_off(post)
    assert post.sent[0].recipient == "link@example.org"
    assert len(post.sent) == 4
    assert [job.rank for job in jobs()] == [*[Rank.BULK] * 3, Rank.WAITED_FOR]


# -- what becomes of it ----------------------------------------------------------------------


def test_a_mail_is_sent_once_and_its_words_emptied(queue, work_off):
    (id,) = queue(html="<p>Geheimer Link</p>")
    post = Post()
    assert [work_off(post), work_off(post)] == [1, 0]
    assert [(letter.text, letter.html) for letter in post.sent] == [
        ("Geheimer Link", "<p>Geheimer Link</p>")
    ]
    mail = only(mails())
    assert (mail.state, mail.text, mail.html, mail.sent_at) == (MailState.SENT, "", "", START)
    assert mail_states([id, 999]) == {id: (MailState.SENT, None, START)}
    assert only(jobs()).state is JobState.DONE


def test_a_job_that_comes_twice_sends_one_mail(queue, work_off):
    (id,) = queue()
    post = Post()
    work_off(post)
    mailer.deliver({"mail": id})
    assert len(post.sent) == 1


def test_one_worker_uses_one_connection_for_all(queue, work_off):
    queue(*(f"a{n}@example.org" for n in range(5)))
    post = Post()
    work_off(post)
    assert (len(post.sent), post.closed) == (5, 1)


def test_a_busy_server_is_asked_again(queue, work_off):
    (id,) = queue()
    assert work_off(Post(smtplib.SMTPServerDisconnected("anna@example.org: gone"))) == 1
    assert work_off(Post()) == 0
    mail, job = only(mails()), only(jobs())
    assert (mail.state, mail.attempts, mail.error) == (
        MailState.QUEUED, 1, "anna@example.org: gone"
    )  # fmt: skip
    assert job.error == "SMTPServerDisconnected"
    assert job.due_at > START
    with clock.at(job.due_at):
        assert work_off(Post()) == 1
    assert mail_states([id])[id][:2] == (MailState.SENT, None)


def test_a_server_that_stays_away_makes_a_dead_letter_that_can_be_revived(queue, work_off):
    (id,) = queue()
    at = START
    for _ in range(work.MAX_ATTEMPTS):
        with clock.at(at):
            assert work_off(Post(OSError("away"))) == 1
        at = max(only(jobs()).due_at, at)
    assert only(jobs()).state is JobState.DEAD
    state, error, _ = mail_states([id])[id]
    assert (state, error) == (MailState.FAILED, "away")
    with clock.at(at + timedelta(days=2)):
        post = Post()
        assert work_off(post) == 0
        assert work.retry() == 1
        assert work_off(post) == 1
        assert [letter.text for letter in post.sent] == ["Geheimer Link"]
    assert only(mails()).state is MailState.SENT


def test_a_job_that_is_dropped_fails_its_mail(queue, work_off):
    (id,) = queue()
    assert work.drop(only(jobs()).id)
    assert mail_states([id])[id][:2] == (MailState.FAILED, work.DROPPED)
    assert work_off(Post()) == 0


@pytest.mark.parametrize("fault", [ValueError("odd"), UnicodeError("odd"), KeyError("odd")])
def test_one_odd_mail_holds_up_no_other(queue, work_off, fault):
    queue("odd@example.org")
    queue("a@example.org", "b@example.org")
    post = Post(fault, for_whom="odd")
    assert work_off(post) == 3
    assert [letter.recipient for letter in post.sent] == ["a@example.org", "b@example.org"]
    odd = jobs()[0]
    assert (odd.state, odd.lease_until) == (JobState.QUEUED, None)
    assert odd.due_at > START
    assert odd.error
    assert "odd" not in odd.error.split(" in ")[0]


def test_an_address_refused_for_good_is_marked_and_not_asked_again(queue, work_off):
    user = make_user(email="Anna@example.org", email_key="anna@example.org")
    (id,) = queue("Anna@example.org")
    assert work_off(Post(RefusedError("550 5.1.1 no such person"))) == 1
    assert mail_states([id])[id] == (MailState.FAILED, "550 5.1.1 no such person", START)
    assert (only(mails()).text, only(jobs()).state) == ("", JobState.DONE)
    assert db.session.get_one(User, user.id).email_refused_at == START
    with clock.at(START + timedelta(days=1)):
        assert work_off(Post()) == 0


def test_the_mark_and_the_failure_are_one(queue, work_off, inside, monkeypatch):
    """If the room cannot note it, the mail is not over either: it will be tried again."""
    queue()

    def away(address: str, reason: str) -> None:
        raise RuntimeError(address + reason)

    monkeypatch.setattr(inside.extensions["civic"], "mail_refused", away)
    work_off(Post(RefusedError("550")))
    assert only(mails()).state is MailState.QUEUED
    assert only(jobs()).state is JobState.QUEUED


# -- housekeeping ----------------------------------------------------------------------------


def test_records_are_kept_for_ninety_days(queue, work_off, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 2)
    queue(*(f"a{n}@example.org" for n in range(5)))
    work_off(Post())
    with clock.at(START + timedelta(days=1)):
        queue("late@example.org")
    with clock.at(START + timedelta(days=89)):
        assert outbox.forget_old_mails() == 0
    with clock.at(START + timedelta(days=90, seconds=1)):
        assert outbox.forget_old_mails() == 5
    with clock.at(START + timedelta(days=99)):
        assert outbox.forget_old_mails() == 0, "a mail that waits is not forgotten"
    assert only(mails()).recipient == "late@example.org"


def test_a_person_who_left_is_in_no_mail_and_no_job(queue, work_off):
    queue("anna@example.org", "ben@example.org")
    with transaction():
        forget_recipient("anna@example.org")
    assert [mail.recipient for mail in mails()] == ["ben@example.org"]
    assert [job.payload["mail"] for job in jobs()] == [mails()[0].id]
    post = Post()
    assert work_off(post) == 1


def test_mails_of_the_version_before_get_a_job_once(queue, work_off):
    """It knew no jobs: its rows are due by themselves, and its worker may hold one of them."""
    queue("new@example.org")
    insert = text(
        "INSERT INTO outbox_mail (message_id, recipient, subject, text, state, attempts,"
        " created_at, due_at, lease_until)"
        " VALUES (:id, :to, 's', 't', 'queued', 0, :at, :at, :lease)"
    )
    for name, lease in [("old", None), ("held", START + timedelta(minutes=1))]:
        with transaction():
            values = {"id": name, "to": f"{name}@example.org", "at": START, "lease": lease}
            db.session.execute(insert, values)
    assert [outbox.adopt_mails(), outbox.adopt_mails()] == [1, 0]
    post = Post()
    work_off(post)
    assert sorted(letter.recipient for letter in post.sent) == [
        "new@example.org", "old@example.org"
    ]  # fmt: skip
    with clock.at(START + timedelta(minutes=2)):
        assert outbox.adopt_mails() == 1, "its worker was killed"


def test_the_version_before_leaves_mails_with_a_job_alone(queue):
    """What its worker looks for: queued, due, not leased."""
    queue()
    due = "SELECT count(*) FROM outbox_mail WHERE state = 'queued' AND due_at <= :now"
    assert db.session.scalar(text(due), {"now": START + timedelta(days=30)}) == 0
