"""Lists of test beds, one of them, and the pilots in it or of a thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor, Membership, Role
from civic.contributions import policy as seeing
from civic.contributions.models import Contribution
from civic.contributions.queries import CardSelect, cards, visible, within
from civic.core import search
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.maps import MOST
from civic.core.paging import Order, fixed
from civic.municipalities.models import Municipality
from civic.testbeds import policy
from civic.testbeds.models import PUBLIC, Pilot, PilotState, Testbed
from civic.topics.queries import carries

#: A test bed's own columns, beside those of the trunk that a card has already.
OWN = cast("Table", Testbed.__table__)
#: Things of one's own that the form of an application offers; others go by their number.
MOST_OFFERED = 20
#: Applications of one's own that the page of a test bed names.
MOST_MINE = 5

_ID = ("id", Contribution.id)
ORDERS: dict[str, Order] = {
    "newest": Order((("published_at", Contribution.published_at), _ID)),
    "name": Order((("title", Contribution.title), _ID), descending=False),
}
#: Applications and pilots, the latest first.
LATEST = Order((("id", Pilot.id),))


class HasId(Protocol):
    """A thing or its card."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Filters:
    """What a person asked the list for; empty means no filter."""

    text: str = ""
    municipality: Municipality | None = None
    topics: Sequence[str] = ()
    state: str = ""


EVERYTHING = Filters()


class Room(NamedTuple):
    """How many pilots run in a test bed, and when the first of them ends by its plan."""

    taken: int
    next_end: date | None


