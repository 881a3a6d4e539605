"""Who may do what with a project, its team, what it looks for and who asks to join.

The team works, its lead decides about the project, the administration lets it into public and may
hold it up with a reason. What moderators have hidden nobody changes.
"""

from civic.accounts.models import Actor, Role
from civic.core.policy import Rule
from civic.municipalities.models import Municipality
from civic.organisations.models import Joining, Organisation, RequestState
from civic.organisations.policy import may_publish_as
from civic.projects.models import (
    LIVING,
    Opening,
    Project,
    ProjectState,
    TeamInvitation,
    TeamMember,
    TeamRequest,
    TeamRole,
)

#: States in which a team takes people up.
TAKING = frozenset({ProjectState.FORMING, ProjectState.RUNNING})
#: States in which somebody has to be there who leads.
LED = LIVING | {ProjectState.REFUSED}


def may_begin(actor: Actor, municipality: Municipality) -> bool:
    """Everybody with a confirmed account, wherever the platform is in use."""
    return actor.is_confirmed and municipality.is_active


def may_see_inside(actor: Actor, project: Project) -> bool:
    """The inner page is of the team alone; not even the administration reads it from outside."""
    return project.is_kept_by(actor)


def may_work(actor: Actor, project: Project) -> bool:
    """The whole team: tasks, milestones, news, decisions, files."""
    return may_see_inside(actor, project) and project.is_living and project.hidden_at is None


def may_lead(actor: Actor, project: Project) -> bool:
    """Who leads decides about the team, about what is looked for and about the steps."""
    return may_work(actor, project) and _is_lead(actor, project)


def may_edit(actor: Actor, project: Project) -> bool:
    """Who leads; also what was not approved, so that it can be proposed again."""
    return may_lead(actor, project) or may_propose(actor, project)


def may_propose(actor: Actor, project: Project) -> bool:
    """What was not approved may be changed and proposed again by who leads."""
    return project.state == ProjectState.REFUSED and _is_lead(actor, project)


def may_start(actor: Actor, project: Project) -> bool:
    """Who leads says that the team stands and the work begins."""
    return project.state == ProjectState.FORMING and may_lead(actor, project)


def may_complete(actor: Actor, project: Project) -> bool:
    """Who leads, where something was under way."""
    return project.state in TAKING and may_lead(actor, project)


def may_end(actor: Actor, project: Project) -> bool:
    """Who leads, at any time; the administration what is public."""
    return may_edit(actor, project) or may_steer(actor, project)


def may_decide_in(actor: Actor, municipality: Municipality) -> bool:
    """The administration of a municipality or of one above; its own projects need no approval."""
    return actor.has_role(Role.STAFF, municipality)


def may_approve(actor: Actor, project: Project) -> bool:
    """The administration says whether it becomes public."""
    return (
        project.state == ProjectState.PROPOSED
        and project.hidden_at is None
        and may_decide_in(actor, project.municipality)
    )


def may_conclude(actor: Actor, project: Project) -> bool:
    """Who led writes down what others can learn; also later, and where somebody else ended it."""
    is_over = project.state in {ProjectState.COMPLETED, ProjectState.ENDED}
    return is_over and project.is_visible and _is_lead(actor, project)


def speaks_for_its_organisation(project: Project) -> bool:
    """Whether somebody in the team may publish in the name that was chosen for the project."""
    organisation = project.organisation
    return organisation is not None and any(
        may_publish_as(member.user, organisation) for member in project.team
    )


def may_steer(actor: Actor, project: Project) -> bool:
    """The administration names a contact, pauses with a reason, lets go on, ends."""
    return project.is_visible and project.is_living and may_decide_in(actor, project.municipality)


def may_pause(actor: Actor, project: Project) -> bool:
    return project.state in TAKING and may_steer(actor, project)


def may_resume(actor: Actor, project: Project) -> bool:
    return project.state == ProjectState.PAUSED and may_steer(actor, project)


