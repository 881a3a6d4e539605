"""A sender for tests, a worker that shares their thread, and what stands in outbox and queue."""

from __future__ import annotations

from sqlalchemy import select

from civic.core.db import db
from civic.core.outbox import Letter, Mail
from civic.core.work.models import Job


class Post:
    """A sender that remembers; `fault` is raised instead of sending, for one address or for all."""

    def __init__(self, fault: BaseException | None = None, for_whom: str = "") -> None:
        self.sent: list[Letter] = []
        self.closed = 0
        self.fault, self.for_whom = fault, for_whom

    def __call__(self, letter: Letter) -> None:
        if self.fault and self.for_whom in letter.recipient:
            raise self.fault
        self.sent.append(letter)

    def close(self) -> None:
        self.closed += 1


def mails() -> list[Mail]:
    db.session.expire_all()
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def jobs() -> list[Job]:
    db.session.expire_all()
    return list(db.session.scalars(select(Job).order_by(Job.id)))


def only(found: list) -> object:
    (one,) = found
    return one
