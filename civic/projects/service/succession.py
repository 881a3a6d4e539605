"""Who leads when nobody does any more: a living project does not stand still for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from civic.accounts.models import Actor, System, User
from civic.activity import service as activity
from civic.core.db import db, release, transaction
from civic.projects import policy
from civic.projects.models import Project, TeamMember, TeamRole
from civic.projects.service.hold import hold, is_longest

BATCH = 100


def pass_on(project: Project) -> bool:
    """To a member, else to the contact of the administration; False where nobody is there who can.

    Blocked people lead nothing, nor does a contact who no longer belongs to the administration.
    """
    able = [member for member in project.team if project.is_kept_by(member.user)]
    if not able:
        return False
    heir = min(able, key=is_longest)
    heir.role = TeamRole.LEAD
    db.session.flush()
    activity.record(System(), "team.lead_inherited", project, to=[heir.user_id])
    return True


def appoint_heirs(actor: Actor) -> int:
    """Give projects a lead whose own are all blocked; returns how many got one.

    Who is blocked stays what they are in the team, and leads again with the others when they are
    let in. Where nobody else is in the team it waits for them, or for the administration.
    """
    number = last = 0
    while found := _without_lead(last):
        number += sum(_appoint(actor, id) for id in found)
        last = found[-1]
    release()
    return number


def _without_lead(after: int) -> Sequence[int]:
    """The next projects, by number, that need somebody who can lead."""
    is_led = exists().where(
        TeamMember.project_id == Project.id,
        TeamMember.role == TeamRole.LEAD,
        User.id == TeamMember.user_id,
        User.confirmed_at.is_not(None),
        User.blocked_at.is_(None),
        User.left_at.is_(None),
    )
    return db.session.scalars(
        select(Project.id)
        .where(
            Project.id > after,
            Project.state.in_(sorted(policy.LED)),
            Project.hidden_at.is_(None),
            ~is_led,
        )
        .order_by(Project.id)
        .limit(BATCH)
    ).all()


@transaction()
def _appoint(actor: Actor, id: int) -> bool:
    project = db.session.get(Project, id)
    if project is None:
        return False
    hold(actor, project)
    return not policy.able_leads(project) and pass_on(project)
