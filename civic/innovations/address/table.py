"""Tables for spreadsheets: what a person wrote never becomes a formula there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from civic.innovations.reader import write_number

#: A spreadsheet takes a cell that begins like this for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Tells spreadsheets that the letters are UTF-8.
MARK = "\ufeff"


def harmless(text: str) -> str:
    """A cell of text that no spreadsheet reckons with (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text


def table_of(values: Iterable[Any]) -> str:
    """Values as "datum;wert;bemerkung", as `reader.read` takes them back."""
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(("datum", "wert", "bemerkung"))
    for row in values:
        writer.writerow((row.measured_on.isoformat(), write_number(row.value), harmless(row.note)))
    return out.getvalue()
