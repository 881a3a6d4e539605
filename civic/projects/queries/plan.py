"""Milestones, which everybody sees with the project, and tasks, which the team alone sees."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, bindparam, func, literal, or_, select
from sqlalchemy.orm import joinedload, selectinload

from civic.accounts.models import Actor
from civic.contributions import policy as seeing
from civic.contributions.queries import CardSelect
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.municipalities.models import Municipality
from civic.projects import policy
from civic.projects.models import (
    LIVING,
    Milestone,
    MilestoneState,
    Project,
    Task,
    TeamMember,
    TeamRole,
)
from civic.projects.queries.projects import TEAM, served_by

#: Where tasks without a day stand: after all others.
_SOMETIME = date(9999, 12, 31)
_DUE = func.coalesce(Task.due_on, literal(_SOMETIME)).label("due")

MILESTONES = Order((("due_on", Milestone.due_on), ("id", Milestone.id)), descending=False)
_MILESTONES = (
    select(Milestone)
    .where(Milestone.project_id == bindparam("project"))
    .order_by(Milestone.due_on, Milestone.id)
)


class TaskState(StrEnum):
    """Which tasks a list shows, as `?status=` names them."""

    OPEN = "offen"
    DONE = "erledigt"

    @classmethod
    def of(cls, word: str | None) -> TaskState:
        """What an address asks for; an unknown word means the open ones."""
        return cls(word) if word in set(cls) else cls.OPEN


#: Open tasks by their day, done ones the latest first. `due` stands on the row.
ORDERS = {
    TaskState.OPEN: Order((("due", _DUE), ("id", Task.id)), descending=False),
    TaskState.DONE: Order((("done_at", Task.done_at), ("id", Task.id))),
}
_TASKS = select(Task, Task.id, Task.done_at, _DUE).options(
    joinedload(Task.owner), joinedload(Task.milestone)
)
#: The project with what its rules ask for.
_WITH_PROJECT = (
    joinedload(Milestone.project).options(TEAM),
    joinedload(Milestone.project).joinedload(Project.municipality),
    joinedload(Milestone.project).joinedload(Project.author),
)


def milestones_of(project: Project) -> list[Milestone]:
    """All milestones by their day; a project has sixty at most."""
    return list(db.session.scalars(_MILESTONES, {"project": project.id}))


def milestone_list(project: Project) -> CardSelect:
    """The same for pages of them, with `paging.window` and the order `MILESTONES`."""
    return select(Milestone, Milestone.id, Milestone.due_on).where(
        Milestone.project_id == project.id
    )


def milestone(viewer: Actor, id: int) -> Milestone:
    """One milestone with its project; `Missing` where the viewer may not know of it."""
    found = db.session.scalar(select(Milestone).where(Milestone.id == id).options(*_WITH_PROJECT))
    if found is None or not seeing.may_see(viewer, found.project):
        raise Missing
    return found


def task(viewer: Actor, id: int) -> Task:
    """One task with its project; `Missing` for everybody outside of the team."""
    found = db.session.scalar(
        select(Task)
        .where(Task.id == id)
        .options(
            joinedload(Task.owner),
            joinedload(Task.milestone),
            joinedload(Task.project).joinedload(Project.municipality),
            joinedload(Task.project).options(TEAM),
        )
    )
    if found is None or not policy.may_see_inside(viewer, found.project):
        raise Missing
    return found


def tasks_of(project: Project, state: TaskState = TaskState.OPEN) -> CardSelect:
    """Tasks of a project, for `paging.window` with the order of their state."""
    return _TASKS.where(Task.project_id == project.id, _in_state(state))


def owned_by(user_id: int | None) -> ColumnElement[bool]:
    """A person's tasks; None: those that nobody has taken on."""
    return Task.owner_id.is_(None) if user_id is None else Task.owner_id == user_id


def belonging_to(milestone_id: int) -> ColumnElement[bool]:
    """Tasks of a milestone."""
    return Task.milestone_id == milestone_id


def tasks_for(viewer: Actor, state: TaskState = TaskState.OPEN) -> CardSelect:
    """A person's tasks in all teams in which they are; open ones where the team still works.

    Who was the contact of an administration sees them as long as they belong to it.
    """
    served = select(Municipality.id).where(served_by(viewer))
    statement = (
        _TASKS.join(Project, Project.id == Task.project_id)
        .join(TeamMember, TeamMember.project_id == Project.id)
        .where(
            TeamMember.user_id == viewer.id,
            Task.owner_id == viewer.id,
            or_(TeamMember.role != TeamRole.CONTACT, Project.municipality_id.in_(served)),
            _in_state(state),
        )
        .options(
            joinedload(Task.project).options(
                selectinload(Project.team), selectinload(Project.municipality)
            )
        )
    )
    if state is TaskState.OPEN:
        return statement.where(Project.state.in_(sorted(LIVING)), Project.hidden_at.is_(None))
    return statement


def task_numbers(project: Project) -> dict[str, int]:
    """How many tasks are open, overdue and nobody's; one row."""
    late = (Task.due_on < clock.today()).is_(True)
    row = db.session.execute(
        select(
            func.count().label("open"),
            func.count().filter(late).label("late"),
            func.count().filter(Task.owner_id.is_(None)).label("unowned"),
        ).where(Task.project_id == project.id, Task.done_at.is_(None))
    ).one()
    return {"open": row.open, "late": row.late, "unowned": row.unowned}


def open_milestones(project: Project) -> list[Milestone]:
    """Those that are still ahead, by their day: what a task can belong to."""
    return [m for m in milestones_of(project) if m.state is MilestoneState.PLANNED]


def _in_state(state: TaskState) -> ColumnElement[bool]:
    is_open = Task.done_at.is_(None)
    return is_open if state is TaskState.OPEN else ~is_open
