"""Reads the official directory of German municipalities (GV100AD of the Statistisches Bundesamt).

The library knows where each field stands. This module adds what an import needs: the number of
the line that is wrong, keys in one length, names as people say them, and one entry a place. A city
that is its own county (or its own state) stands in the file two or three times under one key; it
is one place here, a municipality.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from gv100ad import District as County
from gv100ad import (
    DistrictType,
    FederalState,
    GV100ADReader,
    Municipality,
    MunicipalityType,
)

Kind = Literal["land", "kreis", "gemeinde"]

ARS_LENGTH = 12
AGS_LENGTH = 8
LAND, KREIS, GEMEINDE, ASSOCIATION = 2, 5, 8, 4
POPULATION = slice(139, 150)
RANK: dict[Kind, int] = {"land": 0, "kreis": 1, "gemeinde": 2}

COUNTY_WORDS = {
    DistrictType.KREIS: "Kreis",
    DistrictType.LANDKREIS: "Landkreis",
    DistrictType.REGIONALVERBAND: "Regionalverband",
}
TOWN_WORDS = {
    MunicipalityType.MARKT: "Markt",
    MunicipalityType.KREISFREIE_STADT: "Stadt",
    MunicipalityType.STADTKREIS: "Stadt",
    MunicipalityType.STADT: "Stadt",
    MunicipalityType.KREISANGEHOERIGE_GEMEINDE: "Gemeinde",
    MunicipalityType.GROSSE_KREISSTADT: "Stadt",
}
#: What the file appends to a name in short; a longer word ("Hansestadt") is taken as it stands.
SHORT_WORDS = {"St": "Stadt", "M": "Markt", "GKSt": "Stadt", "krfr. St": "Stadt", "gemfr. Geb.": ""}
#: A county whose name says what it is ("Rhein-Kreis Neuss", "Region Hannover") needs no word.
TELLING = ("kreis", "region", "verband")


class DirectoryError(ValueError):
    """A line of the file is broken; the message says how, `line` says where (from 1)."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Entry:
    """One place of the directory.

    `ars` (12 digits) and `ags` (8 digits) are filled up with zeros on the right. `name` is what
    people say ("Lindfurt"), `title` tells what it is ("Stadt Lindfurt"). The population of a
    county or state is the sum of its municipalities.
    """

    line: int
    kind: Kind
    ars: str
    ags: str
    name: str
    title: str
    population: int
    parent_ars: str | None


def read_directory(path: Path, *, encoding: str = "utf-8-sig") -> Iterator[Entry]:
    """Yield every inhabited place, parents before children.

    The file is read to its end before the first entry comes, so that an import takes all of it or
    nothing. Old files (before UTF-8) need `encoding="latin-1"`.

    Raises `DirectoryError` at the first broken line.
    """
    with path.open("rb") as file:
        entries = list(_entries(_Lines(file, encoding)))
    _check_keys(entries)
    residents = _residents(entries)
    # Later in this mapping wins: the municipality over the county and the state it is as well.
    ranked = sorted(entries, key=lambda entry: RANK[entry.kind])
    places = {entry.ars: entry for entry in ranked}
    for entry in sorted(places.values(), key=lambda entry: (RANK[entry.kind], entry.line)):
        population = residents[_prefix(entry)]
        yield replace(entry, population=population, parent_ars=_parent(entry, places))


