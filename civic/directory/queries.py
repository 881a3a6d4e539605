"""The list of organisations, and what the log of one leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.language import slugify
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.organisations.models import (
    Organisation,
    OrganisationKind,
    OrganisationLogEntry,
    OrganisationMember,
)

#: What the log says of a thing without a reference number (a comment): its own number.
NUMBER = "#"
#: Rows of chosen columns.
RowSelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Filters:
    """What a person asked the list for; empty means no filter."""

    text: str = ""
    municipality: Municipality | None = None
    kind: OrganisationKind | None = None
    only_verified: bool = False

    @property
    def active(self) -> int:
        return sum(map(bool, (self.text, self.municipality, self.kind, self.only_verified)))


#: Counted for the twenty that a page shows; the key of the table begins with the organisation.
_MEMBERS = (
    select(func.count())
    .select_from(OrganisationMember)
    .where(OrganisationMember.organisation_id == Organisation.id)
    .correlate(Organisation)
    .scalar_subquery()
)
_CARDS: RowSelect = (
    select(
        Organisation.id,
        Organisation.slug,
        Organisation.name,
        Organisation.kind,
        Organisation.summary,
        Organisation.logo_key,
        Organisation.verified_at,
        Municipality.title.label("municipality_title"),
        _MEMBERS.label("member_count"),
    )
    .join(Municipality, Municipality.id == Organisation.municipality_id)
    .where(Organisation.closed_at.is_(None))
)
_NUMBERS = select(Organisation.id).where(Organisation.closed_at.is_(None))


def listing(filters: Filters) -> RowSelect:
    """Cards of organisations that are open and pass the filters; for `queries.BY_NAME`."""
    conditions = list(_conditions(filters))
    return _CARDS.where(*conditions) if conditions else _CARDS


def found(filters: Filters) -> Select[Any]:
    """The same by their numbers alone, to be counted."""
    conditions = list(_conditions(filters))
    return _NUMBERS.where(*conditions) if conditions else _NUMBERS


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.text:
        yield from map(_has, filters.text.split())
    if filters.municipality:
        yield _within(filters.municipality)
    if filters.kind:
        yield Organisation.kind == filters.kind
    if filters.only_verified:
        yield Organisation.verified_at.is_not(None)


def _has(word: str) -> ColumnElement[bool]:
    """In the name or the first sentences; SQLite takes Ü and ü for two letters, hence the slug."""
    found = Organisation.name.icontains(word, autoescape=True) | Organisation.summary.icontains(
        word, autoescape=True
    )
    plain = slugify(word)
    return found | Organisation.slug.contains(plain, autoescape=True) if plain else found


def _within(municipality: Municipality) -> ColumnElement[bool]:
    if municipality.kind is MunicipalityKind.GEMEINDE:  # nothing lies below it
        return Organisation.municipality_id == municipality.id
    below = select(Municipality.id).where(Municipality.path.startswith(municipality.path))
    return Organisation.municipality_id.in_(below)


def things_of(entries: Iterable[OrganisationLogEntry]) -> dict[str, Contribution]:
    """What was published by these lines of a log, by their detail; one query for a page."""
    details = {entry.detail for entry in entries if entry.verb == "organisation.published"}
    numbers = [int(d.removeprefix(NUMBER)) for d in details if d.startswith(NUMBER)]
    references = [detail for detail in details if not detail.startswith(NUMBER)]
    if not details:
        return {}
    things = db.session.scalars(
        select(Contribution).where(
            Contribution.id.in_(numbers) | Contribution.reference.in_(references)
        )
    )
    return {thing.reference or f"{NUMBER}{thing.id}": thing for thing in things}
