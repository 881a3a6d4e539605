"""Lists of ideas, one idea with its versions, and ideas like the one somebody is typing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor, Nobody
from civic.contributions import policy as seeing
from civic.contributions.models import CIRCLE, Contribution
from civic.contributions.queries import CardSelect, cards, visible, within
from civic.core import clock, search
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import COUNT_LIMIT, Order
from civic.core.redis import remember
from civic.follows.models import Follow
from civic.ideas.models import AWAITING, Idea, IdeaDraft, IdeaState, IdeaVersion
from civic.municipalities.models import Municipality
from civic.topics.queries import carries

#: An idea's own columns, beside those of the trunk that a card has already.
OWN = cast("Table", Idea.__table__)
OVERDUE = "overdue"
SIMILAR = 5
#: Below this likeness (0 to 100) a title is not called similar.
LIKENESS = 55.0
#: Seconds for which the numbers of a large place are believed.
REMEMBERED = 30.0

_ID = ("id", Contribution.id)
ORDERS: dict[str, Order] = {
    "newest": Order((("published_at", Contribution.published_at), _ID)),
    "supported": Order((("vote_count", Contribution.vote_count), _ID)),
    "discussed": Order((("comment_count", Contribution.comment_count), _ID)),
    "trending": Order((("trend", Contribution.trend), _ID)),
}
#: Texts of an idea, the newest first.
LATEST_VERSION = Order((("number", IdeaVersion.number),))


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


def order_of(sort: str, filters: Filters = EVERYTHING, seed: int = 0) -> Order:
    """The order by its name; "random" is a circle that begins at the seed.

    Among overdue ideas the newest are those whose term ran out last.
    """
    if sort == "random":
        columns = (("shuffle", Contribution.shuffle), _ID)
        return Order(columns, descending=False, begin=seed % CIRCLE)
    if sort == "newest" and filters.state == OVERDUE:
        return Order((("answer_due_on", OWN.c.answer_due_on), ("id", OWN.c.id)))
    return ORDERS[sort]


#: Put together once, as `cards` are.
_CARDS: CardSelect = (
    cards()
    .join(OWN, OWN.c.id == Contribution.id)
    .add_columns(OWN.c.answer_due_on, OWN.c.answered_at)
    .where(Contribution.kind == "idea")
)
_NUMBERS = select(Contribution.id).where(visible(), Contribution.kind == "idea")
_BY_STATE = (
    select(Contribution.state, func.count())
    .where(visible(), Contribution.kind == "idea")
    .group_by(Contribution.state)
)
_ONE = (
    select(Idea)
    .where(Idea.id == bindparam("id"))
    .options(joinedload(Idea.author), joinedload(Idea.municipality), joinedload(Idea.organisation))
)


def listing(viewer: Actor, filters: Filters) -> CardSelect:
    """Cards of ideas that pass the filters, with the term of their answer."""
    conditions = list(_conditions(viewer, filters))
    return _CARDS.where(*conditions) if conditions else _CARDS


def found(viewer: Actor, filters: Filters) -> Select[Any]:
    """The same ideas by their numbers alone: what is counted needs no names."""
    bare = _NUMBERS
    if filters.state == OVERDUE:
        bare = bare.join(OWN, OWN.c.id == Contribution.id)
    conditions = list(_conditions(viewer, filters))
    return bare.where(*conditions) if conditions else bare


def among(filters: Filters, ids: Sequence[int]) -> set[int]:
    """Which of these things are ideas that anybody would find under the filters."""
    passing = found(Nobody(), filters).where(Contribution.id.in_(ids))
    return set(db.session.scalars(passing)) if ids else set()


def _conditions(viewer: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.text:
        yield search.matches(Contribution.id, filters.text)
    if filters.municipality:
        yield within(filters.municipality)
    if filters.topics:
        yield carries(filters.topics)
    if filters.state:
        yield _in_state(filters.state)
    yield from _personal_conditions(viewer, filters)


def _personal_conditions(viewer: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.own:
        yield Contribution.author_id == viewer.id
    if filters.followed:
        followed = select(Follow.contribution_id).where(
            Follow.user_id == viewer.id, Follow.quiet_at.is_(None)
        )
        yield Contribution.id.in_(followed)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == OVERDUE:
        return awaiting() & (OWN.c.answer_due_on < clock.today())
    return Contribution.state == state


def awaiting() -> ColumnElement[bool]:
    """An answer is owed and not given."""
    return (
        OWN.c.answered_at.is_(None)
        & OWN.c.answer_due_on.is_not(None)
        & Contribution.state.in_(sorted(AWAITING))
    )


def get(viewer: Actor, id: int) -> Idea:
    """One idea with author and municipality; `Missing` where the viewer may not know of it."""
    idea = db.session.scalar(_ONE, {"id": id})
    if idea is None or not seeing.may_see(viewer, idea):
        raise Missing
    return idea


def versions(idea: Idea) -> Select[IdeaVersion]:
    """All texts of an idea, for `LATEST_VERSION`."""
    return (
        select(IdeaVersion)
        .where(IdeaVersion.idea_id == idea.id)
        .options(joinedload(IdeaVersion.author))
    )


def version_before(idea: Idea, number: int) -> IdeaVersion | None:
    """The text that this one replaced."""
    earlier = versions(idea).where(IdeaVersion.number < number)
    return db.session.scalar(earlier.order_by(IdeaVersion.number.desc()).limit(1))


def draft_of(actor: Actor) -> IdeaDraft | None:
    """What the person has typed and not published."""
    return db.session.get(IdeaDraft, actor.id)


def similar(viewer: Actor, title: str) -> list[Any]:
    """Published ideas that sound like the title, best first. No draft is ever among them."""
    condition = search.near(Contribution.id, title)
    if condition is None:
        return []
    candidates = db.session.execute(
        listing(viewer, EVERYTHING).where(condition, Contribution.state != IdeaState.WITHDRAWN)
    )
    own = " ".join(search.stems(title))
    ranked = sorted(
        ((_likeness(own, row.title), row) for row in candidates), key=lambda pair: -pair[0]
    )
    return [row for likeness, row in ranked[:SIMILAR] if likeness >= LIKENESS]


def _likeness(own: str, title: str) -> float:
    """How much two titles share: whole words (in any order) or long parts of words."""
    other = " ".join(search.stems(title))
    return max(fuzz.token_set_ratio(own, other), 0.9 * fuzz.partial_ratio(own, other))


def count_by_state() -> dict[str, int]:
    """How many visible ideas stand in each state; where there are many, as of a moment ago."""
    counted: dict[str, int] = remember("ideas by state", _for_how_long, _count_by_state)
    return counted


def _for_how_long(counted: dict[str, int]) -> float:
    return REMEMBERED if sum(counted.values()) > COUNT_LIMIT else 0


def _count_by_state() -> dict[str, int]:
    rows = db.session.execute(_BY_STATE)
    return {str(state): int(number) for state, number in rows}