#: How many places of a test bed are taken.
_TAKEN = (
    select(func.count())
    .select_from(Pilot)
    .where(Pilot.testbed_id == OWN.c.id, Pilot.state == PilotState.ADMITTED)
    .correlate(OWN)
    .scalar_subquery()
)
#: Put together once, as `cards` are.
_CARDS: CardSelect = (
    cards()
    .join(OWN, OWN.c.id == Contribution.id)
    .add_columns(OWN.c.place, OWN.c.capacity, OWN.c.begins_on, OWN.c.ends_on, _TAKEN.label("taken"))
    .where(Contribution.kind == "testbed")
)
_MARKS: CardSelect = (
    select(
        Contribution.id,
        Contribution.kind,
        Contribution.title,
        Contribution.state,
        OWN.c.place,
        OWN.c.latitude,
        OWN.c.longitude,
        Municipality.name.label("municipality_name"),
    )
    .join(OWN, OWN.c.id == Contribution.id)
    .join(Municipality, Municipality.id == Contribution.municipality_id)
    .where(visible(), Contribution.kind == "testbed")
)
_NUMBERS = select(Contribution.id).where(visible(), Contribution.kind == "testbed")
_ONE = (
    select(Testbed)
    .where(Testbed.id == bindparam("id"))
    .options(joinedload(Testbed.author), joinedload(Testbed.municipality))
)
_PILOTS = select(Pilot).options(
    joinedload(Pilot.testbed).joinedload(Testbed.municipality),
    joinedload(Pilot.contribution).joinedload(Contribution.author),
    joinedload(Pilot.contribution).joinedload(Contribution.organisation),
    joinedload(Pilot.contribution).joinedload(Contribution.municipality),
)
_PILOT = _PILOTS.where(Pilot.id == bindparam("id"))
_IN = _PILOTS.join(Contribution, Contribution.id == Pilot.contribution_id).where(
    Pilot.testbed_id == bindparam("testbed"), visible()
)
_UNDER_WAY = _IN.where(Pilot.state == PilotState.ADMITTED)
_FINISHED = _IN.where(Pilot.state == PilotState.FINISHED)
_APPLICATIONS = _PILOTS.where(Pilot.testbed_id == bindparam("testbed"))
_MINE = (
    _APPLICATIONS.where(Pilot.applied_by_id == bindparam("person"))
    .order_by(Pilot.id.desc())
    .limit(fixed(MOST_MINE))
)
_OF_THING = (
    select(Pilot)
    .join(Contribution, Contribution.id == Pilot.testbed_id)
    .where(Pilot.contribution_id == bindparam("thing"), visible())
    .options(
        joinedload(Pilot.testbed).joinedload(Testbed.municipality), joinedload(Pilot.contribution)
    )
    .order_by(Pilot.id.desc())
)
_SHOWN_OF_THING = _OF_THING.where(Pilot.state.in_(sorted(PUBLIC)))
_ROOM = select(func.count(), func.min(Pilot.ends_on)).where(
    Pilot.testbed_id == bindparam("testbed"), Pilot.state == PilotState.ADMITTED
)
_BY_STATE = (
    select(Pilot.state, func.count())
    .where(Pilot.testbed_id == bindparam("testbed"))
    .group_by(Pilot.state)
)
_WORKPLACE = (
    select(Municipality)
    .join(Membership, Membership.municipality_id == Municipality.id)
    .where(
        Membership.user_id == bindparam("person"),
        Membership.role == Role.STAFF,
        Municipality.is_active,
    )
    .order_by(Municipality.name, Municipality.id)
    .limit(1)
)
_KEPT = (
    select(Contribution)
    .where(
        visible(),
        Contribution.author_id == bindparam("person"),
        Contribution.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(Contribution.published_at.desc(), Contribution.id.desc())
    .limit(MOST_OFFERED)
    .options(joinedload(Contribution.organisation))
)


def listing(filters: Filters) -> CardSelect:
    """Cards of test beds that pass the filters, with their places and how many are taken."""
    conditions = list(_conditions(filters))
    return _CARDS.where(*conditions) if conditions else _CARDS


def found(filters: Filters) -> Select[Any]:
    """The same test beds by their numbers alone: what is counted needs no names."""
    conditions = list(_conditions(filters))
    return _NUMBERS.where(*conditions) if conditions else _NUMBERS


def marked(filters: Filters) -> Sequence[Any]:
    """Those that are marked on the map, the newest first, as many as a map holds."""
    rows = _MARKS.where(*_conditions(filters), OWN.c.latitude.is_not(None))
    newest = rows.order_by(Contribution.published_at.desc(), Contribution.id.desc())
    return db.session.execute(newest.limit(MOST)).all()


def among(filters: Filters, ids: Sequence[int]) -> set[int]:
    """Which of these things are test beds that anybody would find under the filters."""
    return set(db.session.scalars(found(filters).where(Contribution.id.in_(ids)))) if ids else set()


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.text:
        yield search.matches(Contribution.id, filters.text)
    if filters.municipality:
        yield within(filters.municipality)
    if filters.topics:
        yield carries(filters.topics)
    if filters.state:
        yield Contribution.state == filters.state


def get(viewer: Actor, id: int) -> Testbed:
    """One test bed; `Missing` where the viewer may not know of it."""
    testbed = db.session.scalar(_ONE, {"id": id})
    if testbed is None or not seeing.may_see(viewer, testbed):
        raise Missing
    return testbed


def room_in(testbed: HasId) -> Room:
    """How full it is."""
    return Room(*db.session.execute(_ROOM, {"testbed": testbed.id}).one())


def under_way() -> Select[Pilot]:
    """Pilots that run now in the test bed `testbed`."""
    return _UNDER_WAY


def finished() -> Select[Pilot]:
    """Pilots that have come to an end in the test bed `testbed`."""
    return _FINISHED


def applications() -> Select[Pilot]:
    """Everything that was ever asked for in the test bed `testbed`: for its administration."""
    return _APPLICATIONS


def count_by_state(testbed: HasId) -> dict[PilotState, int]:
    """How many applications and pilots stand where."""
    rows = db.session.execute(_BY_STATE, {"testbed": testbed.id})
    return {state: number for state, number in rows}  # noqa: C416 - rows are no tuples


def mine(viewer: Actor, testbed: HasId) -> Sequence[Pilot]:
    """What this person has asked for there last."""
    if not viewer.is_authenticated:
        return ()
    return db.session.scalars(_MINE, {"testbed": testbed.id, "person": viewer.id}).all()


def pilot(viewer: Actor, id: int) -> Pilot:
    """One application or pilot; `Missing` where it is between two others."""
    found = db.session.scalar(_PILOT, {"id": id})
    if found is None or not policy.may_see(viewer, found):
        raise Missing
    return found


def pilots_of(thing: HasId, *, inner: bool = False) -> Sequence[Pilot]:
    """Where a thing is and was tried, the latest first, for `testbeds/_pilots.html`.

    inner: also what was only asked for, which those who keep the thing may see.
    """
    return db.session.scalars(_OF_THING if inner else _SHOWN_OF_THING, {"thing": thing.id}).all()


def workplace(actor: Actor) -> Municipality | None:
    """A municipality for whose administration the person works."""
    if not actor.is_authenticated:
        return None
    return db.session.scalar(_WORKPLACE, {"person": actor.id})


def to_try(actor: Actor, kinds: Sequence[str]) -> list[Contribution]:
    """The latest things that the person published and may ask a place for."""
    things = db.session.scalars(_KEPT, {"person": actor.id, "kinds": list(kinds)})
    return [thing for thing in things if policy.may_try(actor, thing)]


def by_reference(viewer: Actor, reference: str) -> Contribution | None:
    """A thing by the number that one cites; None where the viewer may not know of it."""
    thing = db.session.scalar(select(Contribution).where(Contribution.reference == reference))
    return thing if thing is not None and seeing.may_see(viewer, thing) else None
