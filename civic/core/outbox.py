"""Mail is a row of the same transaction as the act it tells of; a worker sends it afterwards.

So nothing is announced that was rolled back, and nothing acknowledged is forgotten. Delivery is
at least once; a repeated mail carries the same Message-ID.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, String, Text, delete, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from civic.core import clock
from civic.core.db import Base, Word, be_patient, db, is_postgres, transaction
from civic.core.logs import log

LEASE = timedelta(minutes=2)
#: How long the fact of a mail is kept.
KEPT = timedelta(days=14)
MAX_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)


class MailState(StrEnum):
    """Where a mail is on its way."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Mail(Base):
    """One mail to one person, with its state of delivery."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[MailState] = mapped_column(Word(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Letter:
    """What a sender needs to know; a plain value, so that no session is open while it sends."""

    id: int
    message_id: str
    recipient: str
    subject: str
    text: str
    attempts: int


class RefusedError(Exception):
    """The address or the mail was refused for good; trying again is of no use."""


Sender = Callable[[Letter], None]


def queue_mail(recipients: Sequence[str], subject: str, text: str) -> None:
    """Write one mail per recipient into the running transaction."""
    now = clock.now()
    rows = [
        {
            "message_id": f"{uuid.uuid4()}@civic",
            "recipient": recipient,
            "subject": " ".join(subject.split())[:200],
            "text": text,
            "state": MailState.QUEUED,
            "attempts": 0,
            "created_at": now,
            "due_at": now,
        }
        for recipient in recipients
    ]
    if rows:
        db.session.execute(insert(Mail), rows)


def deliver_due(send: Sender, limit: int = 50) -> int:
    """Send what is due, one by one; returns how many were taken.

    With a slow server the rest is handed back in time: no mail goes out after its lease has ended,
    for another worker would send it too.
    """
    begun = clock.now()
    letters = _lease(limit)
    for number, letter in enumerate(letters):
        if clock.now() - begun > LEASE / 4:
            _hand_back(letters[number:])
            break
        _deliver(send, letter)
    return len(letters)


def _deliver(send: Sender, letter: Letter) -> None:
    try:
        send(letter)
    except RefusedError as failure:
        _settle(letter, MailState.FAILED, str(failure))
    except OSError as failure:  # smtplib's errors are OSErrors: the server is away or busy
        _postpone(letter, str(failure))
    except Exception as failure:  # noqa: BLE001 - one odd mail must not hold up all others
        log.error("mail cannot be sent", mail=letter.id, exc_info=failure)
        _postpone(letter, repr(failure))
    else:
        _settle(letter, MailState.SENT)


@transaction()
def _lease(limit: int) -> list[Letter]:
    now = clock.now()
    due = (
        select(Mail.id)
        .where(
            Mail.state == MailState.QUEUED,
            Mail.due_at <= now,
            or_(Mail.lease_until.is_(None), Mail.lease_until < now),
        )
        .order_by(Mail.due_at)
        .limit(limit)
    )
    if is_postgres():
        due = due.with_for_update(skip_locked=True)
    taken = db.session.execute(
        update(Mail)
        .where(Mail.id.in_(due.scalar_subquery()))
        .values(lease_until=now + LEASE, attempts=Mail.attempts + 1)
        .returning(Mail.id, Mail.message_id, Mail.recipient, Mail.subject, Mail.text, Mail.attempts)
    )
    return sorted((Letter(*row) for row in taken), key=lambda letter: letter.id)


@transaction()
def _hand_back(letters: Sequence[Letter]) -> None:
    """As if these had not been taken; they are still due."""
    db.session.execute(
        update(Mail)
        .where(Mail.id.in_([letter.id for letter in letters]))
        .values(lease_until=None, attempts=Mail.attempts - 1)
    )


@transaction()
def _settle(letter: Letter, state: MailState, error: str | None = None) -> None:
    values: dict[str, object] = {
        "state": state,
        "lease_until": None,
        "error": error[:500] if error else None,
    }
    if state is MailState.SENT:
        # The text of a sent mail may hold a secret link: only the fact of the mail is kept.
        values |= {"sent_at": clock.now(), "text": ""}
    db.session.execute(update(Mail).where(Mail.id == letter.id).values(**values))
    if error:
        # The reason stands in the row alone: servers name the address in it.
        log.warning("mail failed", mail=letter.id, attempts=letter.attempts)


@transaction()
def _postpone(letter: Letter, error: str) -> None:
    if letter.attempts >= MAX_ATTEMPTS:
        _settle(letter, MailState.FAILED, error)
        return
    pause = min(FIRST_PAUSE * 2 ** (letter.attempts - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret
    db.session.execute(
        update(Mail)
        .where(Mail.id == letter.id)
        .values(lease_until=None, due_at=clock.now() + pause, error=error[:500])
    )
    log.warning("mail postponed", mail=letter.id, seconds=round(pause.total_seconds()))


@transaction()
def forget_old_mails() -> None:
    """Housekeeping: mails that went out or failed more than two weeks ago."""
    before = clock.now() - KEPT
    db.session.execute(delete(Mail).where(Mail.state != MailState.QUEUED, Mail.created_at < before))


def forget_recipient(recipient: str) -> None:
    """Remove every trace of an address whose owner deleted their account."""
    be_patient()
    db.session.execute(delete(Mail).where(Mail.recipient == recipient))
