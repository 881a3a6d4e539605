"""Reading a table of measured values: "datum;wert;bemerkung". No database here.

German and English habits are both understood: dates as 31.01.2026 or 2026-01-31, a comma or a
point before the decimals, `;` or `,` between the columns, a first line with names or none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from civic.core import clock
from civic.core.errors import RuleBroken
from civic.core.language import N_

#: Larger tables are not read.
MOST_BYTES = 200 * 1024
MOST_LINES = 1000
LONGEST_NOTE = 200
#: What the column holds without losing a digit on either database.
MOST_BEFORE_POINT, MOST_DECIMALS = 11, 4
EARLIEST = date(1900, 1, 1)
DATE_AND_VALUE = 2
#: Characters of a line; what is longer holds a remark that is too long in any case.
LONGEST = 2000
#: Signs of a number; one with more is none that anybody measured.
LONGEST_NUMBER = 40

GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
#: Where the columns of a first line with names begin.
NAMES_OF_DATE = frozenset({"datum", "date", "tag", "day"})
SPACES = dict.fromkeys(map(ord, "  \u2009'’"))
#: "1.284": thousands in German, decimals in English.
UNCLEAR = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
THOUSANDS = re.compile(r"-?[1-9]\d{0,2}((\.\d{3})+(,\d+)?|(,\d{3}){2,}(\.\d+)?|,\d{3}\.\d+)")


class Row(NamedTuple):
    """A value of the table, with the number of its line."""

    line: int
    on: date
    value: Decimal
    note: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line: a msgid with its values."""

    line: int
    message: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """What was read; with faults nothing of it is taken over."""

    rows: Sequence[Row]
    faults: Sequence[Fault]


def read(raw: bytes, unit: str = "") -> Sheet:
    """Read a table. Raises `RuleBroken` where it is none, or too large."""
    if len(raw) > MOST_BYTES:
        raise RuleBroken(
            N_("The file is too large. At most %(most)s KB are read."),
            "file",
            most=MOST_BYTES // 1024,
        )
    rows: dict[date, Row] = {}
    faults: list[Fault] = []
    for number, cells in _lines(_text(raw)):
        try:
            row = _row(number, cells, unit)
            _check_new(rows.get(row.on))
        except RuleBroken as broken:
            faults.append(Fault(number, broken.message, dict(broken.values)))
        else:
            rows[row.on] = row
    if not rows and not faults:
        raise RuleBroken(N_("There are no values in the file."), "file")
    return Sheet(list(rows.values()), faults)


def _check_new(same_day: Row | None) -> None:
    if same_day is not None:
        raise RuleBroken(N_("The same day stands in line %(line)s already."), line=same_day.line)


def _text(raw: bytes) -> str:
    """UTF-8, with or without a mark, else what older spreadsheets write."""
    if b"\0" in raw:
        raise RuleBroken(N_("This is no table of text. Please save it as CSV."), "file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells of the lines that hold something; names of columns are left out.

    The first line says what stands between the columns. No cells: they cannot be told apart.
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip(" ;,\t")]
    if len(lines) > MOST_LINES + 1:
        raise RuleBroken(
            N_("The file has more than %(most)s lines. Please divide it."), "file", most=MOST_LINES
        )
    separator = next((mark for mark in ";\t" if lines and mark in lines[0][1]), ",")
    for place, (number, line) in enumerate(lines):
        cells = [cell.strip() for cell in next(csv.reader([line[:LONGEST]], delimiter=separator))]
        if place == 0 and cells[0].lower() in NAMES_OF_DATE:
            continue
        if separator == "," and len(cells) > DATE_AND_VALUE and cells[2].isdecimal():
            cells = []  # "31.01.2026,12,5": nobody knows which comma is which
        yield number, cells


def _row(number: int, cells: Sequence[str], unit: str) -> Row:
    if len(cells) < DATE_AND_VALUE:
        raise RuleBroken(N_("A date and a value are needed, with a semicolon between them."))
    note = " ".join(cell for cell in cells[2:] if cell)
    if len(note) > LONGEST_NOTE:
        raise RuleBroken(N_("The remark is longer than %(most)s characters."), most=LONGEST_NOTE)
    return Row(number, read_date(cells[0]), read_number(cells[1], unit), note)


def read_date(text: str) -> date:
    """A day in the German or the international way. Raises `RuleBroken`."""
    for pattern, order in ((GERMAN_DATE, (3, 2, 1)), (ISO_DATE, (1, 2, 3))):
        if found := pattern.fullmatch(text):
            with suppress(ValueError):  # 31.02.
                return check_day(date(*(int(found[part]) for part in order)))
    raise RuleBroken(
        N_("“%(text)s” is no date. Write it like 31.01.2026 or 2026-01-31."),
        text=text[:LONGEST_NUMBER],
    )


def check_day(day: date) -> date:
    """Measured is what lies behind us. Raises `RuleBroken`."""
    if day > clock.today():
        raise RuleBroken(N_("This day lies in the future. Only what was measured counts."))
    if day < EARLIEST:
        raise RuleBroken(N_("This day lies before the year 1900. Please check it."))
    return day


def read_number(text: str, unit: str = "") -> Decimal:
    """A number as people write it, with its unit or without. Raises `RuleBroken`."""
    plain = _bare(text[:LONGEST], unit)
    if UNCLEAR.fullmatch(plain):
        raise RuleBroken(
            N_(
                "“%(text)s” can be read in two ways. Write thousands without a point, and decimals "
                "with a comma."
            ),
            text=text[:LONGEST_NUMBER],
        )
    if THOUSANDS.fullmatch(plain):
        first = min(mark for mark in map(plain.find, ".,") if mark >= 0)
        plain = plain.replace(plain[first], "")
    plain = plain.replace(",", ".")
    if len(plain) > LONGEST_NUMBER or not re.fullmatch(r"-?\d+(\.\d+)?", plain):
        raise RuleBroken(N_("“%(text)s” is no number."), text=text[:LONGEST_NUMBER])
    return check_number(Decimal(plain))


def write_number(value: Decimal) -> str:
    """A number as `read_number` understands it, in German: "1284,5"."""
    plain = f"{value:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain).replace(".", ",")


def _bare(text: str, unit: str) -> str:
    """The signs of the number alone."""
    bare = text.strip()
    if unit and bare.lower().endswith(unit.lower()):
        bare = bare[: -len(unit)]
    return bare.translate(SPACES).replace("−", "-").removeprefix("+")


def check_number(value: Decimal) -> Decimal:
    """Neither larger nor finer than what is kept. Raises `RuleBroken`."""
    if abs(value) >= 10**MOST_BEFORE_POINT:
        raise RuleBroken(N_("This number is too large. Please choose a larger unit."))
    if value != round(value, MOST_DECIMALS):
        raise RuleBroken(
            N_("At most %(most)s decimals are kept. Please round the number."), most=MOST_DECIMALS
        )
    return value
