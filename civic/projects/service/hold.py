"""The lock under which a team changes, and what telling it needs.

Who changes a team or a step of its project holds the project first and then looks at who is in it.
So of two leads who leave at the same moment one goes and the other is told that nobody else leads.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import InvalidRequestError

from civic.accounts.models import Actor
from civic.contributions import service as contributions
from civic.core import clock
from civic.core.db import Base, db, insert_once
from civic.core.errors import Missing
from civic.core.policy import demand
from civic.follows import service as follows
from civic.organisations.models import Organisation, RequestState
from civic.projects import policy
from civic.projects.models import Project, Task, TeamMember, TeamRole
from civic.projects.queries import team
from civic.projects.queries.projects import TEAM


def hold(actor: Actor, project: Project) -> None:
    """Lock the project until the transaction ends, and read anew how it and its team stand."""
    contributions.lock(actor, project)
    db.session.scalars(
        select(Project)
        .where(Project.id == project.id)
        .options(TEAM)
        .execution_options(populate_existing=True)
    ).one()


def hold_for_work(actor: Actor, project: Project) -> None:
    """What the team does falls before or after a pause, a hiding or an end, never beside it."""
    hold(actor, project)
    demand(policy.may_work, actor, project)


def read_anew(row: Base, *names: str) -> None:
    """See what others have done to it before we held it. Raises `Missing` if it is gone."""
    try:
        db.session.refresh(row, names or None)
    except InvalidRequestError as gone:
        raise Missing from gone


def admit(
    project: Project,
    person: Actor,
    role: TeamRole,
    *,
    task: str = "",
    organisation: Organisation | None = None,
) -> bool:
    """Take somebody into the team; False if they are in it. What they had asked is settled with it.

    From now on they hear of what happens to the project, unless they said that they do not want to.
    """
    is_new = insert_once(
        TeamMember,
        {
            "project_id": project.id,
            "user_id": person.id,
            "role": role,
            "organisation_id": organisation.id if organisation else None,
            "task": task[:120],
            "joined_at": clock.now(),
        },
    )
    db.session.expire(project, ("team",))
    if asked := team.my_request(person, project):
        asked.state, asked.answered_at = RequestState.ACCEPTED, clock.now()
    follows.follow_by_default(person, project)
    return is_new


def let_go(project: Project, member: TeamMember) -> None:
    """Take somebody out of the team. What they had to do is there for others to take."""
    db.session.execute(
        update(Task)
        .where(
            Task.project_id == project.id,
            Task.owner_id == member.user_id,
            Task.done_at.is_(None),
        )
        .values(owner_id=None)
        .execution_options(synchronize_session="fetch")
    )
    project.team.remove(member)
    db.session.flush()


def everybody(project: Project) -> list[int]:
    """The numbers of all in the team."""
    return [member.user_id for member in project.team]


def is_longest(member: TeamMember) -> tuple[bool, datetime, int]:
    """A key: members before the contact of the administration, then who is there longest."""
    return member.role is TeamRole.CONTACT, member.joined_at, member.user_id
