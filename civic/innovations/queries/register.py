"""The register: its filters and orders, what map and time line draw, what is compared and exported.

The order of most used runs along an index of the innovations' own table. Its statements therefore
do not name the kind: that would lead a database to an index of the trunk, and to sorting them all.
With a stage or a place they do, for the indexes of states and places hold the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, literal, select
from sqlalchemy.orm import aliased, joinedload

from civic.contributions.models import Contribution
from civic.contributions.queries import CardSelect, cards, visible, within
from civic.core import search
from civic.core.db import db, release
from civic.core.language import N_
from civic.core.paging import Order, fixed, window
from civic.innovations.models import CostClass, Indicator, Innovation, Measurement, Stage
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.projects.models import Project
from civic.topics.models import ContributionTopic, Topic
from civic.topics.queries import carries

#: An innovation's own columns, beside those of the trunk that a card has already.
OWN = cast("Table", Innovation.__table__)
SOURCE = cast("Table", Project.__table__).alias("source")
#: Map and time line show at most so many, the most used of them.
MOST_DRAWN = 500
#: More than three do not fit side by side.
MOST_COMPARED = 3
#: Rows of the export that are read at once.
BATCH = 500
#: Any licence that is open, in place of one of them.
OPEN = "offen"
PROPRIETARY = "LicenseRef-proprietary"


class Place(StrEnum):
    """What kind of municipality it is, as addresses say it."""

    LAND = "land"
    KREIS = "kreis"
    TOWN = "stadt"
    VILLAGE = "gemeinde"

    @property
    def label(self) -> str:
        return _PLACE_LABELS[self]


_PLACE_LABELS = {
    Place.LAND: N_("State (Land)"),
    Place.KREIS: N_("County (Kreis)"),
    Place.TOWN: N_("Town or city (Stadt)"),
    Place.VILLAGE: N_("Municipality without town rights (Gemeinde, Markt)"),
}


class Size(StrEnum):
    """Classes of municipalities by how many people live there, as addresses say them."""

    UP_TO_2000 = "bis-2000"
    UP_TO_10000 = "bis-10000"
    UP_TO_50000 = "bis-50000"
    UP_TO_200000 = "bis-200000"
    ABOVE = "darueber"

    @property
    def label(self) -> str:
        return _SIZE_LABELS[self]

    @property
    def bounds(self) -> tuple[int, int | None]:
        """More than the first, at most the second."""
        return _SIZE_BOUNDS[self]


_SIZE_LABELS = {
    Size.UP_TO_2000: N_("Up to 2,000 people"),
    Size.UP_TO_10000: N_("Up to 10,000 people"),
    Size.UP_TO_50000: N_("Up to 50,000 people"),
    Size.UP_TO_200000: N_("Up to 200,000 people"),
    Size.ABOVE: N_("More than 200,000 people"),
}
_SIZE_BOUNDS: dict[Size, tuple[int, int | None]] = {
    Size.UP_TO_2000: (-1, 2_000),
    Size.UP_TO_10000: (2_000, 10_000),
    Size.UP_TO_50000: (10_000, 50_000),
    Size.UP_TO_200000: (50_000, 200_000),
    Size.ABOVE: (200_000, None),
}


@dataclass(frozen=True)
class Filters:
    """What a person asked the register for; empty means no filter."""

    text: str = ""
    municipality: Municipality | None = None
    topics: Sequence[str] = ()
    stage: Stage | None = None
    place: Place | None = None
    size: Size | None = None
    cost: CostClass | None = None
    #: The identifier of a licence, or `OPEN`.
    licence: str = ""

    @cached_property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """Put together once for list and count: the topics are looked up for it."""
        return (*_trunk_conditions(self), *_place_conditions(self), *_own_conditions(self))


class Drawn(NamedTuple):
    """What map and time line show, and whether there is more."""

    rows: Sequence[Any]
    is_more: bool


_KIND = Contribution.kind == "innovation"
_ID = ("id", OWN.c.id)
ORDERS: dict[str, Order] = {
    "used": Order((("use_count", OWN.c.use_count), _ID)),
    "newest": Order(
        (("published_at", Contribution.published_at), ("id", Contribution.id)),
    ),
    "supported": Order((("vote_count", Contribution.vote_count), ("id", Contribution.id))),
}
#: The export goes through everything once, in the order in which it was entered.
BY_NUMBER = Order((_ID,), descending=False)

#: Put together once, as `cards` are.
_CARDS: CardSelect = (
    cards()
    .join(OWN, OWN.c.id == Contribution.id)
    .add_columns(
        OWN.c.use_count,
        OWN.c.degree,
        OWN.c.ended_from,
        OWN.c.used_since,
        OWN.c.cost_class,
        OWN.c.licence,
        Municipality.population,
    )
)
_CARDS_OF_TRUNK = _CARDS.where(_KIND)
_NUMBERS = select(Contribution.id).where(visible(), _KIND)
_MARKS: CardSelect = (
    select(
        Contribution.id,
        Contribution.kind,
        Contribution.title,
        Contribution.state,
        Contribution.published_at,
        Municipality.name.label("municipality_name"),
        OWN.c.use_count,
        OWN.c.ended_from,
        OWN.c.used_since,
        func.coalesce(OWN.c.latitude, SOURCE.c.latitude).label("latitude"),
        func.coalesce(OWN.c.longitude, SOURCE.c.longitude).label("longitude"),
    )
    .join(OWN, OWN.c.id == Contribution.id)
    .join(Municipality, Municipality.id == Contribution.municipality_id)
    .outerjoin(SOURCE, SOURCE.c.id == OWN.c.project_id)
    .where(visible())
    .order_by(OWN.c.use_count.desc(), OWN.c.id.desc())
    .limit(fixed(MOST_DRAWN + 1))
)
_COMPARED = (
    select(Innovation)
    .where(Innovation.id.in_(bindparam("ids", expanding=True)), visible())
    .options(
        joinedload(Innovation.author),
        joinedload(Innovation.municipality),
        joinedload(Innovation.organisation),
    )
)
_RANKED = (
    select(
        Indicator.innovation_id,
        Indicator.id,
        Indicator.name,
        Indicator.unit,
        Indicator.target,
        Measurement.value,
        Measurement.measured_on,
        func.row_number()
        .over(partition_by=Indicator.id, order_by=Measurement.measured_on.desc())
        .label("place"),
    )
    .join(Measurement, Measurement.indicator_id == Indicator.id)
    .where(Indicator.innovation_id.in_(bindparam("ids", expanding=True)))
    .subquery()
)
_LATEST = select(_RANKED).where(_RANKED.c.place == 1).order_by(_RANKED.c.id)
_TITLES = select(Contribution.id, Contribution.kind, Contribution.title).where(
    visible(),
    Contribution.kind == "innovation",
    Contribution.id.in_(bindparam("ids", expanding=True)),
)
_PARENT = aliased(Contribution, name="parent")
_ROWS: CardSelect = _CARDS.outerjoin(_PARENT, _PARENT.id == OWN.c.parent_id).add_columns(
    OWN.c.cost_once,
    OWN.c.cost_yearly,
    OWN.c.cost_note,
    OWN.c.staff,
    OWN.c.legal_basis,
    OWN.c.software,
    OWN.c.duration,
    OWN.c.conditions,
    OWN.c.lessons,
    OWN.c.changed,
    Municipality.kind.label("municipality_kind"),
    Municipality.title.label("municipality_title"),
    Municipality.ars.label("municipality_ars"),
    _PARENT.id.label("parent_id"),
    _PARENT.reference.label("parent_reference"),
    _PARENT.hidden_at.label("parent_hidden_at"),
)
_TOPICS = (
    select(ContributionTopic.contribution_id, Topic.slug, Topic.name_de, Topic.name_en)
    .join(Topic, Topic.id == ContributionTopic.topic_id)
    .where(ContributionTopic.contribution_id.in_(bindparam("ids", expanding=True)))
    .order_by(Topic.position, Topic.name_de)
)


def listing(filters: Filters, sort: str = "used") -> CardSelect:
    """Cards of entries that pass the filters, for the order of this name."""
    base = _CARDS if sort == "used" else _CARDS_OF_TRUNK
    return _passing(base, filters)


def found(filters: Filters) -> Select[Any]:
    """The same entries by their numbers alone: what is counted needs no names."""
    bare = _NUMBERS
    if filters.cost or filters.licence:
        bare = bare.join(OWN, OWN.c.id == Contribution.id)
    if filters.place or filters.size:
        bare = bare.join(Municipality, Municipality.id == Contribution.municipality_id)
    return _passing(bare, filters)


def among(filters: Filters, ids: Sequence[int]) -> set[int]:
    """Which of these things are entries that anybody would find under the filters."""
    passing = found(filters).where(Contribution.id.in_(ids))
    return set(db.session.scalars(passing)) if ids else set()


def drawn(filters: Filters) -> Drawn:
    """What map and time line show: the most used entries with their place and their days."""
    rows = db.session.execute(_passing(_MARKS, filters)).all()
    return Drawn(rows[:MOST_DRAWN], len(rows) > MOST_DRAWN)


def compared(ids: Sequence[int]) -> list[Innovation]:
    """These entries in this order; those that are not there, or not shown, are left out."""
    found = {i.id: i for i in db.session.scalars(_COMPARED, {"ids": list(ids)})} if ids else {}
    return [found[id] for id in dict.fromkeys(ids) if id in found]


def latest_values(ids: Sequence[int]) -> dict[int, list[Any]]:
    """The latest value of each measure of these entries, by their numbers, in one query."""
    found: dict[int, list[Any]] = {id: [] for id in ids}
    for row in db.session.execute(_LATEST, {"ids": list(ids)}) if ids else ():
        found[row.innovation_id].append(row)
    return found


def titles(ids: Sequence[int]) -> list[Any]:
    """Number, kind and title of these entries, in this order, visible ones."""
    rows = {row.id: row for row in db.session.execute(_TITLES, {"ids": list(ids)})} if ids else {}
    return [rows[id] for id in dict.fromkeys(ids) if id in rows]


def batches(filters: Filters) -> Iterator[tuple[Sequence[Any], Mapping[int, Sequence[Any]]]]:
    """All entries that pass, bit by bit, each bit with the topics of its entries.

    Between two bits no transaction is held: whoever loads them slowly stands in nobody's way.
    """
    statement, cursor = _passing(_ROWS, filters), ""
    while True:
        bit = window(statement, BY_NUMBER, cursor, BATCH)
        if not bit.items:
            return
        topics = _topics_of([row.id for row in bit.items])
        release()
        yield bit.items, topics
        cursor = bit.next
        if not cursor:
            return


def _topics_of(ids: Sequence[int]) -> dict[int, list[Any]]:
    carried: dict[int, list[Any]] = {}
    for row in db.session.execute(_TOPICS, {"ids": list(ids)}):
        carried.setdefault(row.contribution_id, []).append(row)
    return carried


def _passing(statement: Select[Any], filters: Filters) -> Select[Any]:
    """What filters nothing stays the statement that it was: those are kept ready."""
    return statement.where(*filters.conditions) if filters.conditions else statement


def _trunk_conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.text:
        yield search.matches(Contribution.id, filters.text)
    if filters.topics:
        yield carries(filters.topics)
    if filters.stage:
        yield _KIND & (Contribution.state == filters.stage.value)


def _place_conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.municipality:
        yield _KIND & within(filters.municipality)
    yield from _of_place(filters.place)
    yield from _of_size(filters.size)


def _own_conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.cost:
        yield OWN.c.cost_class == filters.cost
    if filters.licence == OPEN:
        # Not "is none of the two": an index has a beginning and no holes.
        yield (OWN.c.licence > "") & (OWN.c.licence != PROPRIETARY)
    elif filters.licence:
        yield OWN.c.licence == filters.licence


def _of_place(place: Place | None) -> Iterator[ColumnElement[bool]]:
    """A town is a municipality whose title says so ("Stadt Lindfurt", "Hansestadt Demmin").

    Asked for in two steps: how many titles hold "tadt " a database knows beforehand, how many hold
    it with the name behind it ("Gemeinde Neustadt am Berg" does not) it can only guess.
    """
    if place in {Place.LAND, Place.KREIS}:
        yield Municipality.kind == MunicipalityKind(place.value)
    elif place:
        named = literal("tadt ") + Municipality.name
        is_town = Municipality.title.like("%tadt %") & (
            func.replace(Municipality.title, named, "") != Municipality.title
        )
        # Not "is a Gemeinde": SQLite would take what is nearly all of them for few.
        yield Municipality.kind.not_in([MunicipalityKind.LAND, MunicipalityKind.KREIS])
        yield is_town if place is Place.TOWN else ~is_town


def _of_size(size: Size | None) -> Iterator[ColumnElement[bool]]:
    """A municipality whose number of people nobody entered is in no class."""
    if size:
        above, most = size.bounds
        yield Municipality.population > above
        if most is not None:
            yield Municipality.population <= most
