"""News of a project, as rows of a list and one by one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor, User
from civic.contributions import policy as seeing
from civic.contributions.models import Contribution
from civic.contributions.queries import CardSelect, visible
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.organisations.models import Organisation
from civic.projects import policy
from civic.projects.models import Project, ProjectPost
from civic.projects.queries.projects import TEAM

#: When news were published or, inside, written.
_AT = func.coalesce(Contribution.published_at, Contribution.created_at).label("at")
NEWEST = Order((("at", _AT), ("id", Contribution.id)))
#: News on the page of the team; the others are a link away.
FIRST = 3

_OWN = ProjectPost.__table__.c
_ROWS = (
    select(
        Contribution.id,
        Contribution.title,
        Contribution.summary,
        Contribution.language,
        Contribution.published_at,
        Contribution.hidden_at,
        Contribution.comment_count,
        Contribution.vote_count,
        _AT,
        _OWN.is_inner,
        User.name.label("author_name"),
        Organisation.name.label("organisation_name"),
    )
    .join(ProjectPost.__table__, _OWN.id == Contribution.id)
    .join(User, User.id == Contribution.author_id)
    .outerjoin(Organisation, Organisation.id == Contribution.organisation_id)
    .where(_OWN.project_id == bindparam("project"))
)
_PUBLIC = _ROWS.where(visible())
_PUBLIC_TEXTS = (
    select(
        _OWN.id,
        _OWN.body_html,
        Contribution.title,
        Contribution.summary,
        Contribution.language,
        Contribution.updated_at,
    )
    .select_from(ProjectPost.__table__)
    .join(Contribution, Contribution.id == _OWN.id)
    .where(visible())
)
_FIRST_OF_ALL = _ROWS.order_by(_AT.desc(), Contribution.id.desc()).limit(FIRST + 1)
_ONE = (
    select(ProjectPost)
    .where(ProjectPost.id == bindparam("id"))
    .options(
        joinedload(ProjectPost.author),
        joinedload(ProjectPost.municipality),
        joinedload(ProjectPost.organisation),
        joinedload(ProjectPost.project).joinedload(Project.author),
        joinedload(ProjectPost.project).joinedload(Project.municipality),
    )
)
_WITH_TEAM = _ONE.options(joinedload(ProjectPost.project).options(TEAM))


def listing(viewer: Actor, project: Project) -> CardSelect:
    """Rows of news for `paging.window` with `NEWEST` and the parameter `project`.

    The team sees the inner ones and what moderators have hidden, too.
    """
    return _ROWS if policy.may_see_inside(viewer, project) else _PUBLIC


def first_inside(project: Project) -> list[Any]:
    """The latest news for the team, inner ones too, and one more where there are others."""
    return list(db.session.execute(_FIRST_OF_ALL, {"project": project.id}))


def public_among(ids: Collection[int]) -> dict[int, Any]:
    """Those of these news that anybody may read, as they stand now; one query."""
    if not ids:
        return {}
    rows = db.session.execute(_PUBLIC_TEXTS.where(_OWN.id.in_(ids)))
    return {row.id: row for row in rows}


def get(viewer: Actor, id: int) -> ProjectPost:
    """One post with its project; `Missing` where the viewer may not know of it."""
    statement = _WITH_TEAM if viewer.is_authenticated else _ONE
    post = db.session.scalar(statement, {"id": id})
    if post is None or not seeing.may_see(viewer, post):
        raise Missing
    return post
