"""Mail is a row of the same transaction as the act it tells of; a job sends it afterwards.

So nothing is announced that was rolled back, and nothing acknowledged is forgotten. Delivery is
at least once; a repeated mail carries the same Message-ID. The row stays as the record of the
delivery, without its words.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import Index, String, Text, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from civic.core import clock
from civic.core.db import Base, Word, be_patient, db, is_postgres, remove_in_batches, transaction
from civic.core.feature import House
from civic.core.logs import log
from civic.core.work import jobs
from civic.core.work.models import Rank

#: The kind of the jobs that send mails.
DELIVER = "mail.deliver"
#: How long the record of a mail is kept.
KEPT = timedelta(days=90)
BATCH = 1000
#: `due_at` of mails that have a job, so that a worker of the version before leaves them alone.
NEVER = timedelta(days=36500)


class MailState(StrEnum):
    """Where a mail is on its way."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Mail(Base):
    """One mail to one person, and what became of it."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    #: Two mails with one key are one mail.
    key: Mapped[str | None] = mapped_column(String(200), unique=True, index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    #: Text and HTML are emptied once the mail was sent or refused: they may hold a secret link.
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: Address that ends such mails with one click; empty for mails that cannot be ended.
    unsubscribe: Mapped[str] = mapped_column(String(500), default="", server_default="")
    state: Mapped[MailState] = mapped_column(Word(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    #: What the server said last; it often names the address, so it stays out of logs.
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    #: Of the version before, which had no jobs; a later migration takes these two away.
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    #: When it was sent, refused, given up or came back, whatever was last.
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Letter:
    """What a sender needs to know; a plain value, so that no session is open while it sends."""

    id: int
    message_id: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    unsubscribe: str = ""


class Delivery(NamedTuple):
    """What became of a mail: its state, the reason if it failed, and since when."""

    state: MailState
    error: str | None
    at: datetime


def _key_of_job(id: int) -> str:
    return f"mail:{id}"


# -- into the queue --------------------------------------------------------------------------


def queue_mail(
    recipients: Sequence[str],
    subject: str,
    text: str,
    *,
    html: str = "",
    unsubscribe: str = "",
    key: str | None = None,
) -> list[int]:
    """Write one mail per recipient into the running transaction; their ids in that order.

    `text` is always needed, `html` is an alternative to it. `unsubscribe` is an absolute address
    that ends such mails without signing in; mails that have one wait for those that have none.
    With a `key` (at most 150 characters) a second call writes nothing and returns the same ids.
    """
    if not text.strip():
        raise ValueError("A mail needs a text.")
    now = clock.now()
    common = {
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "html": html,
        "unsubscribe": unsubscribe,
        "state": MailState.QUEUED,
        "attempts": 0,
        "created_at": now,
        "due_at": now + NEVER,
    }
    rows = [
        common | {"message_id": f"{uuid.uuid4()}@civic", "recipient": r, "key": _key(key, r)}
        for r in recipients
    ]
    ids = _write_once(rows) if key else _write(rows)
    rank = Rank.BULK if unsubscribe else Rank.WAITED_FOR
    if not key:
        jobs.enqueue_all(DELIVER, {_key_of_job(id): {"mail": id} for id in ids}, rank)
        return ids
    for id in ids:
        jobs.enqueue(DELIVER, {"mail": id}, key=_key_of_job(id), rank=rank)
    return ids


def _key(key: str | None, recipient: str) -> str | None:
    if key is None:
        return None
    return f"{key}:{hashlib.sha256(recipient.lower().encode()).hexdigest()[:32]}"


def _write(rows: list[dict[str, Any]]) -> list[int]:
    if not rows:
        return []
    written = insert(Mail).returning(Mail.id, sort_by_parameter_order=True)
    return list(db.session.scalars(written, rows))


def _write_once(rows: list[dict[str, Any]]) -> list[int]:
    """The constraint decides which rows are new."""
    once = postgresql.insert if is_postgres() else sqlite.insert
    if rows:
        db.session.execute(once(Mail).on_conflict_do_nothing(index_elements=["key"]), rows)
    keys = [row["key"] for row in rows]
    found = db.session.execute(select(Mail.key, Mail.id).where(Mail.key.in_(keys)))
    ids = {row.key: row.id for row in found}
    return [ids[key] for key in keys]


# -- what becomes of it ----------------------------------------------------------------------


def letter_of(id: int) -> Letter | None:
    """A mail that is still to be sent; None if it was sent, refused, or its person has left."""
    row = db.session.execute(
        select(
            Mail.id, Mail.message_id, Mail.recipient, Mail.subject, Mail.text, Mail.html,
            Mail.unsubscribe,
        ).where(Mail.id == id, Mail.state != MailState.SENT, Mail.text != "")
    ).one_or_none()  # fmt: skip
    return Letter(*row) if row else None


@transaction()
def mark_sent(id: int) -> None:
    """The server has taken it."""
    _end(id, state=MailState.SENT, sent_at=clock.now(), error=None, text="", html="")


@transaction()
def mark_tried(id: int, error: str) -> None:
    """The server is away or busy; the job will try again."""
    db.session.execute(
        update(Mail).where(Mail.id == id).values(attempts=Mail.attempts + 1, error=error[:500])
    )


@transaction()
def mark_refused(id: int, error: str, *, address: bool) -> None:
    """It was refused for good; with `address` because nobody is there who could get it."""
    recipient = _end(id, state=MailState.FAILED, error=error[:500], text="", html="")
    log.warning("mail refused", mail=id, marks=address)
    if recipient and address:
        house: House = current_app.extensions["civic"]
        house.mail_refused(recipient, error[:500])


def mark_given_up(payload: dict[str, Any], reason: str) -> None:
    """Its job was given up or dropped; the words stay, for the job may be tried again."""
    error = func.coalesce(Mail.error, reason[:500])
    _end(int(payload["mail"]), MailState.QUEUED, state=MailState.FAILED, error=error)


def _end(id: int, only: MailState | None = None, **values: object) -> str | None:
    ended = update(Mail).where(Mail.id == id).values(ended_at=clock.now(), **values)
    if only:
        ended = ended.where(Mail.state == only)
    return db.session.scalar(ended.returning(Mail.recipient))


@transaction()
def come_back(message_id: str, error: str, *, address: bool) -> bool:
    """A mail that a server had taken came back; False if it is none of ours or known already."""
    id = db.session.scalar(
        select(Mail.id).where(
            Mail.message_id == message_id,
            or_(Mail.state != MailState.FAILED, Mail.text != ""),
        )
    )
    if id is not None:
        mark_refused(id, error, address=address)
    return id is not None


def mail_states(ids: Collection[int]) -> dict[int, Delivery]:
    """What became of these mails; those that are forgotten by now are missing."""
    at = func.coalesce(Mail.ended_at, Mail.sent_at, Mail.created_at)
    wanted = select(Mail.id, Mail.state, Mail.error, at.label("at")).where(Mail.id.in_(ids))
    return {row.id: Delivery(row.state, row.error, row.at) for row in db.session.execute(wanted)}


# -- housekeeping ----------------------------------------------------------------------------


def forget_old_mails() -> int:
    """Remove the records of mails that are old and over, bit by bit; returns how many."""
    before = clock.now() - KEPT
    over = (Mail.state != MailState.QUEUED, Mail.created_at < before)
    return remove_in_batches(select(Mail.id).where(*over).order_by(Mail.id), BATCH)


@transaction()
def adopt_mails() -> int:
    """Give a job to mails that the version before has queued and not sent; returns how many.

    The row changes hands in one statement, so its worker and ours never both send it.
    """
    now = clock.now()
    left = (
        update(Mail)
        .where(
            Mail.state == MailState.QUEUED,
            Mail.due_at <= now,
            or_(Mail.lease_until.is_(None), Mail.lease_until < now),
        )
        .values(due_at=now + NEVER, lease_until=None)
        .returning(Mail.id)
    )
    ids = list(db.session.scalars(left))
    for id in ids:
        jobs.enqueue(DELIVER, {"mail": id}, key=_key_of_job(id), rank=Rank.WAITED_FOR)
    return len(ids)


def forget_recipient(recipient: str) -> None:
    """Remove every trace of an address whose owner deleted their account."""
    be_patient()
    gone = db.session.scalars(delete(Mail).where(Mail.recipient == recipient).returning(Mail.id))
    for some in _batches(gone.all()):
        jobs.forget_keys([_key_of_job(id) for id in some])


def _batches(ids: Iterable[int]) -> Iterable[list[int]]:
    rest = iter(ids)
    return iter(lambda: list(islice(rest, BATCH)), [])
