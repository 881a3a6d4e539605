"""What stands in the database before the made-up towns move in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from civic.accounts.models import User
from civic.contributions.models import Contribution, ReferenceCounter
from civic.core.db import db
from civic.municipalities.models import Municipality
from civic.topics.models import Topic


@dataclass(frozen=True)
class Standing:
    """The highest ids, and which keys are taken."""

    person: int
    contribution: int
    municipality: int
    topic: int
    names: frozenset[str]
    references: dict[int, int]


def is_empty() -> bool:
    """Nobody has registered and no place is known."""
    return not (_highest(User.id) or _highest(Municipality.id))


def standing() -> Standing:
    """Read what new rows must not collide with."""
    names = frozenset(filter(None, db.session.scalars(select(User.name_key))))
    counters = select(ReferenceCounter.year, ReferenceCounter.last)
    return Standing(
        person=_highest(User.id),
        contribution=_highest(Contribution.id),
        municipality=_highest(Municipality.id),
        topic=_highest(Topic.id),
        names=names,
        references={row.year: row.last for row in db.session.execute(counters)},
    )


def _highest(id: InstrumentedAttribute[int]) -> int:
    return db.session.scalar(select(func.max(id))) or 0


def places() -> list[tuple[int, str]]:
    """Municipalities that take ideas: id and title."""
    rows = db.session.execute(
        select(Municipality.id, Municipality.title)
        .where(Municipality.is_active, Municipality.kind == "gemeinde")
        .order_by(Municipality.id)
    )
    return [(id, title) for id, title in rows]


def topics() -> dict[str, tuple[int, str]]:
    """Topics for all: id and words by address."""
    rows = db.session.scalars(select(Topic).where(Topic.municipality_id.is_(None)))
    return {t.slug: (t.id, f"{t.name_de} {t.name_en}") for t in rows}
