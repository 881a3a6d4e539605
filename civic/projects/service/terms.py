"""The promised day of an approval comes near, or passes in silence: said once for each term."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, exists, select

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import clock
from civic.core.db import db, insert_once, transaction
from civic.projects.models import Project, ProjectReminder
from civic.projects.queries.projects import awaiting_approval

#: The administration is reminded so many days before.
SOON = timedelta(days=3)
#: What ran out longer ago is no news; it keeps a first run on an old platform quiet.
STALE = timedelta(days=30)
DAY = timedelta(days=1)
BATCH = 100
DUE_SOON, OVERDUE = "project.approval_due_soon", "project.approval_overdue"


def remind_of_approvals(actor: Actor) -> int:
    """Tell the administration that a term runs out or has run out; returns how many.

    It may run twice a day or skip some: the mark of a term decides, not the date of the run.
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
    said = exists().where(
        and_(
            ProjectReminder.project_id == Project.id,
            ProjectReminder.verb == verb,
            ProjectReminder.due_on == Project.approval_due_on,
        )
    )
    found = db.session.scalars(
        select(Project)
        .where(awaiting_approval(), Project.approval_due_on.between(first, last), ~said)
        .order_by(Project.id)
        .limit(BATCH)
    ).all()
    for project in found:
        mark = {"project_id": project.id, "verb": verb, "due_on": project.approval_due_on}
        if insert_once(ProjectReminder, {**mark, "at": clock.now()}):
            activity.record(actor, verb, project)
    return len(found)
