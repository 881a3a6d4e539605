"""Lists of projects: rows of the trunk, as every list of the house."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from civic.accounts.models import Actor, Nobody
from civic.contributions.models import Contribution
from civic.contributions.queries import CardSelect, cards, visible, within
from civic.core import search
from civic.core.db import db
from civic.core.paging import Order
from civic.follows.models import Follow
from civic.municipalities.models import Municipality
from civic.projects.models import Opening, ProjectState, TeamMember
from civic.projects.policy import TAKING
from civic.projects.queries.team import is_open
from civic.topics.queries import carries

#: States that anybody may ever see.
SHOWN = (
    ProjectState.FORMING,
    ProjectState.RUNNING,
    ProjectState.PAUSED,
    ProjectState.COMPLETED,
    ProjectState.ENDED,
)

_ID = ("id", Contribution.id)
ORDERS: dict[str, Order] = {
    "newest": Order((("published_at", Contribution.published_at), _ID)),
    "supported": Order((("vote_count", Contribution.vote_count), _ID)),
    "discussed": Order((("comment_count", Contribution.comment_count), _ID)),
    "trending": Order((("trend", Contribution.trend), _ID)),
}


@dataclass(frozen=True)
class Filters:
    """What a person asked the list for; empty means no filter."""

    text: str = ""
    municipality: Municipality | None = None
    topics: Sequence[str] = ()
    state: str = ""
    own: bool = False
    followed: bool = False


EVERYTHING = Filters()

#: Put together once, as `cards` are.
_CARDS: CardSelect = cards().where(Contribution.kind == "project")
_NUMBERS = select(Contribution.id).where(visible(), Contribution.kind == "project")


def listing(viewer: Actor, filters: Filters) -> CardSelect:
    """Cards of projects that pass the filters."""
    conditions = list(_conditions(viewer, filters))
    return _CARDS.where(*conditions) if conditions else _CARDS


def found(viewer: Actor, filters: Filters) -> Select[Any]:
    """The same projects by their numbers alone: what is counted needs no names."""
    conditions = list(_conditions(viewer, filters))
    return _NUMBERS.where(*conditions) if conditions else _NUMBERS


def among(filters: Filters, ids: Sequence[int]) -> set[int]:
    """Which of these things are projects that anybody would find under the filters."""
    passing = found(Nobody(), filters).where(Contribution.id.in_(ids))
    return set(db.session.scalars(passing)) if ids else set()


def looking(ids: Sequence[int]) -> set[int]:
    """Which of these projects look for somebody; one query for a whole list."""
    if not ids:
        return set()
    return set(
        db.session.scalars(
            select(Opening.project_id)
            .join(Contribution, Contribution.id == Opening.project_id)
            .where(
                Opening.project_id.in_(ids),
                Contribution.state.in_(sorted(TAKING)),
                is_open(),
            )
        )
    )


def _conditions(viewer: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.text:
        yield search.matches(Contribution.id, filters.text)
    if filters.municipality:
        yield within(filters.municipality)
    if filters.topics:
        yield carries(filters.topics)
    if filters.state:
        yield Contribution.state == filters.state
    yield from _personal_conditions(viewer, filters)


def _personal_conditions(viewer: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.own:
        mine = select(TeamMember.project_id).where(TeamMember.user_id == viewer.id)
        yield Contribution.id.in_(mine)
    if filters.followed:
        followed = select(Follow.contribution_id).where(
            Follow.user_id == viewer.id, Follow.quiet_at.is_(None)
        )
        yield Contribution.id.in_(followed)
