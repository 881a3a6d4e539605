"""Acts and what came of them, for the tests of this room."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from civic.accounts.models import System, User
from civic.activity import service as activity
from civic.comments import service as comments
from civic.core import clock
from civic.core.db import db
from civic.core.outbox import Mail
from civic.core.work import jobs as queue
from civic.notifications import service
from civic.notifications.jobs import JOBS
from civic.notifications.models import MailStep, Notice, Way


def work_off() -> None:
    """Let the queue tell everybody. Mails stay in the outbox, where their words can be read."""
    while job := queue.take(JOBS):
        JOBS[job.kind](job.payload)
        queue.finish(job)
    db.session.expire_all()


def told(person: User) -> list[tuple[str, str, str]]:
    """What a person was told, oldest first: verb, category, cause."""
    rows = db.session.scalars(select(Notice).where(Notice.user_id == person.id).order_by(Notice.id))
    return [(n.activity.verb, n.category.value, n.cause.value) for n in rows]


def notices(person: User) -> list[Notice]:
    return list(
        db.session.scalars(select(Notice).where(Notice.user_id == person.id).order_by(Notice.id))
    )


def mails(person: User) -> list[Mail]:
    """The mails about notices to a person, oldest first."""
    wanted = select(Mail).where(Mail.recipient == person.email, Mail.unsubscribe != "")
    return list(db.session.scalars(wanted.order_by(Mail.id)))


def say(person: User, thing, words: str = "Das sehe ich auch so.", parent=None):
    return comments.add_comment(person, thing, body=words, parent=parent)


def answer(staff: User, idea, verb: str = "idea.taken_up", words: str = "Wir bauen das."):
    """An act of the administration, without what an idea needs for it."""
    return activity.record(staff, verb, idea, note=words)


def send_digests(way: Way = Way.DAILY, window: str = "heute", before: datetime | None = None):
    """What the schedule does for a window that is due now (or was, at `before`)."""
    moment = before or clock.now() + timedelta(seconds=1)
    service.begin_digests(System(), way, window=window, before=moment)
    work_off()


def steps(person: User) -> list[tuple[MailStep, str]]:
    return [(n.step, n.why.value if n.why else "") for n in notices(person)]


@contextmanager
def later(**distance: float):
    with clock.at(clock.now() + timedelta(**distance)):
        yield
