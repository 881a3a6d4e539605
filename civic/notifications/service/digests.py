"""Digests: what waits for a person, in one mail a window.

A window begins at a fixed hour and takes what was noticed before it (so what comes in while its
jobs run waits for the next one). Its jobs bear the person and the window as their key, and the
digest itself empties what waits under a lock on the person: so there is exactly one, whether the
worker was down for days or two of them run the same job.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from civic.accounts.models import Actor
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.work import jobs
from civic.core.work.models import Rank
from civic.notifications import policy
from civic.notifications.address import is_hidden
from civic.notifications.models import MailStep, Notice, Way, Why
from civic.notifications.queries import audience, lists
from civic.notifications.queries.audience import Person
from civic.notifications.service.mails import send_together

DIGEST = "notices.digest"
BATCH = 500


def begin_digests(actor: Actor, way: Way, *, window: str, before: datetime) -> int:
    """Leave a job for each person for whom something waits; returns for how many people.

    `window` names the stretch of time, `before` is the moment at which it was due.
    """
    last = number = 0
    while people := _leave_jobs(actor, way, window, before, last):
        last = people[-1]
        number += len(people)
    return number


@transaction()
def _leave_jobs(actor: Actor, way: Way, window: str, before: datetime, after: int) -> list[int]:
    del actor
    people = lists.people_waiting(way, before, after, BATCH)
    for person in people:
        payload = {"user": person, "way": way.value, "window": window, "at": before.isoformat()}
        jobs.enqueue(DIGEST, payload, key=_key(person, way, window), rank=Rank.BULK)
    return people


@transaction()
def send_digest(actor: Actor, user_id: int, way: Way, *, window: str, before: datetime) -> bool:
    """Write the digest of a person; False when there is nothing (any more) to say."""
    del actor
    held = audience.hold([user_id])
    waiting = lists.waiting(user_id, way, before)
    if not held:
        _mark(waiting, step=MailStep.SUPPRESSED, why=Why.BLOCKED)
        return False
    sorted_out: dict[Why | None, list[Any]] = {}
    for line in waiting:
        sorted_out.setdefault(_why_not(held[0], line, way), []).append(line)
    lines = sorted_out.pop(None, [])
    for why, some in sorted_out.items():
        _mark(some, step=MailStep.SUPPRESSED, why=why)
    if not lines:
        return False
    mail = send_together(held[0], lines, _key(user_id, way, window))
    _mark(lines, step=MailStep.HANDED, mail_id=mail, mailed_at=clock.now())
    return True


def _why_not(person: Person, line: Any, way: Way) -> Why | None:
    """Why this is left out: hidden, read by now, or not to be written to this person.

    What a person does not want to see on the platform they cannot have read there.
    """
    if is_hidden(line):
        return Why.HIDDEN
    if line.is_listed and line.read_at is not None:
        return Why.READ
    return policy.plan_mail(person, line.category, way, 0).why


def _mark(lines: Sequence[Any], **values: Any) -> None:
    db.session.execute(
        update(Notice)
        .where(Notice.id.in_([line.id for line in lines]))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _key(user_id: int, way: Way, window: str) -> str:
    return f"digest:{user_id}:{way.value}:{window}"
