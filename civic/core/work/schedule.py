"""Jobs by the clock. The window is the key of its job, so many workers make one job of it.

Nobody keeps a list of what was missed: at any moment the latest window is due, and either its job
stands there or it is made now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from civic.core import clock
from civic.core.db import db, transaction
from civic.core.feature import Every, Schedule
from civic.core.work import jobs
from civic.core.work.models import Job


class Window(NamedTuple):
    """A stretch of time for which a job is done once, and the moment from which it is due."""

    name: str
    at: datetime


def latest(schedule: Schedule, now: datetime) -> Window:
    """The window of a schedule that became due last.

    A local time that the clock leaps over in spring stands for the moment of the leap and a bit
    (02:30 is 03:30); one that it shows twice in autumn stands for the first.
    """
    if schedule.every is Every.HOUR:
        return _latest_hour(schedule, now)
    day = clock.local_date(now)
    step = timedelta(days=1)
    if schedule.every is Every.WEEK:
        day -= timedelta(days=(day.weekday() - schedule.weekday) % 7)
        step = timedelta(days=7)
    if _moment(schedule, day) > now:
        day -= step
    name = f"{day:%G-W%V}" if schedule.every is Every.WEEK else f"{day}"
    return Window(name, _moment(schedule, day))


def _latest_hour(schedule: Schedule, now: datetime) -> Window:
    """Named in UTC, where no hour comes twice."""
    at = now.astimezone(UTC).replace(minute=schedule.at.minute, second=0, microsecond=0)
    if at > now:
        at -= timedelta(hours=1)
    return Window(f"{at:%Y-%m-%dT%HZ}", at)


def _moment(schedule: Schedule, day: date) -> datetime:
    return datetime.combine(day, schedule.at, clock.HOME_ZONE).astimezone(UTC)


@transaction()
def enqueue_due(schedules: Iterable[Schedule]) -> int:
    """Put the job of each latest window into the queue unless it is there; returns how many."""
    now = clock.now()
    due = {f"{schedule.kind}:{w.name}": (schedule.kind, w) for schedule, w in _due(schedules, now)}
    there = set(db.session.scalars(select(Job.key).where(Job.key.in_(due))))
    return sum(
        jobs.enqueue(kind, {"window": window.name, "at": window.at.isoformat()}, key=key)
        for key, (kind, window) in due.items()
        if key not in there
    )


def _due(schedules: Iterable[Schedule], now: datetime) -> Iterable[tuple[Schedule, Window]]:
    return ((schedule, latest(schedule, now)) for schedule in schedules)
