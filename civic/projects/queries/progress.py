"""How far a project has come, in the figures that its page draws. Pure computing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Protocol

from babel import dates

from civic.core.language import current_language
from civic.projects.models import MilestoneState, Project

#: The line that is drawn: where it begins and ends, in the units of the drawing.
LEFT, RIGHT = 24.0, 696.0
#: Stations stand at least so far apart, so that each can be seen.
GAP = 26.0
#: Bars of the chart; more of them nobody reads.
MOST_BARS = 24
WEEKS_UP_TO = timedelta(days=16 * 7)


class Stone(Protocol):
    """What is drawn of a milestone."""

    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def due_on(self) -> date: ...
    @property
    def settled_on(self) -> date | None: ...
    @property
    def state(self) -> MilestoneState: ...


@dataclass(frozen=True)
class Station:
    """A milestone on the line."""

    number: int
    milestone: Stone
    #: The day at which it stands: when it was settled, else when it is due.
    day: date
    x: float
    #: "reached", "dropped", "late", "next" (the next one ahead) or "planned".
    look: str


@dataclass(frozen=True)
class Line:
    """The time of a project with its milestones."""

    first: date
    last: date
    stations: Sequence[Station]
    #: Where today stands; None before the first and after the last day.
    today: float | None
    #: How far the way is solid: up to today, or to its end.
    gone: float

    @property
    def reached(self) -> int:
        return sum(station.look == "reached" for station in self.stations)

    @property
    def counted(self) -> int:
        """Those that were not dropped."""
        return sum(station.look != "dropped" for station in self.stations)

    @property
    def next(self) -> Station | None:
        """What the team works towards; a late one comes first."""
        ahead = (s for s in self.stations if s.look in {"late", "next"})
        return next(ahead, None)


@dataclass(frozen=True)
class Bar:
    """How many tasks were done by the end of a stretch of time."""

    label: str
    group: str
    last: date
    value: int
    now: bool


@dataclass(frozen=True)
class Pace:
    """Tasks done over time. Numbers only: what the tasks are is the team's own business."""

    done: int
    total: int
    bars: Sequence[Bar]


def line_of(project: Project, milestones: Sequence[Stone], today: date) -> Line | None:
    """The line of a project; None without milestones."""
    if not milestones:
        return None
    placed = sorted(((_day(m), m.id, m) for m in milestones), key=lambda one: one[:2])
    days = [day for day, _, _ in placed]
    known = [day for day in (project.begins_on, project.ends_on) if day]
    first, last = min(days + known), max(days + known)
    if project.is_living:  # what is under way reaches from the past to today at least
        first, last = min(first, today), max(last, today)
    spread = _apart([_at(day, first, last) for day in days])
    upcoming = next((m.id for _, _, m in placed if _is_ahead(m, today)), None)
    stations = [
        Station(n, m, day, x, _look(m, today, upcoming))
        for n, ((day, _, m), x) in enumerate(zip(placed, spread, strict=True), 1)
    ]
    is_inside = first <= today <= last
    now = _at(today, first, last) if is_inside else None
    return Line(first, last, stations, now, now if now is not None else RIGHT)


def pace_of(done: Mapping[date, int], still_open: int, first: date, today: date) -> Pace | None:
    """Tasks done by day, put together by week, month, quarter or year; None without tasks.

    done: how many were done on each day; first: when the project was begun.
    """
    total = sum(done.values()) + still_open
    if not total:
        return None
    last = max([today, *done])
    first = min([first, *done])
    ends = _ends(first, last)
    sums = list(accumulate(_sums(done, ends)))
    bars = [_bar(end, value, ends, today) for end, value in zip(ends, sums, strict=True)]
    return Pace(sum(done.values()), total, bars if sums[-1] else ())


def _day(milestone: Stone) -> date:
    return milestone.settled_on or milestone.due_on


def _is_ahead(milestone: Stone, today: date) -> bool:
    return milestone.state is MilestoneState.PLANNED and milestone.due_on >= today


def _look(milestone: Stone, today: date, upcoming: int | None) -> str:
    if milestone.state is not MilestoneState.PLANNED:
        return milestone.state.value
    if milestone.due_on < today:
        return "late"
    return "next" if milestone.id == upcoming else "planned"


def _at(day: date, first: date, last: date) -> float:
    length = (last - first).days
    return round(LEFT + (RIGHT - LEFT) * ((day - first).days / length if length else 0.5), 1)


def _apart(places: Sequence[float]) -> list[float]:
    """The same places, in order and moved so that none covers another."""
    gap = min(GAP, (RIGHT - LEFT) / max(len(places) - 1, 1))
    spread: list[float] = []
    for place in places:
        spread.append(max(place, spread[-1] + gap) if spread else place)
    limit = RIGHT
    for at in range(len(spread) - 1, -1, -1):
        spread[at] = round(min(spread[at], limit), 1)
        limit = spread[at] - gap
    return spread


def _ends(first: date, last: date) -> list[date]:
    """The last days of all stretches from one day to another, by the finest that fits."""
    if last - first <= WEEKS_UP_TO:
        return _up_to(last, _sundays(first))
    for months in (1, 3, 12):
        ends = _up_to(last, _month_ends(first, months))
        if len(ends) <= MOST_BARS:
            return ends
    return ends[-MOST_BARS:]


def _up_to(last: date, ends: Iterator[date]) -> list[date]:
    """All ends before a day, and the first that is not."""
    found = []
    for end in ends:
        found.append(end)
        if end >= last:
            break
    return found


def _sundays(first: date) -> Iterator[date]:
    day = first + timedelta(days=6 - first.weekday())
    while True:
        yield day
        day += timedelta(days=7)


def _month_ends(first: date, months: int) -> Iterator[date]:
    """The last days of months, quarters (3) or years (12)."""
    number = first.year * 12 + (first.month - 1) // months * months
    while True:
        number += months
        yield date(number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _sums(done: Mapping[date, int], ends: Sequence[date]) -> list[int]:
    """How many were done in each stretch; what lies before the first counts to it."""
    found: Counter[date] = Counter()
    for day, number in done.items():
        found[next(end for end in ends if day <= end)] += number
    return [found[end] for end in ends]


def _bar(end: date, value: int, ends: Sequence[date], today: date) -> Bar:
    is_weekly = len(ends) < 2 or (ends[1] - ends[0]).days == 7
    pattern = "d.M." if is_weekly else "LLL"
    label = dates.format_date(end, pattern, locale=current_language())
    before = [other for other in ends if other < end]
    is_now = end >= today and (not before or before[-1] < today)
    return Bar(label, str(end.year), end, value, is_now)
