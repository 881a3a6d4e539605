"""What became of the ideas that a person wrote or gave their voice to: a page in four queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select, union
from sqlalchemy.orm import aliased

from civic.accounts.models import Actor
from civic.contributions.models import Contribution, Descent
from civic.contributions.queries import NEWEST, CardSelect, cards, visible
from civic.core import paging
from civic.core.db import db
from civic.core.paging import Count, Window, fixed
from civic.innovations.models import Innovation, Stage
from civic.innovations.queries.family import USING
from civic.municipalities.models import Municipality
from civic.votes.models import Vote

PAGE_SIZE = 10
#: So many municipalities that took something over are named; the others are counted.
MOST_NAMED = 6
#: Projects and innovations that are read for a page of ideas; nobody has ten times as many.
MOST_GROWN = 300

OWN = cast("Table", Innovation.__table__)
_LATER = OWN.alias("later_innovation")

#: What a person wrote, and what they gave their voice to.
_SAID = union(
    select(Contribution.id).where(
        Contribution.author_id == bindparam("person"), Contribution.kind == "idea"
    ),
    select(Vote.contribution_id).where(Vote.user_id == bindparam("person")),
).subquery("said")
_IDEAS: CardSelect = cards().where(
    Contribution.kind == "idea", Contribution.id.in_(select(_SAID.c.id))
)
_NUMBERS = select(Contribution.id).where(
    visible(), Contribution.kind == "idea", Contribution.id.in_(select(_SAID.c.id))
)


def _something_grew() -> ColumnElement[bool]:
    """A thing that everybody sees stands on the idea."""
    thing = aliased(Contribution)
    return (
        select(Descent.later_id)
        .join(thing, thing.id == Descent.later_id)
        .where(
            Descent.earlier_id == Contribution.id,
            thing.published_at.is_not(None),
            thing.hidden_at.is_(None),
        )
        .correlate(Contribution)
        .exists()
    )


_GROWN_IDEAS = _IDEAS.where(_something_grew())
_GROWN_NUMBERS = _NUMBERS.where(_something_grew())


def _line() -> Select[Any]:
    """Pairs of an idea and what has grown from it, up to the origins of families.

    What was taken over is not gone through here: a family may hold hundreds.
    """
    line = (
        select(Descent.earlier_id.label("idea_id"), Descent.later_id.label("id"))
        .where(Descent.earlier_id.in_(bindparam("ideas", expanding=True)))
        .cte("line", recursive=True)
    )
    onward = (
        select(line.c.idea_id, Descent.later_id)
        .join(line, line.c.id == Descent.earlier_id)
        .outerjoin(_LATER, _LATER.c.id == Descent.later_id)
        .where(_LATER.c.root_id.is_(None))
    )
    line = line.union(onward)
    return (
        cards()
        .join(line, line.c.id == Contribution.id)
        .outerjoin(OWN, OWN.c.id == Contribution.id)
        .add_columns(
            line.c.idea_id,
            OWN.c.use_count,
            OWN.c.used_since,
            OWN.c.ended_from,
            func.coalesce(OWN.c.root_id, OWN.c.id).label("root_id"),
        )
        .order_by(Contribution.published_at, Contribution.id)
        .limit(fixed(MOST_GROWN))
    )


_GROWN = _line()
_RANKED = (
    select(
        Contribution.id,
        Contribution.kind,
        Contribution.title,
        Contribution.published_at,
        OWN.c.root_id,
        OWN.c.degree,
        Municipality.title.label("municipality_title"),
        func.row_number()
        .over(partition_by=OWN.c.root_id, order_by=Contribution.published_at)
        .label("place"),
        func.count().over(partition_by=OWN.c.root_id).label("total"),
    )
    .join(OWN, OWN.c.id == Contribution.id)
    .join(Municipality, Municipality.id == Contribution.municipality_id)
    .where(
        visible(),
        OWN.c.degree.in_(sorted(USING)),
        Contribution.state != Stage.ENDED.value,
        OWN.c.root_id.in_(bindparam("roots", expanding=True)),
    )
    .subquery()
)
_ADOPTIONS = (
    select(_RANKED)
    .where(_RANKED.c.place <= MOST_NAMED)
    .order_by(_RANKED.c.root_id, _RANKED.c.place)
)


@dataclass
class Grown:
    """A project or an innovation that has grown from an idea, and who took it over."""

    card: Any
    adoptions: list[Any] = field(default_factory=list)
    #: Of how many these are the first.
    total: int = 0


@dataclass
class Outcome:
    """An idea and all that has grown from it, in the order in which it happened."""

    idea: Any
    is_own: bool
    grown: list[Grown] = field(default_factory=list)


@dataclass(frozen=True)
class Impact:
    """A page of ideas with what became of them."""

    outcomes: Sequence[Outcome]
    window: Window[Any]
    count: Count


def impact(viewer: Actor, cursor: str, *, is_all: bool = False) -> Impact:
    """What became of the ideas of a person and of those that they voted for, the newest first.

    is_all: also those from which nothing has grown yet.
    """
    ideas, numbers = (_IDEAS, _NUMBERS) if is_all else (_GROWN_IDEAS, _GROWN_NUMBERS)
    who = {"person": viewer.id}
    window = paging.window(ideas, NEWEST, cursor, PAGE_SIZE, params=who)
    outcomes = {card.id: Outcome(card, card.author_id == viewer.id) for card in window.items}
    _add_grown(outcomes)
    return Impact(list(outcomes.values()), window, _count(numbers, viewer))


def _count(numbers: Select[Any], viewer: Actor) -> Count:
    return paging.count(numbers.params(person=viewer.id))


def _add_grown(outcomes: dict[int, Outcome]) -> None:
    if not outcomes:
        return
    families: dict[int, list[Grown]] = {}
    for card in db.session.execute(_GROWN, {"ideas": list(outcomes)}):
        grown = Grown(card)
        outcomes[card.idea_id].grown.append(grown)
        if card.root_id is not None:
            families.setdefault(card.root_id, []).append(grown)
    _add_adoptions(families)


def _add_adoptions(families: dict[int, list[Grown]]) -> None:
    if not families:
        return
    for row in db.session.execute(_ADOPTIONS, {"roots": list(families)}):
        for grown in families[row.root_id]:
            grown.adoptions.append(row)
            grown.total = row.total
