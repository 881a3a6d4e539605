"""The life of a project: approved or not, started, paused, completed, ended."""

from __future__ import annotations

from sqlalchemy import delete, update

from civic.accounts.models import Actor, Role, User
from civic.activity import service as activity
from civic.activity.queries import history
from civic.contributions import service as contributions
from civic.core import clock, html
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations.models import RequestState
from civic.projects import policy
from civic.projects.models import (
    Opening,
    OpeningState,
    Project,
    ProjectState,
    TeamInvitation,
    TeamMember,
    TeamRequest,
    TeamRole,
)
from civic.projects.service.hold import admit, everybody, hold, let_go
from civic.projects.service.outline import TOP_HEADING
from civic.projects.service.projects import announce

SHORTEST_REASON = 20
SHORTEST_LESSONS = 50


@transaction()
def approve_project(actor: Actor, project: Project, *, remark: str = "") -> None:
    """The administration agrees: the project is public from now on.

    Where nobody in the team speaks for its organisation any more, it begins in the name of those
    who do it.
    """
    hold(actor, project)
    demand(policy.may_approve, actor, project)
    if not policy.speaks_for_its_organisation(project):
        project.organisation = None
    project.state = ProjectState.FORMING
    project.approved_at = clock.now()
    contributions.publish(actor, project)
    activity.record(actor, "project.approved", project, note=remark or None)
    announce(project.author, project)


@transaction()
def refuse_project(actor: Actor, project: Project, *, reason: str) -> None:
    """The administration does not agree. The team reads why, may change it and propose it again."""
    hold(actor, project)
    demand(policy.may_approve, actor, project)
    _check_reason(reason)
    project.state = ProjectState.REFUSED
    activity.record(actor, "project.refused", project, note=reason, to=everybody(project))


@transaction()
def start_project(actor: Actor, project: Project) -> None:
    """The team stands and the work begins."""
    hold(actor, project)
    demand(policy.may_start, actor, project)
    project.state = ProjectState.RUNNING
    project.updated_at = clock.now()
    activity.record(actor, "project.started", project)


@transaction()
def pause_project(actor: Actor, project: Project, *, reason: str) -> None:
    """The administration holds it up, with a reason that everybody reads."""
    hold(actor, project)
    demand(policy.may_pause, actor, project)
    _check_reason(reason)
    before = project.state
    project.state = ProjectState.PAUSED
    project.updated_at = clock.now()
    activity.record(actor, "project.paused", project, note=reason, detail=before)


@transaction()
def resume_project(actor: Actor, project: Project, *, remark: str = "") -> None:
    """It goes on where it was when it was paused."""
    hold(actor, project)
    demand(policy.may_resume, actor, project)
    [pause, *_] = [*history(project, ["project.paused"], 1), None]
    was_forming = pause is not None and pause.detail == ProjectState.FORMING
    project.state = ProjectState.FORMING if was_forming else ProjectState.RUNNING
    project.updated_at = clock.now()
    activity.record(actor, "project.resumed", project, note=remark or None)


@transaction()
def complete_project(actor: Actor, project: Project, *, lessons: str) -> None:
    """What was set out to do is done; the team says what came of it."""
    hold(actor, project)
    demand(policy.may_complete, actor, project)
    _finish(actor, project, ProjectState.COMPLETED, lessons)


@transaction()
def end_project(actor: Actor, project: Project, *, words: str) -> None:
    """It ends before it is done, honestly.

    The lead says what others can learn. Where the administration ends it, it gives its reason, and
    the lessons are still owed by those who led. What was never public ends without words.
    """
    hold(actor, project)
    demand(policy.may_end, actor, project)
    if project.published_at is None:
        _close(actor, project, ProjectState.ENDED, note=words)
    elif policy.may_lead(actor, project):
        _finish(actor, project, ProjectState.ENDED, words, "words")
    else:
        _check_reason(words, "words")
        _close(actor, project, ProjectState.ENDED, note=words)


