"""News of a project: for everybody, or for the team alone."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.activity.models import Activity
from civic.comments.models import Comment
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.core import clock, html, limits
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.core.wording import check_title
from civic.projects import policy
from civic.projects.models import Project, ProjectPost
from civic.projects.service.hold import hold_for_work, read_anew

SHORTEST_TITLE = 3
SHORTEST_BODY = 10
#: A person's news in a day; followers get a notice of each.
DAILY = limits.Limit(20, 86_400)
#: The one state of news; what moderation does stands on the trunk.
POSTED = "posted"
PUBLISHED = "project_post.published"
REMOVED = "project_post.removed"


def add_post(
    actor: Actor, project: Project, *, title: str, body: str, is_inner: bool
) -> ProjectPost:
    """Write news; the followers of the project hear of public ones.

    Raises `RuleBroken` with the field, `Forbidden`, `TooMany` beyond 20 a day.
    """
    demand(policy.may_work, actor, project)
    _check(project, title, body, is_inner=is_inner)
    limits.hit(f"project-post:{actor.id}", [DAILY])
    return _add(actor, project, title=title, body=body, is_inner=is_inner)


@transaction()
def _add(actor: Actor, project: Project, *, title: str, body: str, is_inner: bool) -> ProjectPost:
    hold_for_work(actor, project)
    post = ProjectPost(
        project_id=project.id,
        author_id=actor.id,
        municipality_id=project.municipality_id,
        language=project.language,
        title=title,
        state=POSTED,
        is_inner=is_inner,
        created_at=clock.now(),
        **html.columns(body),
    )
    db.session.add(post)
    db.session.flush()
    if not is_inner:
        _publish(actor, post)
    return post


@transaction()
def edit_post(actor: Actor, post: ProjectPost, *, title: str, body: str, is_inner: bool) -> None:
    """Change news, or show to everybody what was for the team. Public news stay public."""
    _hold_post(actor, post)
    if is_inner and not post.is_inner:
        raise RuleBroken(
            N_("This news is public already. You can remove it, but not take it inside."),
            "audience",
        )
    _check(post.project, title, body, is_inner=is_inner)
    if (title, body) != (post.title, post.body):
        post.title, post.updated_at = title, clock.now()
        for name, value in html.columns(body).items():
            setattr(post, name, value)
    if post.is_inner and not is_inner:
        post.is_inner = False
        _publish(actor, post)


@transaction()
def remove_post(actor: Actor, post: ProjectPost) -> None:
    """Take news away with what was said about them; pictures are removed by their own room."""
    _hold_post(actor, post)
    if post.published_at is not None:
        activity.record(actor, REMOVED, post.project, note=post.title)
    _delete([post.id])


@transaction()
def forget_posts(actor: Actor, *, erase: bool) -> None:
    """A person leaves the platform: their news go with them if they ask for it."""
    if not erase:
        return
    mine = select(ProjectPost.id).where(ProjectPost.author_id == actor.id)
    _delete(list(db.session.scalars(mine)))
    _forget_titles(actor)


def _forget_titles(person: Actor) -> None:
    """The titles of their news stand in what is recorded on the projects."""
    db.session.execute(
        update(Activity)
        .where(Activity.actor_id == person.id, Activity.verb.in_((PUBLISHED, REMOVED)))
        .values(note=None, note_html=None)
        .execution_options(synchronize_session="fetch")
    )


@transaction()
def render_posts_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many were."""
    del actor
    old = outdated(ProjectPost, batch)
    for post in old:
        for name, value in html.columns(post.body).items():
            setattr(post, name, value)
    return len(old)


def _publish(actor: Actor, post: ProjectPost) -> None:
    """Recorded on the project, for it is what people follow."""
    created_at = post.created_at
    contributions.publish(actor, post, with_reference=False)
    post.created_at = created_at
    activity.record(actor, PUBLISHED, post.project, note=post.title, detail=str(post.id))


def _hold_post(actor: Actor, post: ProjectPost) -> None:
    """What moderators have hidden nobody changes, nor does it vanish before it is decided."""
    hold_for_work(actor, post.project)
    read_anew(post, "hidden_at", "published_at", "is_inner", "title")
    if post.hidden_at is not None:
        raise Forbidden


def _check(project: Project, title: str, body: str, *, is_inner: bool) -> None:
    check_title(title, least=SHORTEST_TITLE)
    if len(body) < SHORTEST_BODY:
        raise RuleBroken(
            N_("Please write at least %(least)s characters."), "body", least=SHORTEST_BODY
        )
    if not is_inner and not project.is_visible:
        raise RuleBroken(
            N_("The project is not public yet. Until then your news is for the team."), "audience"
        )


def _delete(ids: list[int]) -> None:
    """Comments are things of their own, so they go first."""
    said = select(Comment.id).where(Comment.about_id.in_(ids)).scalar_subquery()
    for gone in (said, ids):
        db.session.execute(
            delete(Contribution)
            .where(Contribution.id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    db.session.expire_all()
