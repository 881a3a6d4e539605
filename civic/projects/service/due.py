"""The day of a task comes near, or has passed: its owner is reminded, once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, select, update

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import clock
from civic.core.db import db, rows_of, transaction
from civic.projects import policy
from civic.projects.models import Project, ProjectState, Task, TeamMember

#: Days before the day of a task.
SOON = timedelta(days=2)
#: What ran out longer ago is no news; it keeps a first run on an old platform quiet.
STALE = timedelta(days=30)
BATCH = 100
DUE = "team.task_due"
#: While a project pauses nobody is pressed; the reminder comes when it goes on.
WORKING = (ProjectState.PROPOSED, ProjectState.FORMING, ProjectState.RUNNING)


def remind_of_tasks(actor: Actor) -> int:
    """Tell the owners of tasks that are due within two days or overdue; returns how many.

    It may run twice a day or skip some: the mark of a task decides, not the date of the run.
    """
    number = 0
    while some := _remind(actor):
        number += some
    return number


@transaction()
def _remind(actor: Actor) -> int:
    found = db.session.scalars(
        select(Task)
        .join(Project, Project.id == Task.project_id)
        .where(_is_due(), Project.state.in_(WORKING), Project.hidden_at.is_(None))
        .order_by(Task.due_on, Task.id)
        .limit(BATCH)
    ).all()
    for task in found:
        owner = task.owner
        if _mark(task) and owner is not None and policy.may_see_inside(owner, task.project):
            activity.record(actor, DUE, task.project, note=task.title, to=[owner.id])
    return len(found)


def _is_due() -> ColumnElement[bool]:
    today = clock.today()
    is_in_team = exists().where(
        TeamMember.project_id == Task.project_id, TeamMember.user_id == Task.owner_id
    )
    return and_(
        Task.done_at.is_(None),
        Task.reminded_at.is_(None),
        Task.due_on.between(today - STALE, today + SOON),
        is_in_team,
    )


def _mark(task: Task) -> bool:
    """The row decides who reminds: two workers at the same moment tell once."""
    marked = db.session.execute(
        update(Task)
        .where(Task.id == task.id, Task.reminded_at.is_(None))
        .values(reminded_at=clock.now())
    )
    return rows_of(marked) == 1