@transaction()
def write_lessons(actor: Actor, project: Project, *, lessons: str) -> None:
    """Write down, or better, what others can learn from a project that is over."""
    hold(actor, project)
    demand(policy.may_conclude, actor, project)
    _set_lessons(project, lessons, "lessons")
    project.updated_at = clock.now()
    activity.record(actor, "project.lessons_written", project)


def _finish(
    actor: Actor, project: Project, state: ProjectState, lessons: str, field: str = "lessons"
) -> None:
    _set_lessons(project, lessons, field)
    _close(actor, project, state, note=lessons)


def _set_lessons(project: Project, lessons: str, field: str) -> None:
    if len(lessons) < SHORTEST_LESSONS:
        raise RuleBroken(
            N_("Please say in at least %(least)s characters what others can learn from it."),
            field,
            least=SHORTEST_LESSONS,
        )
    project.lessons = lessons
    project.lessons_html = html.render(lessons, top=TOP_HEADING)


def _close(actor: Actor, project: Project, state: ProjectState, *, note: str = "") -> None:
    project.state = state
    project.updated_at = clock.now()
    close_doors(actor, project)
    activity.record(actor, f"project.{state.value}", project, note=note or None)


def close_doors(actor: Actor, project: Project) -> None:
    """Nobody is looked for any more, and nobody waits for an answer that will not come."""
    db.session.execute(
        update(Opening)
        .where(Opening.project_id == project.id, Opening.state == OpeningState.OPEN)
        .values(state=OpeningState.CLOSED)
        .execution_options(synchronize_session="fetch")
    )
    waiting = db.session.scalars(
        update(TeamRequest)
        .where(TeamRequest.project_id == project.id, TeamRequest.state == RequestState.OPEN)
        .values(
            state=RequestState.DECLINED, answered_at=clock.now(), answered_by_id=actor.id or None
        )
        .returning(TeamRequest.user_id)
    ).all()
    if waiting:
        activity.record(actor, "team.doors_closed", project, to=waiting)
    db.session.execute(delete(TeamInvitation).where(TeamInvitation.project_id == project.id))


@transaction()
def name_contact(actor: Actor, project: Project, person: User | None) -> None:
    """The administration says who speaks for it in the team, or that nobody does.

    Whoever was it before goes out of the team. Raises `RuleBroken` for people who are not of this
    administration, or who lead the project and so cannot stand on its other side.
    """
    hold(actor, project)
    demand(policy.may_steer, actor, project)
    if person is not None:
        _check_contact(project, person)
    _let_contact_go(project, person)
    if person is None:
        activity.record(actor, "project.contact_gone", project)
        return
    if not admit(project, person, TeamRole.CONTACT):
        db.session.execute(
            update(TeamMember)
            .filter_by(project_id=project.id, user_id=person.id)
            .values(role=TeamRole.CONTACT)
            .execution_options(synchronize_session="fetch")
        )
    activity.record(actor, "project.contact_named", project)
    if person.id != actor.id:
        activity.record(actor, "team.contact_named", project, to=[person.id])


def _check_contact(project: Project, person: User) -> None:
    if not person.has_role(Role.STAFF, project.municipality):
        raise RuleBroken(
            N_("This person does not belong to the administration of %(place)s."),
            "person",
            place=project.municipality.title,
        )
    if person.id in project.leads:
        raise RuleBroken(N_("This person leads the project already."), "person")


def _let_contact_go(project: Project, heir: User | None) -> None:
    for member in list(project.team):
        if member.role is TeamRole.CONTACT and (heir is None or member.user_id != heir.id):
            let_go(project, member)


def _check_reason(reason: str, field: str = "reason") -> None:
    if len(reason) < SHORTEST_REASON:
        raise RuleBroken(
            N_("Please give the reason in at least %(least)s characters."),
            field,
            least=SHORTEST_REASON,
        )
