"""Schedules: each window once, the latest one after a pause, exact in both nights of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from civic.core import clock
from civic.core.feature import Every, Schedule
from civic.core.work import jobs as service
from civic.core.work.models import JobState
from civic.core.work.runner import run_due
from civic.core.work.schedule import enqueue_due, latest
from tests.core.mailing import jobs, only


def local(words: str, fold: int = 0) -> datetime:
    """A moment as clocks in Germany show it; `fold=1`: for the second time."""
    return datetime.fromisoformat(words).replace(tzinfo=clock.HOME_ZONE, fold=fold)


DAILY = Schedule("x", Every.DAY, at=time(2, 30))
WEEKLY = Schedule("x", Every.WEEK, at=time(7), weekday=4)
HOURLY = Schedule("x", Every.HOUR, at=time(9, 15))


@pytest.mark.parametrize(
    ("schedule", "now", "window"),
    [
        (DAILY, local("2026-11-22T02:29:59"), "2026-11-21"),
        (DAILY, local("2026-11-22T02:30"), "2026-11-22"),
        (DAILY, local("2026-11-22T23:59"), "2026-11-22"),
        (DAILY, local("2028-02-29T12:00"), "2028-02-29"),
        (DAILY, datetime(2026, 7, 1, 0, 29, tzinfo=UTC), "2026-06-30"),
        (DAILY, datetime(2026, 7, 1, 0, 30, tzinfo=UTC), "2026-07-01"),
        (WEEKLY, local("2026-11-20T06:59"), "2026-W46"),
        (WEEKLY, local("2026-11-20T07:00"), "2026-W47"),
        (WEEKLY, local("2026-11-26T23:00"), "2026-W47"),
        (WEEKLY, local("2027-01-01T08:00"), "2026-W53"),
        (HOURLY, local("2026-11-22T12:14"), "2026-11-22T10Z"),
        (HOURLY, local("2026-11-22T12:15"), "2026-11-22T11Z"),
    ],
)
def test_the_latest_window(schedule, now, window):
    found = latest(schedule, now)
    assert found.name == window
    assert found.at <= now
    assert latest(schedule, found.at) == found
    assert latest(schedule, found.at - timedelta(seconds=1)).name != window


def test_in_spring_a_time_that_is_leapt_over_comes_once():
    """29 March 2026: from 02:00 the clock goes to 03:00, and there is no 02:30."""
    assert latest(DAILY, local("2026-03-29T01:59")).name == "2026-03-28"
    found = latest(DAILY, local("2026-03-29T03:30"))
    assert (found.name, found.at) == ("2026-03-29", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))


def test_in_autumn_a_time_that_is_shown_twice_counts_once():
    """25 October 2026: 02:30 is shown in summer time and an hour later in winter time."""
    first = latest(DAILY, local("2026-10-25T02:30"))
    again = latest(DAILY, local("2026-10-25T02:30", fold=1))
    assert first == again
    assert first.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "hours"), [(HOURLY, 1), (DAILY, 24), (WEEKLY, 24 * 7)], ids=["hour", "day", "week"]
)
@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)])
def test_no_window_is_missed_and_none_comes_twice(schedule, hours, night):
    """Looked at every five minutes for three weeks around the night."""
    start = datetime.combine(night, time(12), UTC) - timedelta(days=11)
    seen = [latest(schedule, start + timedelta(minutes=5 * n)) for n in range(12 * 24 * 22)]
    windows = list(dict.fromkeys(seen))
    assert seen == sorted(seen, key=lambda window: window.at)
    assert len({window.name for window in windows}) == len(windows)
    assert abs(len(windows) - 24 * 22 / hours) <= 1
    if schedule.every is not Every.HOUR:
        shown = {window.at.astimezone(clock.HOME_ZONE).time() for window in windows}
        assert shown <= {schedule.at, time(3, 30)}, "the local time stays where it was"


# -- in the house ----------------------------------------------------------------------------


@pytest.fixture
def done(inside, monkeypatch) -> list[dict]:
    seen: list[dict] = []
    monkeypatch.setattr(inside.extensions["civic"], "jobs", {"x": seen.append})
    return seen


def test_after_three_days_without_a_worker_the_latest_window_is_done_once(done):
    with clock.at(local("2026-11-18T12:00")):
        assert [enqueue_due([DAILY]), enqueue_due([DAILY])] == [1, 0]
        run_due()
    with clock.at(local("2026-11-22T12:00")):
        assert [enqueue_due([DAILY]), enqueue_due([DAILY])] == [1, 0]
        run_due()
        assert enqueue_due([DAILY]) == 0
    assert done == [
        {"window": "2026-11-18", "at": "2026-11-18T01:30:00+00:00"},
        {"window": "2026-11-22", "at": "2026-11-22T01:30:00+00:00"},
    ]


def test_a_window_that_was_done_outlives_the_housekeeping(done):
    """A weekly window stays the latest for seven days; its key must not be forgotten meanwhile."""
    begun = local("2026-11-20T07:00")
    for day in range(7):
        with clock.at(begun + timedelta(days=day)):
            enqueue_due([WEEKLY])
            run_due()
            service.forget_done()
    assert len(done) == 1
    assert only(jobs()).state is JobState.DONE


def test_a_window_that_is_dropped_does_not_come_back(done):
    with clock.at(local("2026-11-22T12:00")):
        enqueue_due([DAILY])
        service.drop(only(jobs()).id)
        assert enqueue_due([DAILY]) == 0
        assert run_due() == 0


def test_a_clock_that_was_wrong_makes_no_storm(done):
    """400 days ahead and back again: one window each, and none of those between."""
    for moment in ("2026-11-22T12:00", "2027-12-27T12:00", "2026-11-22T12:01"):
        with clock.at(local(moment)):
            enqueue_due([DAILY])
            run_due()
    assert [payload["window"] for payload in done] == ["2026-11-22", "2027-12-27"]


def test_every_schedule_of_the_house_is_somebodys_job(inside):
    house = inside.extensions["civic"]
    assert {schedule.kind for schedule in house.schedules()} <= house.jobs.keys()
    assert len(house.schedules()) > 5
    with clock.at(local("2026-11-22T12:00")):
        assert enqueue_due(house.schedules()) == len(house.schedules())
        assert run_due() >= len(house.schedules())
        assert {job.state for job in jobs()} == {JobState.DONE}
