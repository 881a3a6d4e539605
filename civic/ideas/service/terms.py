"""The promised day comes near, or passes in silence: said once for each idea."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions.queries import visible
from civic.core import clock
from civic.core.db import db, insert_once, transaction
from civic.ideas.models import Idea, IdeaReminder
from civic.ideas.queries import awaiting

#: The administration is reminded so many days before.
SOON = timedelta(days=7)
#: What ran out longer ago is no news; it keeps a first run on an old platform quiet.
STALE = timedelta(days=30)
DAY = timedelta(days=1)
BATCH = 100
DUE_SOON, OVERDUE = "idea.answer_due_soon", "idea.answer_overdue"


def remind_of_terms(actor: Actor) -> int:
    """Record for whom it concerns that a term runs out or has run out; returns how many.

    It may run twice a day or skip some: the mark of an idea decides, not the date of the run.
    """
    number = 0
    for verb in (DUE_SOON, OVERDUE):
        while some := _remind(actor, verb):
            number += some
    return number


@transaction()
def _remind(actor: Actor, verb: str) -> int:
    today = clock.today()
    first, last = (today, today + SOON) if verb == DUE_SOON else (today - STALE, today - DAY)
    told = select(IdeaReminder.idea_id).where(IdeaReminder.verb == verb)
    found = db.session.scalars(
        select(Idea)
        .where(
            visible(),
            awaiting(),
            Idea.answer_due_on.between(first, last),
            Idea.id.not_in(told),
        )
        .order_by(Idea.id)
        .limit(BATCH)
    ).all()
    for idea in found:
        if insert_once(IdeaReminder, {"idea_id": idea.id, "verb": verb, "at": clock.now()}):
            activity.record(actor, verb, idea)
    return len(found)