class _Lines:
    """What the library reads from; it remembers the line it handed out last."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self.number = 0
        self.text = ""

    def readline(self) -> str:
        """Hand out the next line, decoded on its own so that a wrong character has a number."""
        raw = self._file.readline()
        self.number += 1
        try:
            self.text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            message = f"is not {self._encoding}; old files are latin-1, give the encoding then."
            raise DirectoryError(self.number, message) from None
        return self.text


def _entries(lines: _Lines) -> Iterator[Entry]:
    records = iter(GV100ADReader(lines).read())
    while True:
        try:
            record = next(records, None)
            if record is None:
                return
            entry = _entry(record, lines)
        except DirectoryError:
            raise
        except ValueError as error:  # all that the library raises
            kind = lines.text[:2]
            message = f"is no valid record of type {kind!r} ({error})."
            raise DirectoryError(lines.number, message) from error
        if entry is not None:
            yield entry


def _entry(record: Any, lines: _Lines) -> Entry | None:
    """Return the place of a record; none for kinds between them, and where nobody lives."""
    if not record.name:
        raise DirectoryError(lines.number, "has no name.")
    if isinstance(record, FederalState):
        return _place(lines.number, "land", _key(record, lines, LAND), record.name)
    if isinstance(record, County):
        word = COUNTY_WORDS.get(record.type, "")
        title = _county_title(record.name, word)
        return _place(lines.number, "kreis", _key(record, lines, KREIS), record.name, title)
    if isinstance(record, Municipality):
        return _municipality(record, lines)
    return None


def _municipality(record: Any, lines: _Lines) -> Entry | None:
    key = _key(record, lines, GEMEINDE)
    if not _is_number(record.association, ASSOCIATION):
        raise DirectoryError(lines.number, f"has no association key, but {record.association!r}.")
    if not lines.text[POPULATION].strip().isdecimal():
        raise DirectoryError(lines.number, f"has no population, but {lines.text[POPULATION]!r}.")
    if record.type is MunicipalityType.GEMEINDEFREIES_GEBIET_UNBEWOHNT:
        return None
    name, _, addition = record.name.partition(", ")
    word = SHORT_WORDS.get(addition, addition) or TOWN_WORDS.get(record.type, "")
    entry = _place(lines.number, "gemeinde", key, name, f"{word} {name}".strip())
    ars = key[:KREIS] + record.association + key[KREIS:]
    return replace(entry, ars=ars, population=record.inhabitants)


def _place(line: int, kind: Kind, key: str, name: str, title: str = "") -> Entry:
    return Entry(
        line=line,
        kind=kind,
        ars=key.ljust(ARS_LENGTH, "0"),
        ags=key.ljust(AGS_LENGTH, "0"),
        name=name,
        title=title or name,
        population=0,
        parent_ars=None,
    )


def _key(record: Any, lines: _Lines, length: int) -> str:
    key: str = record.regional_code
    if not _is_number(key, length):
        raise DirectoryError(lines.number, f"has no key of {length} digits, but {key!r}.")
    return key


def _is_number(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdecimal()


def _county_title(name: str, word: str) -> str:
    telling = any(part in name.lower() for part in TELLING)
    return name if telling or not word else f"{word} {name}"


def _prefix(entry: Entry) -> str:
    return entry.ars[: {"land": LAND, "kreis": KREIS, "gemeinde": ARS_LENGTH}[entry.kind]]


def _residents(entries: Sequence[Entry]) -> Counter[str]:
    """Add up the people of each municipality, county and state, by the beginning of the key."""
    sums: Counter[str] = Counter()
    for entry in entries:
        for length in (LAND, KREIS, ARS_LENGTH):
            sums[entry.ars[:length]] += entry.population
    return sums


def _parent(entry: Entry, places: Mapping[str, Entry]) -> str | None:
    """Return the next place above that stands for itself: a city that is its own county has none.

    So a municipality lies in its county, or else in its state, or else (Berlin) in nothing.
    """
    for length in (KREIS, LAND):
        above = places.get(entry.ars[:length].ljust(ARS_LENGTH, "0"))
        if above is not None and RANK[above.kind] < RANK[entry.kind]:
            return above.ars
    return None


def _check_keys(entries: Sequence[Entry]) -> None:
    """Refuse a key that stands for two places, and a place whose county or state is not there."""
    seen: dict[tuple[Kind, str], int] = {}
    for entry in entries:
        if first := seen.get((entry.kind, entry.ars)):
            raise DirectoryError(entry.line, f"repeats the key {entry.ars} of line {first}.")
        seen[entry.kind, entry.ars] = entry.line
    above: dict[Kind, tuple[Kind, int]] = {"gemeinde": ("kreis", KREIS), "kreis": ("land", LAND)}
    for entry in entries:
        if entry.kind not in above:
            continue
        kind, length = above[entry.kind]
        key = entry.ars[:length]
        if (kind, key.ljust(ARS_LENGTH, "0")) not in seen:
            raise DirectoryError(entry.line, f"belongs to {key}, which the file does not list.")
