"""A family: an origin and everything that was taken over from it, at any depth, in one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from civic.accounts.models import Membership, Role
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db
from civic.core.paging import fixed
from civic.innovations.models import Degree, Gate, GateState, Innovation, Stage
from civic.municipalities.models import Municipality

OWN = cast("Table", Innovation.__table__)
#: A family of more than so many is no page any more; the register lists all of them.
MOST = 1000
#: What counts as a use: interest alone does not.
USING = frozenset({Degree.TRYING, Degree.IN_USE})

_COUNTY = aliased(Municipality, name="county")
#: Since when it stands where it stands: the day of the last step that was decided.
_STEP = (
    select(func.max(Gate.decided_on))
    .where(Gate.innovation_id == OWN.c.id, Gate.state == GateState.PASSED)
    .correlate(OWN)
    .scalar_subquery()
)


def _in_family() -> ColumnElement[bool]:
    return or_(OWN.c.id == bindparam("root"), OWN.c.root_id == bindparam("root"))


_MEMBERS = (
    select(
        Contribution.id,
        Contribution.kind,
        Contribution.title,
        Contribution.state,
        Contribution.published_at,
        Contribution.hidden_at,
        OWN.c.parent_id,
        OWN.c.degree,
        OWN.c.changed,
        OWN.c.used_since,
        OWN.c.ended_from,
        Municipality.title.label("municipality_title"),
        _COUNTY.title.label("county_title"),
        _STEP.label("decided_on"),
    )
    .join(OWN, OWN.c.id == Contribution.id)
    .join(Municipality, Municipality.id == Contribution.municipality_id)
    .outerjoin(_COUNTY, _COUNTY.id == Municipality.parent_id)
    .where(_in_family(), Contribution.published_at.is_not(None))
    .order_by(OWN.c.id)
    .limit(fixed(MOST + 1))
)
_SKELETON = (
    select(
        OWN.c.id,
        OWN.c.parent_id,
        OWN.c.root_id,
        OWN.c.degree,
        OWN.c.use_count,
        Contribution.title,
        Contribution.state,
        Contribution.published_at,
        Contribution.hidden_at,
    )
    .join(Contribution, Contribution.id == OWN.c.id)
    .order_by(func.coalesce(OWN.c.root_id, OWN.c.id), OWN.c.id)
)
_OF_ONE = _SKELETON.where(_in_family())
_LIVING = (
    select(Contribution.id, Contribution.reference, Contribution.title, Contribution.kind)
    .join(OWN, OWN.c.id == Contribution.id)
    .where(
        _in_family(),
        Contribution.municipality_id == bindparam("place"),
        Contribution.state != Stage.ENDED.value,
    )
    .order_by(OWN.c.id)
)
_OFFICES = (
    select(Municipality)
    .join(Membership, Membership.municipality_id == Municipality.id)
    .where(
        Membership.user_id == bindparam("person"),
        Membership.role == Role.STAFF,
        Municipality.is_active,
        Municipality.id != bindparam("place"),
    )
    .order_by(Municipality.slug)
    .limit(1)
)


@dataclass(eq=False)
class Member:
    """An entry in its family, and from whom it was taken over: the nearest that is shown."""

    row: Any
    parent: Member | None = field(default=None, repr=False)
    kids: list[Member] = field(default_factory=list, repr=False)

    @property
    def id(self) -> int:
        return int(self.row.id)

    @property
    def since(self) -> date:
        """Since when it stands where it stands."""
        since: date | None = self.row.decided_on or self.row.used_since
        return since or clock.local_date(self.row.published_at)


@dataclass(frozen=True)
class Family:
    """All that are shown, the origin first; `tops` are those that stand below none of them.

    Usually that is the origin alone. Where it is hidden, what was taken over from it stands alone.
    """

    root_id: int
    members: Sequence[Member]
    tops: Sequence[Member]
    is_more: bool = False

    def member(self, id: int) -> Member | None:
        return next((member for member in self.members if member.id == id), None)

    @property
    def origin(self) -> Member | None:
        """The first of the family, where it is shown."""
        first = self.members[0] if self.members else None
        return first if first is not None and first.id == self.root_id else None


def family_of(root_id: int) -> Family:
    """The family of this origin, in one query. Hidden entries are passed over.

    What was taken over from a hidden one stands below the one before it.
    """
    rows = db.session.execute(_MEMBERS, {"root": root_id}).all()
    kept = rows[:MOST]
    above = {row.id: row.parent_id for row in kept}
    shown = {row.id: Member(row) for row in kept if row.hidden_at is None}
    for member in shown.values():
        member.parent = _nearest(member.id, above, shown, root_id)
        if member.parent is not None:
            member.parent.kids.append(member)
    tops = [member for member in shown.values() if member.parent is None]
    return Family(root_id, list(shown.values()), tops, len(rows) > MOST)


def _nearest(
    id: int, above: Mapping[int, int | None], shown: Mapping[int, Member], root_id: int
) -> Member | None:
    """The nearest before it that is shown; what has lost the one before it stands at the origin."""
    seen: set[int] = set()
    while id != root_id and id not in seen:
        seen.add(id)
        id = above.get(id) or root_id
        if id in shown:
            return shown[id]
    return None


# -- how many use it -----------------------------------------------------------------------------


class Wrong(NamedTuple):
    """A count that differs from what it should be."""

    id: int
    title: str
    was: int
    is_now: int


def miscounted(root_id: int) -> list[Wrong]:
    """The entries of a family whose number of uses is wrong."""
    return _wrong(db.session.execute(_OF_ONE, {"root": root_id}).all(), root_id)


def miscounted_families() -> list[int]:
    """The origins of all families in which a number of uses is wrong."""
    rows = db.session.execute(_SKELETON)
    families = groupby(rows, key=lambda row: row.root_id or row.id)
    return [root_id for root_id, family in families if _wrong(list(family), root_id)]


def _wrong(rows: Sequence[Any], root_id: int) -> list[Wrong]:
    uses = _uses(rows, root_id)
    return [
        Wrong(row.id, row.title, row.use_count, uses[row.id])
        for row in rows
        if row.use_count != uses[row.id]
    ]


def _uses(rows: Iterable[Any], root_id: int) -> dict[int, int]:
    """How many use it below each entry, at any depth.

    A later entry has the higher number, so whoever goes through them backwards has counted
    everything below an entry before coming to it: no depth is too deep.
    """
    ordered = sorted(rows, key=lambda row: row.id, reverse=True)
    below = dict.fromkeys((row.id for row in ordered), 0)
    for row in ordered:
        parent = row.parent_id if row.parent_id in below else root_id
        if row.id != root_id and parent in below:
            below[parent] += below[row.id] + _is_use(row)
    return below


def _is_use(row: Any) -> bool:
    """In use or tried, shown to everybody, and not ended."""
    is_shown = row.published_at is not None and row.hidden_at is None
    return row.degree in USING and is_shown and row.state != Stage.ENDED


# -- one entry for a municipality ----------------------------------------------------------------


def living(root_id: int, municipality: Municipality, beside: int = 0) -> Any:
    """The entry of a municipality in a family that is not ended, hidden or not; None without one.

    beside: the number of an entry that is not meant.
    """
    rows = db.session.execute(_LIVING, {"root": root_id, "place": municipality.id})
    return next((row for row in rows if row.id != beside), None)


def office(person_id: int, innovation: Innovation) -> Municipality | None:
    """The municipality for which a person would take an entry over: where they work."""
    values = {"person": person_id, "place": innovation.municipality_id}
    return db.session.scalar(_OFFICES, values)


def walk(tops: Sequence[Member]) -> Iterator[tuple[int, Member]]:
    """Every member with its depth, each before those who took it over from it."""
    waiting = [(0, member) for member in reversed(tops)]
    while waiting:
        depth, member = waiting.pop()
        yield depth, member
        waiting += [(depth + 1, kid) for kid in reversed(member.kids)]
