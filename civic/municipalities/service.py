"""Adding municipalities, one by one or from the official directory, and opening them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, case, cast, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from civic.core import html
from civic.core.db import be_patient, db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_, slugify
from civic.core.policy import demand
from civic.core.redis import forget
from civic.municipalities import policy, queries
from civic.municipalities.gv100ad import Entry
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.municipalities.policy import Keeper

DEFAULT_COLOUR = "#5b2a57"
SLUG_LENGTH = 60
#: Rows written by one statement of an import.
BATCH = 500

Tick = Callable[[int], object]


@transaction()
def create_municipality(
    actor: Keeper,
    *,
    kind: MunicipalityKind | str,
    ars: str,
    name: str,
    ags: str = "",
    title: str = "",
    slug: str = "",
    parent: Municipality | None = None,
    population: int | None = None,
    colour: str = DEFAULT_COLOUR,
    welcome: str = "",
    is_active: bool = True,
) -> Municipality:
    """Add one municipality. Without `ags` it is taken from `ars`, without `slug` from the name."""
    demand(policy.may_keep, actor)
    _check_key(ars)
    ags = ags or _ags_of(ars)
    taken = set(db.session.scalars(select(Municipality.slug)))
    town = Municipality(
        kind=MunicipalityKind(kind),
        ars=ars,
        ags=ags,
        name=name,
        title=title or name,
        slug=slug or _free_slug(taken, name, parent.name if parent else "", ags),
        parent_id=parent.id if parent else None,
        population=population,
        colour=colour,
        is_active=is_active,
        welcome=welcome.strip(),
        welcome_html=html.render(welcome.strip()),
    )
    try:
        with db.session.begin_nested():
            db.session.add(town)
            db.session.flush()
    except IntegrityError as error:
        raise RuleBroken(N_("There is already a municipality with this key or address.")) from error
    town.path = f"{parent.path if parent else '/'}{town.id}/"
    db.session.flush()
    forget(queries.CHOICES)
    return town


@transaction()
def activate(actor: Keeper, municipality: Municipality, *, is_active: bool = True) -> bool:
    """Open a municipality for taking part, or close it again; True when that changed anything."""
    demand(policy.may_keep, actor)
    changed = municipality.is_active is not is_active
    municipality.is_active = is_active
    forget(queries.CHOICES)
    return changed


@dataclass
class Report:
    """What an import did. `gone` are places that the file no longer lists; they stay."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


@transaction()
def import_directory(actor: Keeper, entries: Sequence[Entry], tick: Tick | None = None) -> Report:
    """Take over the official directory: all of it or nothing.

    A place is known by its `ars`, or by its `ags` when only its association changed. What people
    set stays: address, settings, welcome, and the title of a place that is active. `tick` is
    called with the number of places done since the last call.
    """
    demand(policy.may_keep, actor)
    be_patient()
    register = _Register.load(entries)
    for kind in MunicipalityKind:
        level = [entry for entry in entries if entry.kind == kind.value]
        for start in range(0, len(level), BATCH):
            register.take(level[start : start + BATCH])
            if tick:
                tick(len(level[start : start + BATCH]))
    _rebuild_paths()
    db.session.expire_all()
    forget(queries.CHOICES)
    return register.report


