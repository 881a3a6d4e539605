"""The register as open data: a table for spreadsheets and JSON, with licence, source and day.

Names of columns and keys are the same in every language: programs read them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import current_app

from civic.config import Config
from civic.core import clock
from civic.core.letters import absolute
from civic.core.urls import url_for
from civic.innovations.address.table import MARK, harmless

#: Of the entries as data; the software in them has licences of its own.
LICENCE = "CC-BY-4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/deed.de"

Row = Any
Topics = Sequence[Any]
Batches = Iterable[tuple[Sequence[Row], Mapping[int, Topics]]]

#: Column of the table -> key of JSON.
COLUMNS = {
    "nummer": "reference",
    "titel": "title",
    "kurz": "summary",
    "kommune": "municipality",
    "ars": "ars",
    "art": "municipality_kind",
    "einwohner": "population",
    "organisation": "organisation",
    "stufe": "stage",
    "nutzungen": "use_count",
    "in_nutzung_seit": "used_since",
    "eingetragen_am": "published_on",
    "geaendert_am": "updated_on",
    "themen": "topics",
    "kosten_einmalig": "cost_once",
    "kosten_jaehrlich": "cost_yearly",
    "kostenklasse": "cost_class",
    "kosten_bemerkung": "cost_note",
    "personal": "staff",
    "recht": "legal_basis",
    "technik": "software",
    "lizenz_der_software": "software_licence",
    "dauer": "duration",
    "voraussetzungen": "conditions",
    "gelernt": "lessons",
    "uebernommen_von": "taken_over_from",
    "grad": "degree",
    "geaendert": "changed",
    "adresse": "url",
}
#: Stand in every row of the table, which has no place beside its rows.
ABOUT = ("lizenz", "quelle", "stand")


def as_table(batches: Batches) -> Iterator[str]:
    """The table, bit by bit; texts never become formulas."""
    about = [LICENCE, source(), clock.today().isoformat()]
    yield MARK + _lines([[*COLUMNS, *ABOUT]])
    place = permanent()
    for rows, topics in batches:
        yield _lines([*_cells(entry(row, topics, place)), *about] for row in rows)


def _lines(lines: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(lines)
    return out.getvalue()


def _cells(values: Mapping[str, Any]) -> Iterator[object]:
    for key in COLUMNS.values():
        value = values[key]
        text = " ".join(value) if isinstance(value, list) else value
        yield harmless(text) if isinstance(text, str) else text


def as_json(batches: Batches, url: str) -> Iterator[str]:
    """The same as JSON; `url` is the address of the register with these filters."""
    about = {
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "source": source(),
        "date": clock.today().isoformat(),
        "url": url,
    }
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "innovations": ['
    is_first, place = True, permanent()
    for rows, topics in batches:
        entries = ",\n".join(
            json.dumps(entry(row, topics, place), ensure_ascii=False) for row in rows
        )
        yield entries if is_first else f",\n{entries}"
        is_first = False
    yield "]}\n"


def entry(row: Row, topics: Mapping[int, Topics], place: str) -> dict[str, Any]:
    """One entry of the register under the keys of JSON; `place` is the beginning of its address."""
    return {
        "reference": row.reference,
        "title": row.title,
        "summary": row.summary,
        "organisation": row.organisation_name,
        "stage": row.state,
        "use_count": row.use_count,
        "topics": [topic.slug for topic in topics.get(row.id, ())],
        "url": f"{place}{row.id}",
        **_place(row),
        **_days(row),
        **_needs(row),
        **_origin(row),
    }


def _place(row: Row) -> dict[str, Any]:
    return {
        "municipality": row.municipality_title,
        "ars": row.municipality_ars,
        "municipality_kind": row.municipality_kind,
        "population": row.population,
    }


def _days(row: Row) -> dict[str, Any]:
    return {
        "used_since": row.used_since.isoformat() if row.used_since else None,
        "published_on": _day(row.published_at),
        "updated_on": _day(row.updated_at),
    }


def _day(moment: Any) -> str | None:
    return clock.local_date(moment).isoformat() if moment else None


def _needs(row: Row) -> dict[str, Any]:
    names = (
        "cost_once cost_yearly cost_class cost_note staff legal_basis software duration "
        "conditions lessons"
    )
    needs = {name: getattr(row, name) for name in names.split()}
    return needs | {"software_licence": row.licence}


def _origin(row: Row) -> dict[str, Any]:
    """From whom it was taken over, where everybody sees that one."""
    is_shown = row.parent_id is not None and row.parent_hidden_at is None
    return {
        "taken_over_from": row.parent_reference if is_shown else None,
        "degree": row.degree,
        "changed": row.changed,
    }


def permanent() -> str:
    """How addresses without a title begin, which stay whatever becomes of it; a number ends them.

    Made once: for a whole register it took longer than everything else.
    """
    return absolute(url_for("innovations.show", id=0)).removesuffix("0")


def source() -> str:
    """Who publishes it: the name of the platform and its address."""
    config: Config = current_app.extensions["civic_config"]
    return f"{config.site_name}, {absolute('/')}"
