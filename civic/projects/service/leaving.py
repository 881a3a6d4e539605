"""A person leaves the platform: their teams go on, with somebody else who leads."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from civic.accounts.models import System, User
from civic.activity import service as activity
from civic.activity.models import Activity
from civic.comments.models import Comment
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db, transaction
from civic.projects import policy
from civic.projects.models import (
    Project,
    ProjectDraft,
    ProjectPost,
    ProjectState,
    TeamInvitation,
    TeamMember,
    TeamRequest,
)
from civic.projects.service.hold import hold, let_go
from civic.projects.service.posts import forget_posts
from civic.projects.service.steps import close_doors
from civic.projects.service.succession import pass_on


@transaction()
def forget_person(actor: User, *, erase: bool) -> None:
    """Take a person out of every team; what they asked, typed and sent goes in any case.

    Where they led alone, who is there longest leads from now on; with nobody left the project ends.
    A project is the work of a team: with `erase` only those go that nobody shared with them.
    """
    _take_out_everywhere(actor)
    for table, own in (
        (ProjectDraft, ProjectDraft.user_id == actor.id),
        (TeamRequest, TeamRequest.user_id == actor.id),
        (TeamInvitation, TeamInvitation.invited_by_id == actor.id),
        (TeamInvitation, TeamInvitation.email_key == actor.email_key),
    ):
        db.session.execute(delete(table).where(own).execution_options(synchronize_session=False))
    _take_out_everywhere(actor)  # a request may have been accepted at this very moment
    _forget_words(actor)
    forget_posts(actor, erase=erase)
    if erase:
        _erase(_unshared(actor))


def _forget_words(person: User) -> None:
    """What they wrote to those who lead stands in the news as well."""
    db.session.execute(
        update(Activity)
        .where(Activity.actor_id == person.id, Activity.verb == "team.asked")
        .values(note=None, note_html=None)
        .execution_options(synchronize_session="fetch")
    )


def _take_out_everywhere(person: User) -> None:
    for project in _projects_of(person):
        _take_out(person, project)


def _projects_of(person: User) -> Sequence[Project]:
    """In the order of numbers, so that two who leave do not wait for each other."""
    return db.session.scalars(
        select(Project)
        .join(TeamMember, TeamMember.project_id == Project.id)
        .where(TeamMember.user_id == person.id)
        .order_by(Project.id)
    ).all()


def _take_out(person: User, project: Project) -> None:
    hold(person, project)
    own = next((member for member in project.team if member.user_id == person.id), None)
    if own is None:
        return
    was_alone = policy.leads_alone(project, own.user_id)
    let_go(project, own)
    if was_alone and not pass_on(project):
        _end(project)


def _end(project: Project) -> None:
    """Nobody is there to go on; the house says so, and the lessons are owed for good."""
    project.state = ProjectState.ENDED
    project.updated_at = clock.now()
    close_doors(System(), project)
    activity.record(System(), "project.ended", project)


def _unshared(person: User) -> list[int]:
    """Projects that the person began for themselves, in which nobody else is or was named."""
    others = select(TeamMember.project_id)
    return list(
        db.session.scalars(
            select(Project.id).where(
                Project.author_id == person.id,
                Project.organisation_id.is_(None),
                Project.id.not_in(others),
            )
        )
    )


def _erase(projects: Sequence[int]) -> None:
    posts = list(
        db.session.scalars(select(ProjectPost.id).where(ProjectPost.project_id.in_(projects)))
    )
    things = [*posts, *projects]
    contributions.forget(System(), things)
    said = select(Comment.id).where(Comment.about_id.in_(things)).scalar_subquery()
    for gone in (
        said,
        posts,
        projects,
    ):  # comments and news are things of their own, so they go first
        db.session.execute(
            delete(Contribution)
            .where(Contribution.id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    db.session.expire_all()
