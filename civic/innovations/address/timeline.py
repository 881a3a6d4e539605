"""The time line of the register: which stage how many entries have reached, by years."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from civic.core import clock
from civic.core.feature import Sign
from civic.core.language import translate
from civic.innovations.address import SIGNS
from civic.innovations.models import WAY, Stage

#: Years that stand for themselves; those before them share a column.
MOST_YEARS = 10
#: Stages from the one that is reached last, so that the way leads upwards; endings below.
LANES = (*reversed(WAY), Stage.ENDED)
#: Radius of a station for one entry and for the largest number, in a drawing of 48 by 48.
SMALLEST, LARGEST = 8.0, 22.0


@dataclass(frozen=True)
class Station:
    """How many entries of a stage began in a year."""

    number: int
    radius: float
    is_now: bool


@dataclass(frozen=True)
class Lane:
    """A stage with its stations, one for each column; None where there is nothing."""

    stage: Stage
    stations: Sequence[Station | None]
    total: int

    @property
    def label(self) -> str:
        return translate(self.stage.label)


@dataclass(frozen=True)
class Timeline:
    """What is drawn: columns from the earliest to this year, lanes from the last stage down."""

    columns: Sequence[str]
    lanes: Sequence[Lane]


def year_of(row: Any) -> int:
    """The year in which an entry first came into use, else in which it was entered."""
    since: date = row.used_since or clock.local_date(row.published_at)
    return since.year


def stage_sign(state: str) -> Sign:
    """The stage alone, where the number of uses stands beside it (Jinja global)."""
    variant, icon, step = SIGNS[Stage(state)]
    return Sign(translate(Stage(state).label), variant, icon, step)


def timeline(rows: Iterable[Any]) -> Timeline:
    """Lay the entries out by year and stage."""
    this_year = clock.today().year
    first = this_year - MOST_YEARS + 1
    counted = Counter((Stage(row.state), max(year_of(row), first - 1)) for row in rows)
    earliest = min((year for _stage, year in counted), default=this_year)
    years = range(min(earliest, this_year), this_year + 1)
    most = max(counted.values(), default=1)
    return Timeline(
        [_("before %(year)s", year=first) if year < first else str(year) for year in years],
        [_lane(stage, years, counted, most) for stage in LANES],
    )


def _lane(
    stage: Stage, years: Sequence[int], counted: Counter[tuple[Stage, int]], most: int
) -> Lane:
    numbers = [counted[stage, year] for year in years]
    last = years[-1]
    stations = [
        Station(number, _radius(number, most), year == last) if number else None
        for year, number in zip(years, numbers, strict=True)
    ]
    return Lane(stage, stations, sum(numbers))


def _radius(number: int, most: int) -> float:
    """The area grows with the number."""
    return round(SMALLEST + (LARGEST - SMALLEST) * math.sqrt(number / most), 1)
