"""What stands in the calendars of a project, and whose secret address one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from civic.accounts.models import User, hash_token
from civic.core.db import db
from civic.core.errors import Missing
from civic.projects import policy
from civic.projects.models import MilestoneState, Project, Task, TeamMember
from civic.projects.queries import plan

#: Tasks in a calendar; those due first.
MOST_TASKS = 500


@dataclass(frozen=True)
class Entry:
    """A day, or days, in a calendar."""

    #: What it is and its number: "task-12"; the same in every calendar, for ever.
    key: str
    title: str
    first: date
    #: The last day itself.
    last: date
    written_at: datetime
    notes: Sequence[str] = ()
    is_dropped: bool = False


def place_of(token: str) -> TeamMember:
    """The place in a team that a secret address belongs to.

    `Missing` as soon as the person is blocked, has left the platform or the team.
    """
    place = db.session.scalar(
        select(TeamMember)
        .where(TeamMember.calendar_hash == hash_token(token))
        .options(
            joinedload(TeamMember.user).selectinload(User.memberships),
            joinedload(TeamMember.project).joinedload(Project.municipality),
        )
    )
    if place is None or not policy.may_see_inside(place.user, place.project):
        raise Missing
    return place


def of_project(project: Project) -> list[Entry]:
    """What everybody may read: the time frame and the milestones."""
    return [*_frame(project), *_milestones(project)]


def of_team(project: Project) -> list[Entry]:
    """What the team reads: the tasks that have a day as well."""
    return [*of_project(project), *_tasks(project)]


def _frame(project: Project) -> list[Entry]:
    known = [day for day in (project.begins_on, project.ends_on) if day]
    if not known:
        return []
    key, at = f"project-{project.id}", project.updated_at or project.created_at
    return [Entry(key, project.title, min(known), max(known), at)]


def _milestones(project: Project) -> list[Entry]:
    return [
        Entry(
            key=f"milestone-{m.id}",
            title=m.title,
            first=m.settled_on or m.due_on,
            last=m.settled_on or m.due_on,
            written_at=m.created_at,
            notes=[m.result] if m.result else [],
            is_dropped=m.state is MilestoneState.DROPPED,
        )
        for m in plan.milestones_of(project)
    ]


def _tasks(project: Project) -> list[Entry]:
    rows = db.session.scalars(
        select(Task)
        .where(Task.project_id == project.id, Task.done_at.is_(None), Task.due_on.is_not(None))
        .options(joinedload(Task.owner), joinedload(Task.milestone))
        .order_by(Task.due_on, Task.id)
        .limit(MOST_TASKS)
    )
    return [
        Entry(
            key=f"task-{task.id}",
            title=task.title,
            first=task.due_on,
            last=task.due_on,
            written_at=task.created_at,
            notes=[one for one in (_owner(task), _milestone(task)) if one],
        )
        for task in rows
        if task.due_on is not None
    ]


def _owner(task: Task) -> str:
    return task.owner.name if task.owner else ""


def _milestone(task: Task) -> str:
    return task.milestone.title if task.milestone else ""
