"""Finding municipalities: by address, by name, by place in the country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Select, String, and_, case, func, or_, select, type_coerce
from sqlalchemy.orm import joinedload

from civic.core.db import db
from civic.core.errors import Missing
from civic.core.language import slugify
from civic.core.paging import Order
from civic.core.redis import remember
from civic.municipalities.models import Municipality, MunicipalityKind

#: By name. The slug is the name in plain letters, so Ü stands beside U on every database.
BY_NAME = Order((("slug", Municipality.slug),), descending=False)
#: More than these are named in a line of text, not chosen from a list.
MOST_CHOICES = 40
#: As many are offered to somebody whose words fit several or none.
NEAR = 8
LONGEST_NAME = 200
CHOICES = "municipalities"
REMEMBERED = 30.0
#: Below this likeness (0 to 100) a name is not called near.
LIKENESS = 80.0


class Meaning(NamedTuple):
    """What somebody means who names a municipality in words."""

    municipality: Municipality | None = None
    #: Where that is not clear: active ones that it might be.
    near: Sequence[Municipality] = ()


def choices() -> list[tuple[str, str]] | None:
    """Address and title of each active one, from the Land to the Gemeinde.

    None where there are more than anybody wants to choose from; they are not even read then.
    Every list asks for them, so they are remembered; who changes them forgets `CHOICES`.
    """
    found = remember(CHOICES, REMEMBERED, _choices)
    return found if found is None else [(slug, title) for slug, title in found]


def _choices() -> list[tuple[str, str]] | None:
    few = select(Municipality.slug, Municipality.title, Municipality.kind).where(
        Municipality.is_active
    )
    found = db.session.execute(few.limit(MOST_CHOICES + 1)).all()
    if len(found) > MOST_CHOICES:
        return None
    kinds = list(MunicipalityKind)
    found = sorted(found, key=lambda town: (kinds.index(town.kind), town.slug))
    return [(town.slug, town.title) for town in found]


def addressed(text: str) -> Municipality | None:
    """The one that an address names: by its slug, active or not, else in words without doubt."""
    if not text or len(text) > LONGEST_NAME:
        return None
    if found := find(text):
        return found
    bearers = _bearers(" ".join(text.split()))
    return bearers[0] if len(bearers) == 1 else None


def meant(text: str) -> Meaning:
    """The active one that bears this name (or title, slug or official key), or those near it.

    Where several bear the name, "Neustadt, Landkreis Auental" tells them apart.
    """
    text = " ".join(text.split())[:LONGEST_NAME]
    bearers = _bearers(text)
    if len(bearers) == 1:
        return Meaning(bearers[0])
    return Meaning(None, bearers[:NEAR] or near(text) or _alike(text))


def unclear(said: str, found: Municipality | None) -> Meaning | None:
    """Those that it might be, where an address names one and it is not clear which."""
    return meant(said) if said.strip() and found is None else None


def near(text: str) -> Sequence[Municipality]:
    """Active ones that fit the beginning of a name: those that begin with it first, large first."""
    head = text.partition(",")[0].strip()
    if not slugify(head):
        return ()
    begins = Municipality.slug.startswith(slugify(head), autoescape=True)
    found = listing(head).order_by(
        begins.desc(), func.coalesce(Municipality.population, 0).desc(), Municipality.slug
    )
    return db.session.scalars(found.limit(NEAR)).all()


def listing(text: str = "") -> Select[Municipality]:
    """Active municipalities whose name or official key fits; the order is the caller's."""
    found = (
        select(Municipality).where(Municipality.is_active).options(joinedload(Municipality.parent))
    )
    return found.where(_fits(text)) if text else found


def find(slug: str) -> Municipality | None:
    """The municipality with this address, active or not; an empty one asks nobody."""
    if not slug:
        return None
    return db.session.scalar(select(Municipality).where(Municipality.slug == slug))


def by_slug(slug: str) -> Municipality:
    """The municipality with this address, active or not; `Missing` where there is none."""
    found = find(slug)
    if found is None:
        raise Missing
    return found


def by_id(id: int | None) -> Municipality | None:
    """The municipality that a person or a draft refers to, if any."""
    return None if id is None else db.session.get(Municipality, id)


