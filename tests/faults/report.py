"""What the experiments saw, as a table: printed at the end, and kept in docs/faults.md.

Each measurement is a row known by experiment and case ("F1", "SQLite, web server killed"). A run of
some experiments replaces their rows and leaves the others with the day on which they were seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
HEAD = """# Faults

What happens when something breaks, tried out on the real application in production shape: gunicorn
with several processes, the database forcing every commit to the disk. `make faults` runs all of it
and writes this page; `make test` keeps a short form of F1, F5, F7 and F25.

Writers put each acknowledged act into a ledger before they send the next one; afterwards the ledger
is compared with the database. Each experiment has a control: the same measure on something known to
be wrong, which it must find. A row of a control says what was found.

| | Case | Passes when | Seen | On |
|---|---|---|---|---|
"""
ROW = re.compile(r"^\| (F\d+) \| (.+?) \| (.+?) \| (.+?) \| (\d{4}-\d\d-\d\d) \|$")


@dataclass(frozen=True)
class Row:
    """One measurement. `criterion` says when it passes; of a control, when the fault was found."""

    experiment: str
    case: str
    criterion: str
    seen: str
    on: str

    def __str__(self) -> str:
        return f"| {self.experiment} | {self.case} | {self.criterion} | {self.seen} | {self.on} |"

    @property
    def place(self) -> tuple[int, bool]:
        return int(self.experiment[1:]), self.case.startswith("Control")


@dataclass
class Report:
    """The measurements of this run."""

    rows: list[Row] = field(default_factory=list)

    def note(self, experiment: str, case: str, criterion: str, seen: str) -> None:
        """Keep a measurement; call it before the assertions, so that a miss is seen, too."""
        said = [" ".join(part.replace("|", "/").split()) for part in (case, criterion, seen)]
        self.rows.append(Row(experiment, *said, date.today().isoformat()))  # noqa: DTZ011 - the day of whoever reads it

    def write(self, path: Path = PAGE) -> None:
        """Put the rows of this run in the place of older ones of the same cases."""
        old = rows_in(path.read_text()) if path.exists() else []
        known = {(row.experiment, row.case): row for row in [*old, *self.rows]}
        rows = sorted(known.values(), key=lambda row: row.place)
        path.write_text(HEAD + "".join(f"{row}\n" for row in rows))


def rows_in(text: str) -> list[Row]:
    found = (ROW.match(line) for line in text.splitlines())
    return [Row(*match.groups()) for match in found if match]


def number(value: float) -> str:
    """1234567 -> 1,234,567; 0.123 -> 0.12."""
    return f"{value:,.0f}" if float(value).is_integer() or value >= 100 else f"{value:.2f}"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def counted(statuses: dict[int, int]) -> str:
    """{303: 20, 503: 4} -> '20 × 303, 4 × 503'."""
    return ", ".join(f"{number(n)} × {status}" for status, n in sorted(statuses.items())) or "none"


def percentile(values: list[float], percent: float) -> float:
    """The value below which so many percent lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
