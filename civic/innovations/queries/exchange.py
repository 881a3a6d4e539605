"""Offers and needs: the list, one of them, and what fits it on the other side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor
from civic.contributions import policy as seeing
from civic.contributions.models import Contribution
from civic.contributions.queries import NEWEST, CardSelect, cards, visible, within
from civic.core import clock, search
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.numbers import number_in
from civic.core.paging import fixed
from civic.innovations.models import Direction, Exchange, Innovation
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.topics.models import ContributionTopic
from civic.topics.queries import carries

OWN = cast("Table", Exchange.__table__)
#: What fits is shown beside a post; more of it is found by its topics.
MOST_MATCHES = 10
#: Posts about one entry on its page.
MOST_ABOUT = 5
ORDER = NEWEST
#: States of what stands.
STANDING = tuple(direction.value for direction in Direction)


@dataclass(frozen=True)
class Filters:
    """What a person asked the exchange for; empty means no filter."""

    text: str = ""
    municipality: Municipality | None = None
    topics: Sequence[str] = ()
    direction: Direction | None = None


#: Put together once, as `cards` are.
_CARDS: CardSelect = (
    cards()
    .join(OWN, OWN.c.id == Contribution.id)
    .add_columns(OWN.c.direction, OWN.c.until_on, OWN.c.settled_at)
    .where(Contribution.kind == "exchange")
)
_NUMBERS = (
    select(Contribution.id)
    .join(OWN, OWN.c.id == Contribution.id)
    .where(visible(), Contribution.kind == "exchange")
)
_ONE = (
    select(Exchange)
    .where(Exchange.id == bindparam("id"))
    .options(joinedload(Exchange.author), joinedload(Exchange.municipality))
)
_SPOKEN = _ONE.options(joinedload(Exchange.organisation).selectinload(Organisation.members))
_NAMED = _ONE.options(joinedload(Exchange.organisation))
_INNOVATION = select(Innovation).where(visible())


def standing() -> ColumnElement[bool]:
    """Neither settled nor past its day."""
    return Contribution.state.in_(STANDING) & or_(
        OWN.c.until_on.is_(None), OWN.c.until_on >= clock.today()
    )


def listing(filters: Filters) -> CardSelect:
    """Cards of what stands and passes the filters, for `ORDER`."""
    return _CARDS.where(standing(), *_conditions(filters))


def found(filters: Filters) -> Select[Any]:
    """The same by their numbers alone."""
    return _NUMBERS.where(standing(), *_conditions(filters))


def among(filters: Filters, ids: Sequence[int]) -> set[int]:
    """Which of these things are posts that anybody would find under the filters."""
    passing = found(filters).where(Contribution.id.in_(ids))
    return set(db.session.scalars(passing)) if ids else set()


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.text:
        yield search.matches(Contribution.id, filters.text)
    if filters.municipality:
        yield within(filters.municipality)
    if filters.topics:
        yield carries(filters.topics)
    if filters.direction:
        yield Contribution.state == filters.direction.value


def get(viewer: Actor, id: int) -> Exchange:
    """One post with its author and place; `Missing` where the viewer may not know of it."""
    statement = _SPOKEN if viewer.is_authenticated else _NAMED
    post = db.session.scalar(statement, {"id": id})
    if post is None or not seeing.may_see(viewer, post):
        raise Missing
    return post


def matches(post: Exchange) -> list[Any]:
    """What stands on the other side and shares a topic, that of other municipalities first.

    Then by how many topics they share, and the newest first. Not by the same author or body.
    """
    mine = select(ContributionTopic.topic_id).where(ContributionTopic.contribution_id == post.id)
    shared = (
        select(func.count())
        .where(
            ContributionTopic.contribution_id == Contribution.id,
            ContributionTopic.topic_id.in_(mine),
        )
        .correlate(Contribution)
        .scalar_subquery()
    )
    is_here = case((Contribution.municipality_id == post.municipality_id, 1), else_=0)
    fitting = (
        _CARDS.where(
            standing(),
            Contribution.state == post.direction.other.value,
            shared > 0,
            *_of_others(post),
        )
        .order_by(is_here, shared.desc(), Contribution.published_at.desc())
        .limit(fixed(MOST_MATCHES))
    )
    return list(db.session.execute(fitting))


def _of_others(post: Exchange) -> Iterator[ColumnElement[bool]]:
    """What an organisation posts it does not answer itself; nor does a person their own."""
    if post.organisation_id is None:
        yield Contribution.author_id != post.author_id
    else:
        yield or_(
            Contribution.organisation_id.is_(None),
            Contribution.organisation_id != post.organisation_id,
        )


def about(innovation: Innovation) -> list[Any]:
    """Cards of what stands and is about this entry, the newest first."""
    posts = _CARDS.where(standing(), OWN.c.innovation_id == innovation.id)
    newest = posts.order_by(Contribution.published_at.desc(), Contribution.id.desc())
    return list(db.session.execute(newest.limit(fixed(MOST_ABOUT))))


def innovation_called(name: str) -> Innovation | None:
    """The entry that somebody means by its number ("2026-00042"), one that everybody sees."""
    reference = name.strip()
    if not reference:
        return None
    return db.session.scalar(_INNOVATION.where(Innovation.reference == reference))


def innovation_numbered(text: str) -> Innovation | None:
    """The entry that an address names, one that everybody sees."""
    number = number_in(text)
    return db.session.scalar(_INNOVATION.where(Innovation.id == number)) if number else None


def over(limit: int) -> Sequence[Exchange]:
    """Posts whose day has passed and that nobody has settled."""
    return db.session.scalars(
        select(Exchange)
        .where(Exchange.state.in_(STANDING), OWN.c.until_on < clock.today())
        .order_by(Exchange.id)
        .limit(limit)
    ).all()
