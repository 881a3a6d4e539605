"""Coming, going and who leads. As long as a project lives, somebody leads it."""

from __future__ import annotations

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import limits
from civic.core.db import db, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations.models import Organisation
from civic.projects import policy
from civic.projects.models import Project, TeamMember, TeamRole
from civic.projects.service.hold import admit, hold, let_go

#: Coming into teams, in a day; nobody honest reaches it.
JOINING = (limits.Limit(20, 86_400),)
ALONE = N_(
    "You are the only one in this team. Invite somebody who takes it over, or end the project."
)
SHORTEST_REASON = 10


def join_team(
    actor: Actor, project: Project, *, task: str = "", organisation: Organisation | None = None
) -> bool:
    """Walk into an open team, for oneself or for an organisation; False if one is in it already."""
    demand(policy.may_join, actor, project)
    limits.hit(f"team join:{actor.id}", JOINING)
    return _join(actor, project, task, organisation)


@transaction()
def _join(actor: Actor, project: Project, task: str, organisation: Organisation | None) -> bool:
    hold(actor, project)
    if project.member(actor) is not None:
        return False
    demand(policy.may_join, actor, project)
    check_standing(actor, organisation)
    admit(project, actor, TeamRole.MEMBER, task=task, organisation=organisation)
    activity.record(actor, "project.member_joined", project)
    activity.record(actor, "team.joined", project, to=project.leads)
    return True


def check_standing(actor: Actor, organisation: Organisation | None) -> None:
    """Raise `Forbidden` for an organisation to which the person does not belong."""
    if organisation is not None:
        demand(policy.may_stand_for, actor, organisation)


@transaction()
def describe_self(
    actor: Actor, project: Project, *, task: str, organisation: Organisation | None
) -> None:
    """Say what one does in the team, and for whom one is there."""
    hold(actor, project)
    member = _member(project, actor.id)
    demand(policy.may_work, actor, project)
    check_standing(actor, organisation)
    member.task = task
    member.organisation_id = organisation.id if organisation else None
    db.session.flush()
    db.session.expire(member, ("organisation", "standing"))


@transaction()
def leave_team(actor: Actor, project: Project, *, heir_id: int | None = None) -> None:
    """Go. Whoever leads alone says who leads from now on.

    Raises `RuleBroken` (field `heir`) where nobody is named who can, or nobody else is there.
    """
    hold(actor, project)
    demand(policy.may_leave, actor, project)
    member = _member(project, actor.id)
    if policy.leads_alone(project, member.user_id):
        _hand_over(actor, project, heir_id)
    let_go(project, member)
    activity.record(actor, "team.left", project, to=project.leads)


def _hand_over(actor: Actor, project: Project, heir_id: int | None) -> None:
    others = [m for m in project.team if m.user_id != actor.id and m.role is TeamRole.MEMBER]
    if not others:
        raise RuleBroken(ALONE)
    heir = next((m for m in others if m.user_id == heir_id), None)
    if heir is None:
        raise RuleBroken(N_("Please choose who leads the project from now on."), "heir")
    _give_lead(actor, project, heir)


def _give_lead(actor: Actor, project: Project, heir: TeamMember) -> None:
    if not heir.user.is_confirmed:
        raise RuleBroken(
            N_("This person cannot sign in at present. Please choose somebody else."), "heir"
        )
    heir.role = TeamRole.LEAD
    db.session.flush()
    activity.record(actor, "team.lead_given", project, to=[heir.user_id])


@transaction()
def give_lead(actor: Actor, project: Project, user_id: int) -> None:
    """Let a member lead, too."""
    hold(actor, project)
    heir = _member(project, user_id)
    demand(policy.may_change_member, actor, heir)
    _give_lead(actor, project, heir)


@transaction()
def step_down(actor: Actor, project: Project) -> None:
    """Lead no more, and stay. Raises `RuleBroken` where nobody else leads."""
    hold(actor, project)
    demand(policy.may_lead, actor, project)
    if not policy.may_step_down(actor, project):
        raise RuleBroken(N_("Nobody else leads this project. Please give the lead to a member."))
    _member(project, actor.id).role = TeamRole.MEMBER
    db.session.flush()
    activity.record(actor, "team.lead_laid_down", project, to=project.leads)


@transaction()
def remove_member(actor: Actor, project: Project, user_id: int, *, reason: str) -> None:
    """Take a member out of the team; they read why."""
    hold(actor, project)
    member = _member(project, user_id)
    demand(policy.may_change_member, actor, member)
    if len(reason) < SHORTEST_REASON:
        raise RuleBroken(
            N_("Please give the reason in at least %(least)s characters."),
            "reason",
            least=SHORTEST_REASON,
        )
    let_go(project, member)
    activity.record(actor, "team.removed", project, note=reason, to=[user_id])


def _member(project: Project, user_id: int) -> TeamMember:
    found = next((member for member in project.team if member.user_id == user_id), None)
    if found is None:
        raise Missing
    return found
