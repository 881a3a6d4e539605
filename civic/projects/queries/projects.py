"""One project with its team, the ideas it stands on, and what somebody has typed of a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from civic.accounts.models import Actor, Membership, Role, User
from civic.contributions import policy as seeing
from civic.contributions.models import Contribution, Descent
from civic.contributions.queries import cards
from civic.core import search
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.ideas.models import Idea
from civic.municipalities.models import Municipality
from civic.projects.models import Project, ProjectDraft, ProjectState, TeamMember

#: A citable number, as in "Idee 2026-00042".
REFERENCE = re.compile(r"\b\d{4}-\d{5,}\b")
#: Ideas that are offered to somebody who looks for one.
MOST_FOUND = 8
#: Projects that wait for approval: whose term ends first.
BY_TERM = Order(
    (("approval_due_on", Project.approval_due_on), ("id", Project.id)), descending=False
)

#: The team comes along: pages show it, and the rules ask who is in it.
TEAM = selectinload(Project.team).options(
    joinedload(TeamMember.user),
    joinedload(TeamMember.organisation),
    joinedload(TeamMember.standing),
)
_ONE = (
    select(Project)
    .where(Project.id == bindparam("id"))
    .options(
        joinedload(Project.author),
        joinedload(Project.municipality),
        joinedload(Project.organisation),
        TEAM,
    )
)
_IDEA_CARDS = cards().where(Contribution.kind == "idea")


def get(viewer: Actor, id: int) -> Project:
    """One project with its team; `Missing` where the viewer may not know of it."""
    project = db.session.scalar(_ONE, {"id": id})
    if project is None or not seeing.may_see(viewer, project):
        raise Missing
    return project


def draft_of(actor: Actor) -> ProjectDraft | None:
    """What the person has typed and not sent."""
    return db.session.get(ProjectDraft, actor.id)


# -- the ideas it stands on ------------------------------------------------------------------


def ideas_below(project: Project) -> Sequence[Idea]:
    """The ideas that a project stands on directly, in the order of their numbers."""
    return db.session.scalars(
        select(Idea)
        .join(Descent, Descent.earlier_id == Idea.id)
        .where(Descent.later_id == project.id)
        .order_by(Idea.id)
    ).all()


def ideas(viewer: Actor, ids: Sequence[int]) -> list[Idea]:
    """Those of these ideas that the viewer may see, in the order of their numbers."""
    if not ids:
        return []
    found = db.session.scalars(select(Idea).where(Idea.id.in_(ids)).order_by(Idea.id))
    return [idea for idea in found if seeing.may_see(viewer, idea)]


def idea_cards(ids: Sequence[int]) -> list[Any]:
    """Cards of these ideas, visible ones, in the order of their numbers."""
    if not ids:
        return []
    return list(
        db.session.execute(_IDEA_CARDS.where(Contribution.id.in_(ids)).order_by(Contribution.id))
    )


def find_ideas(said: str) -> list[Any]:
    """Cards of ideas that somebody may mean: by their number, else by their words, newest first."""
    said = said.strip()
    if not said:
        return []
    by_number = REFERENCE.search(said)
    condition = (
        Contribution.reference == by_number.group()
        if by_number
        else search.matches(Contribution.id, said)
    )
    found = _IDEA_CARDS.where(condition).order_by(
        Contribution.published_at.desc(), Contribution.id.desc()
    )
    return list(db.session.execute(found.limit(MOST_FOUND)))


# -- for the administration ------------------------------------------------------------------


def waiting_for_approval(viewer: Actor) -> Select[Project]:
    """Projects that wait for the word of an administration to which the viewer belongs."""
    return (
        select(Project)
        .join(Municipality, Municipality.id == Project.municipality_id)
        .where(
            awaiting_approval(),
            served_by(viewer),
        )
        .options(joinedload(Project.municipality), joinedload(Project.author))
    )


def awaiting_approval() -> ColumnElement[bool]:
    """A municipality owes its word."""
    return (
        Project.approved_at.is_(None)
        & Project.approval_due_on.is_not(None)
        & (Project.state == ProjectState.PROPOSED)
        & Project.hidden_at.is_(None)
    )


def served_by(viewer: Actor) -> ColumnElement[bool]:
    """A condition on municipalities: the viewer belongs to the administration there or above."""
    return or_(false(), *(Municipality.path.startswith(path) for path in _offices(viewer)))


def is_staff_anywhere(viewer: Actor) -> bool:
    """Whether somebody belongs to an administration at all."""
    return bool(_offices(viewer))


def _offices(viewer: Actor) -> list[str]:
    """The paths of the municipalities for which a person works; "/" is the whole platform."""
    held = viewer.memberships if isinstance(viewer, User) and viewer.is_confirmed else []
    return [
        m.municipality.path if m.municipality else "/"
        for m in held
        if m.role is Role.STAFF or (m.role is Role.ADMIN and m.municipality is None)
    ]


def staff_for(municipality: Municipality) -> Sequence[User]:
    """Who may be named the contact of a project there: its administration and those above."""
    path = [int(part) for part in municipality.path.split("/") if part]
    return db.session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role == Role.STAFF,
            or_(Membership.municipality_id.in_(path), Membership.municipality_id.is_(None)),
            User.confirmed_at.is_not(None),
            User.blocked_at.is_(None),
            User.left_at.is_(None),
        )
        .distinct()
        .order_by(User.name, User.id)
    ).all()