def may_join(actor: Actor, project: Project) -> bool:
    """Into an open team everybody walks in."""
    return project.joining is Joining.OPEN and _may_come(actor, project)


def may_ask(actor: Actor, project: Project) -> bool:
    """Who may not walk in asks with a message. With invitations only, openings are the way."""
    return project.joining is Joining.REQUEST and _may_come(actor, project)


def may_apply(actor: Actor, opening: Opening) -> bool:
    """For what a team looks for everybody may apply, however people join it otherwise."""
    return opening.takes_applications and _may_come(actor, opening.project)


def may_withdraw(actor: Actor, request: TeamRequest) -> bool:
    """Who asked takes it back while nobody has answered."""
    return (
        actor.is_authenticated
        and actor.id == request.user_id
        and request.state is RequestState.OPEN
    )


def may_answer(actor: Actor, request: TeamRequest) -> bool:
    """Who leads accepts or declines."""
    return request.state is RequestState.OPEN and may_lead(actor, request.project)


def may_accept(actor: Actor, invitation: TeamInvitation, email_key: str | None) -> bool:
    """The owner of the address that was written to, and nobody else who has the link."""
    return actor.is_confirmed and email_key == invitation.email_key


def is_open_to_the_invited(project: Project) -> bool:
    """An invitation is good while the team works, also before the project is public."""
    return project.is_living and project.hidden_at is None


def may_leave(actor: Actor, project: Project) -> bool:
    """Everybody in the team; whoever leads alone hands over with it (the service says so)."""
    return project.member(actor) is not None


def able_leads(project: Project) -> set[int]:
    """The numbers of those who lead and can: whoever is blocked leads nothing meanwhile."""
    return {m.user_id for m in project.team if m.role is TeamRole.LEAD and m.user.is_confirmed}


def leads_alone(project: Project, user_id: int | None) -> bool:
    """Whether nobody could lead a project that needs a lead if this person went."""
    is_lead = user_id in project.leads
    return is_lead and project.state in LED and not able_leads(project) - {user_id}


def may_step_down(actor: Actor, project: Project) -> bool:
    """Who leads with others becomes a member again. Nobody else takes the lead away from them."""
    return may_lead(actor, project) and not leads_alone(project, actor.id)


def may_change_member(actor: Actor, member: TeamMember) -> bool:
    """Who leads gives the lead to a member, or takes a member out of the team."""
    return member.role is TeamRole.MEMBER and may_lead(actor, member.project)


def may_stand_for(actor: Actor, organisation: Organisation) -> bool:
    """Members are in a team for their organisation."""
    return not organisation.is_closed and organisation.role_of(actor) is not None


def _is_lead(actor: Actor, project: Project) -> bool:
    member = project.member(actor)
    return (
        actor.is_confirmed
        and member is not None
        and member.role is TeamRole.LEAD
        and project.hidden_at is None
    )


def _may_come(actor: Actor, project: Project) -> bool:
    return (
        actor.is_confirmed
        and project.is_visible
        and project.state in TAKING
        and project.member(actor) is None
    )


RULES: dict[str, Rule] = {
    "project.begin": may_begin,
    "project.inside": may_see_inside,
    "project.work": may_work,
    "project.lead": may_lead,
    "project.edit": may_edit,
    "project.propose": may_propose,
    "project.start": may_start,
    "project.complete": may_complete,
    "project.end": may_end,
    "project.conclude": may_conclude,
    "project.approve": may_approve,
    "project.steer": may_steer,
    "project.pause": may_pause,
    "project.resume": may_resume,
    "project.join": may_join,
    "project.ask": may_ask,
    "project.leave": may_leave,
    "project.step_down": may_step_down,
    "opening.apply": may_apply,
    "team.answer": may_answer,
    "team.withdraw": may_withdraw,
    "team.change": may_change_member,
}
