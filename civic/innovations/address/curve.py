"""Where the points of a series lie in a drawing of 720 by 340; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from civic.innovations.address.figures import figure
from civic.innovations.queries.figures import Series, Value

#: The field of the drawing: its sides (figures of the scale stand left of it), top and bottom.
LEFT, RIGHT, TOP, BOTTOM = 80.0, 700.0, 30.0, 268.0
#: About so many lines lie across it.
LINES = 4
#: More points are drawn as a line without stations.
MOST_STATIONS = 24
#: So few values, none below zero, are drawn as columns: each of them counts by itself.
MOST_COLUMNS = 8
#: Longer figures do not fit above a column on a phone.
LONGEST_FIGURE = 7
#: The scale of columns counts in whole numbers, and not beyond this.
SMALLEST_SCALE, LARGEST_SCALE = 4, 10**8


@dataclass(frozen=True)
class Point:
    """A value and where it lies."""

    x: float
    y: float
    value: Value

    @property
    def label(self) -> str:
        return figure(self.value.value)


@dataclass(frozen=True)
class Line:
    """A line across the drawing at a value."""

    y: float
    value: Decimal

    @property
    def label(self) -> str:
        return figure(self.value)


@dataclass(frozen=True)
class Curve:
    """Everything that is drawn of a series."""

    points: list[Point]
    grid: list[Line]
    zero: float
    baseline: Line | None
    target: Line | None

    @property
    def path(self) -> str:
        """The line from value to value, as SVG says it."""
        return "M" + "L".join(f"{point.x:.1f} {point.y:.1f}" for point in self.points)

    @property
    def has_stations(self) -> bool:
        return len(self.points) <= MOST_STATIONS


def fits_columns(series: Series) -> bool:
    """Whether the values are drawn as columns rather than as a line."""
    values = [value.value for value in series.values]
    marks = [v for v in (series.indicator.baseline, series.indicator.target) if v is not None]
    return (
        0 < len(values) <= MOST_COLUMNS
        and min(*values, *marks, values[0]) >= 0
        and SMALLEST_SCALE <= max(*values, *marks, values[0]) <= LARGEST_SCALE
        and all(len(figure(value)) <= LONGEST_FIGURE for value in values)
    )


def curve(series: Series) -> Curve:
    """Lay the values out: days from side to side, values from a round one below to one above.

    Zero always is in the drawing, so that a small change does not look like a large one.
    """
    values = [value.value for value in series.values]
    extra = [v for v in (series.indicator.baseline, series.indicator.target) if v is not None]
    low, high = min(*values, *extra, Decimal(0)), max(*values, *extra, Decimal(0))
    step = _round_step(high - low or Decimal(1))
    floor = math.floor(low / step) * step
    ceiling = max(math.ceil(high / step) * step, floor + step)
    scale = (BOTTOM - TOP) / float(ceiling - floor)

    def height(value: Decimal) -> float:
        return BOTTOM - float(value - floor) * scale

    def line(value: Decimal | None) -> Line | None:
        return None if value is None else Line(height(value), value)

    first, last = series.values[0].on, series.values[-1].on
    return Curve(
        points=[Point(_side(v.on, first, last), height(v.value), v) for v in series.values],
        grid=[Line(height(value), value) for value in _range(floor, ceiling, step)],
        zero=height(Decimal(0)),
        baseline=line(series.indicator.baseline),
        target=line(series.indicator.target),
    )


def _side(day: date, first: date, last: date) -> float:
    """From left to right by the days that lie between; a single value stands in the middle."""
    if first == last:
        return (LEFT + RIGHT) / 2
    return LEFT + (RIGHT - LEFT) * (day - first).days / (last - first).days


def _round_step(span: Decimal) -> Decimal:
    """A distance of lines that people count in: 1, 2, 2.5 or 5 with any number of zeros."""
    rough = span / LINES
    power = Decimal(10) ** rough.adjusted()
    return next(
        base * power for base in map(Decimal, ("1", "2", "2.5", "5", "10")) if base * power >= rough
    )


def _range(floor: Decimal, ceiling: Decimal, step: Decimal) -> Iterator[Decimal]:
    value = floor
    while value <= ceiling:
        yield value
        value += step