@dataclass
class _Register:
    """The municipalities that are there, by key, while an import runs over them."""

    by_ars: dict[str, Mapping[str, Any]]
    by_ags: dict[tuple[str, str], Mapping[str, Any]]
    slugs: set[str]
    ids: dict[str, int]
    names: dict[str, str]
    report: Report = field(default_factory=Report)

    @classmethod
    def load(cls, entries: Sequence[Entry]) -> _Register:
        table = Municipality.__table__
        rows = [dict(row) for row in db.session.execute(select(table)).mappings()]
        listed = {entry.ars for entry in entries}
        left = [row for row in rows if row["ars"] not in listed]
        register = cls(
            by_ars={row["ars"]: row for row in rows},
            by_ags={(row["kind"], row["ags"]): row for row in left},
            slugs={row["slug"] for row in rows},
            ids={},
            names={entry.ars: entry.name for entry in entries},
        )
        fresh = (entry for entry in entries if entry.ars not in register.by_ars)
        moved = sum((entry.kind, entry.ags) in register.by_ags for entry in fresh)
        register.report.gone = len(left) - moved
        return register

    def take(self, entries: Sequence[Entry]) -> None:
        """Write some entries of one level; their parents have been taken before."""
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for entry in entries:
            row = self.by_ars.get(entry.ars) or self.by_ags.get((entry.kind, entry.ags))
            if row is None:
                new.append(self._new(entry))
            else:
                self.ids[entry.ars] = row["id"]
                if changes := self._changes(entry, row):
                    changed.append({"id": row["id"], **changes})
        self._write(new, changed)
        self.report.added += len(new)
        self.report.changed += len(changed)
        self.report.unchanged += len(entries) - len(new) - len(changed)

    def _write(self, new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]]) -> None:
        if new:
            db.session.execute(insert(Municipality), new)
            keys = [row["ars"] for row in new]
            found = select(Municipality.ars, Municipality.id).where(Municipality.ars.in_(keys))
            self.ids |= {row.ars: row.id for row in db.session.execute(found)}
        for group in _alike(changed):
            db.session.execute(update(Municipality), group)

    def _facts(self, entry: Entry) -> dict[str, Any]:
        return {
            "ars": entry.ars,
            "ags": entry.ags,
            "kind": MunicipalityKind(entry.kind),
            "name": entry.name,
            "population": entry.population,
            "parent_id": self.ids[entry.parent_ars] if entry.parent_ars else None,
        }

    def _new(self, entry: Entry) -> dict[str, Any]:
        county = self.names.get(entry.parent_ars or "", "")
        slug = _free_slug(self.slugs, entry.name, county, entry.ags)
        self.slugs.add(slug)
        return self._facts(entry) | {"title": entry.title, "slug": slug, "is_active": False}

    def _changes(self, entry: Entry, row: Mapping[str, Any]) -> dict[str, Any]:
        said = self._facts(entry)
        if not row["is_active"]:
            said["title"] = entry.title
        return said if any(row[name] != value for name, value in said.items()) else {}


def _alike(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows with the same columns together: one statement each."""
    for with_title in (False, True):
        if group := [row for row in rows if ("title" in row) is with_title]:
            yield group


def _rebuild_paths() -> None:
    """Bring every path in line with the parents, level by level from the top."""
    above = aliased(Municipality)
    for kind in MunicipalityKind:
        upper = select(above.path).where(above.id == Municipality.parent_id).scalar_subquery()
        top = case((Municipality.parent_id.is_(None), "/"), else_=func.coalesce(upper, "/"))
        path = top + cast(Municipality.id, String) + "/"
        db.session.execute(
            update(Municipality)
            .where(Municipality.kind == kind, Municipality.path != path)
            .values(path=path)
            .execution_options(synchronize_session=False)
        )


def _free_slug(taken: set[str], name: str, county: str, ags: str) -> str:
    """An address from the name; where others bear it too, with the county or the official key."""
    plain = slugify(name, SLUG_LENGTH) or "kommune"
    with_county = f"{plain}-{slugify(county, 18)}".strip("-")
    for slug in (plain, with_county):
        if slug not in taken:
            return slug
    return f"{plain}-{ags}"


def _ags_of(ars: str) -> str:
    """The Gemeindeschlüssel within a Regionalschlüssel: all but the four digits of the Verband."""
    return ars[:5] + ars[9:]


def _check_key(ars: str) -> None:
    if not re.fullmatch(r"[0-9]{12}", ars):
        raise RuleBroken(N_("An official key (ARS) has twelve digits."), "ars")