def above(municipality: Municipality) -> Select[Municipality]:
    """Those it lies in, the largest first."""
    ids = [int(part) for part in municipality.path.split("/") if part]
    return (
        select(Municipality)
        .where(Municipality.id.in_(ids), Municipality.id != municipality.id)
        .order_by(_rank())
    )


def below(municipality: Municipality) -> Select[Municipality]:
    """Active municipalities within it, by name."""
    return (
        select(Municipality)
        .where(
            Municipality.path.startswith(municipality.path),
            Municipality.id != municipality.id,
            Municipality.is_active,
        )
        .order_by(Municipality.slug)
    )


def site_place(slug: str) -> str:
    """The title that the platform bears: of the municipality set, else of the only active Kreis."""
    statement = select(Municipality.title).limit(2)
    if slug:
        statement = statement.where(Municipality.slug == slug)
    else:
        statement = statement.where(
            Municipality.kind == MunicipalityKind.KREIS, Municipality.is_active
        )
    titles = db.session.scalars(statement).all()
    return titles[0] if len(titles) == 1 else ""


def _bearers(text: str) -> list[Municipality]:
    """Active ones that are called exactly so, in plain letters."""
    said = _plain(text)
    if not said:
        return []
    heads = {text, text.partition(",")[0], text.rpartition(",")[0]} - {""}
    called = or_(*(_may_be_called(head.strip()) for head in heads))
    found = listing().where(called).order_by(Municipality.slug).limit(MOST_CHOICES)
    return [town for town in db.session.scalars(found) if said in _names(town)]


def _may_be_called(name: str) -> ColumnElement[bool]:
    """Rough and by index where it can be; `_names` decides."""
    key, plain = name.replace(" ", ""), _plain(name)
    return or_(
        Municipality.slug == plain,
        Municipality.slug.startswith(f"{plain}-", autoescape=True),
        func.lower(Municipality.title) == name.lower(),
        func.lower(Municipality.name) == name.lower(),
        *((Municipality.ars == key, Municipality.ags == key) if key.isdecimal() else ()),
    )


def _names(town: Municipality) -> set[str]:
    """All that a municipality may be called by, in plain letters."""
    own = (town.title, town.name)
    upper = (town.parent.title, town.parent.name) if town.parent else ()
    pairs = (f"{name} {above}" for name in own for above in upper)
    return {town.slug, town.ars, town.ags, *map(_plain, own), *map(_plain, pairs)}


def _plain(name: str) -> str:
    """A name without capitals, accents and signs; a key without its spaces."""
    key = name.replace(" ", "")
    return key if key.isdecimal() else slugify(name, LONGEST_NAME)


def _alike(text: str) -> list[Municipality]:
    """Active ones whose name is spelled much like this."""
    rows = db.session.execute(
        select(Municipality.id, Municipality.slug).where(Municipality.is_active)
    )
    names = {row.id: row.slug.replace("-", " ") for row in rows}
    said = _plain(text.partition(",")[0]).replace("-", " ")
    best = process.extract(said, names, scorer=fuzz.WRatio, limit=NEAR, score_cutoff=LIKENESS)
    place = {id: rank for rank, (_, _, id) in enumerate(best)}
    found = db.session.scalars(listing().where(Municipality.id.in_(place)))
    return sorted(found, key=lambda town: place[town.id])


def _fits(text: str) -> ColumnElement[bool]:
    """An official key, or words that all stand in the title or, in plain letters, in the address.

    SQLite takes Ü and ü for different letters, hence the address.
    """
    if re.fullmatch(r"[0-9 ]+", text):
        key = text.replace(" ", "")
        return or_(Municipality.ars.startswith(key), Municipality.ags.startswith(key))
    return and_(*(_has(word) for word in text.split()))


def _has(word: str) -> ColumnElement[bool]:
    found = Municipality.title.icontains(word, autoescape=True)
    plain = slugify(word)
    return or_(found, Municipality.slug.contains(plain, autoescape=True)) if plain else found


def _rank() -> ColumnElement[int]:
    """Land before Kreis before Gemeinde."""
    places = {kind.value: place for place, kind in enumerate(MunicipalityKind)}
    return case(places, value=type_coerce(Municipality.kind, String))
