"""Finding municipalities: by address, by name, by place in the country."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Select, String, and_, case, or_, select, type_coerce
from sqlalchemy.orm import joinedload

from civic.core.db import db
from civic.core.errors import Missing
from civic.core.language import slugify
from civic.core.paging import Order
from civic.municipalities.models import Municipality, MunicipalityKind

#: By name. The slug is the name in plain letters, so Ü stands beside U on every database.
BY_NAME = Order((("slug", Municipality.slug),), descending=False)


def active() -> Select[Municipality]:
    """Where people can take part, from the Land to the Gemeinde."""
    return select(Municipality).where(Municipality.is_active).order_by(_rank(), Municipality.slug)


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


def slug_of(id: int | None) -> str:
    """The address of a municipality that somebody refers to; empty where there is none."""
    if id is None:
        return ""
    return db.session.scalar(select(Municipality.slug).where(Municipality.id == id)) or ""


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
