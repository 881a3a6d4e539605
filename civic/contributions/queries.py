"""Cards: the rows that every list shows, one query for whatever kinds there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor, User
from civic.contributions import policy
from civic.contributions.models import Contribution, Descent
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order, fixed
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.organisations.models import Organisation

#: Rows of the trunk's columns; rooms add their own.
CardSelect = Select[*tuple[Any, ...]]

NEWEST = Order((("published_at", Contribution.published_at), ("id", Contribution.id)))


#: Seconds by which a thing must be older to need e times as many voices in the order "trending".
TREND_PERIOD = 5 * 24 * 3600.0
#: A comment says more than a vote.
COMMENT_WEIGHT = 2


class HasId(Protocol):
    """A thing or its card."""

    @property
    def id(self) -> int: ...


class HasCounts(Protocol):
    """A thing or a row of its columns."""

    @property
    def published_at(self) -> datetime | None: ...
    @property
    def vote_count(self) -> int: ...
    @property
    def comment_count(self) -> int: ...


def visible() -> ColumnElement[bool]:
    """Published and not hidden: what lists, feeds, search and exports may show to anybody."""
    return Contribution.published_at.is_not(None) & Contribution.hidden_at.is_(None)


#: Put together once: a list of twenty costs less than saying again what a card is.
_CARDS: CardSelect = (
    select(
        Contribution.id,
        Contribution.kind,
        Contribution.reference,
        Contribution.title,
        Contribution.summary,
        Contribution.state,
        Contribution.published_at,
        Contribution.updated_at,
        Contribution.vote_count,
        Contribution.comment_count,
        Contribution.trend,
        Contribution.shuffle,
        Contribution.author_id,
        Contribution.organisation_id,
        User.name.label("author_name"),
        Organisation.name.label("organisation_name"),
        Municipality.name.label("municipality_name"),
        Municipality.slug.label("municipality_slug"),
    )
    .join(User, User.id == Contribution.author_id)
    .join(Municipality, Municipality.id == Contribution.municipality_id)
    .outerjoin(Organisation, Organisation.id == Contribution.organisation_id)
    .where(visible())
)

_ONE = (
    select(Contribution)
    .where(Contribution.id == bindparam("id"))
    .options(
        joinedload(Contribution.author),
        joinedload(Contribution.municipality),
        joinedload(Contribution.organisation),
    )
)

#: More of a line is no page any more; what goes on further is found through its last things.
LONGEST_LINE = 100


def _line(onward: Any, back: Any) -> Select[int]:
    """Numbers of all things in one direction of the line, however far: one recursive query."""
    line = select(onward.label("id")).where(back == bindparam("thing")).cte("line", recursive=True)
    line = line.union(select(onward).join(line, back == line.c.id))
    return select(line.c.id)


_LATER_IDS = _line(Descent.later_id, Descent.earlier_id)
_EARLIER_IDS = _line(Descent.earlier_id, Descent.later_id)


def _cards_of_line(ids: Select[int]) -> CardSelect:
    return (
        _CARDS.where(Contribution.id.in_(ids), Contribution.id != bindparam("thing"))
        .order_by(Contribution.published_at, Contribution.id)
        .limit(fixed(LONGEST_LINE))
    )


_LATER = _cards_of_line(_LATER_IDS)
_EARLIER = _cards_of_line(_EARLIER_IDS)


def cards() -> CardSelect:
    """The columns of a card; filters and order are the caller's. Only visible things."""
    return _CARDS


def within(municipality: Municipality) -> ColumnElement[bool]:
    """In this municipality or one below it."""
    if municipality.kind is MunicipalityKind.GEMEINDE:  # nothing lies below it
        return Contribution.municipality_id == municipality.id
    below = select(Municipality.id).where(Municipality.path.startswith(municipality.path))
    return Contribution.municipality_id.in_(below)


def living_in(municipality: Municipality, kinds: Sequence[str]) -> CardSelect:
    """The feed of a municipality: cards of these kinds from it and from those below."""
    return cards().where(within(municipality), Contribution.kind.in_(kinds))


def get(viewer: Actor, id: int) -> Contribution:
    """One thing of any kind; `Missing` where there is none or the viewer may not know of it."""
    thing = db.session.scalar(_ONE, {"id": id})
    if thing is None or not policy.may_see(viewer, thing):
        raise Missing
    return thing


def earlier(thing: HasId) -> list[Any]:
    """Cards of all that a thing stands on, to the first idea; the oldest first, visible ones."""
    return list(db.session.execute(_EARLIER, {"thing": thing.id}))


def later(thing: HasId) -> list[Any]:
    """Cards of all that has grown from a thing, to the last taking over; visible ones.

    In the order in which it happened, and at most `LONGEST_LINE` of them.
    """
    return list(db.session.execute(_LATER, {"thing": thing.id}))


def ids_later(thing: HasId) -> Sequence[int]:
    """Numbers of all that has grown from a thing, visible or not."""
    return db.session.scalars(_LATER_IDS, {"thing": thing.id}).all()


def published_by(organisation: Organisation, kinds: Sequence[str]) -> CardSelect:
    """Cards of what was published in the name of an organisation; for `NEWEST`."""
    return cards().where(
        Contribution.organisation_id == organisation.id, Contribution.kind.in_(kinds)
    )


def counts_by_kind() -> CardSelect:
    """How many visible things there are of each kind and state (for the way on the home page)."""
    return (
        select(Contribution.kind, Contribution.state, func.count())
        .where(visible())
        .group_by(Contribution.kind, Contribution.state)
    )


def trend_of(thing: HasCounts) -> float:
    """What `count` comes to by adding up act by act; for repairs and imports."""
    published = thing.published_at.timestamp() if thing.published_at else 0.0
    voices = max(thing.vote_count + COMMENT_WEIGHT * thing.comment_count, 0)
    return published / TREND_PERIOD + math.log1p(voices)
