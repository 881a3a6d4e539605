"""Jobs: once per key, held by one, tried again with pauses, given up, revived or dropped."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.feature import Every, Feature, House, Schedule
from civic.core.work import jobs as service
from civic.core.work import lease, queries
from civic.core.work.jobs import FIRST_PAUSE, LONGEST_PAUSE, MAX_ATTEMPTS, GiveUp, Later, enqueue
from civic.core.work.lease import LEASE, LeaseLost
from civic.core.work.models import IS_QUEUED, Job, JobState, Rank
from civic.core.work.runner import run_due
from tests.core.mailing import jobs, only

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(START):
        yield


@pytest.fixture
def house(inside, monkeypatch) -> House:
    """A house whose rooms do only what a test says."""
    found: House = inside.extensions["civic"]
    monkeypatch.setattr(found, "jobs", {})
    monkeypatch.setattr(found, "gave_up", {})
    return found


@pytest.fixture
def done(house) -> list[dict]:
    """The payloads of the jobs "note" that were done."""
    seen: list[dict] = []
    house.jobs["note"] = seen.append
    return seen


def put(kind: str = "note", payload: dict | None = None, **more: object) -> bool:
    with transaction():
        return enqueue(kind, payload, **more)


# -- into the queue --------------------------------------------------------------------------


def test_a_job_is_done_once(done):
    put(payload={"idea": 7})
    assert (run_due(), done) == (1, [{"idea": 7}])
    assert run_due() == 0
    job = only(jobs())
    assert (job.state, job.attempts, job.done_at, job.holder, job.lease_until) == (
        JobState.DONE, 1, START, None, None
    )  # fmt: skip


def test_what_was_rolled_back_is_not_done(done):
    @transaction()
    def act() -> None:
        enqueue("note")
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        act()
    assert (run_due(), done) == (0, [])


def test_two_jobs_with_one_key_are_one_job_even_when_it_was_done(done):
    assert [put(key="a"), put(key="a"), put(key="b")] == [True, False, True]
    run_due()
    assert put(key="a") is False
    assert (run_due(), len(done)) == (0, 2)


def test_without_a_key_each_is_a_job_of_its_own(done):
    assert [put(), put()] == [True, True]
    assert run_due() == 2


def test_a_kind_that_no_room_does_is_refused_at_once(done):
    with pytest.raises(LookupError, match="knit"):
        put("knit")


def test_a_job_waits_for_its_time(done):
    put(due_at=START + SECOND)
    assert run_due() == 0
    with clock.at(START + SECOND):
        assert run_due() == 1


def test_what_somebody_waits_for_goes_first_then_what_waited_longest(done):
    for number, rank in enumerate([Rank.BULK, Rank.ORDINARY, Rank.WAITED_FOR, Rank.ORDINARY]):
        with clock.at(START - SECOND * (4 - number)):
            put(payload={"n": number}, rank=rank)
    run_due()
    assert [payload["n"] for payload in done] == [2, 1, 3, 0]


def test_a_job_of_a_newer_version_waits_for_a_worker_that_knows_it(done, house):
    put()
    house.jobs["older"] = house.jobs.pop("note")
    assert run_due() == 0
    assert (only(jobs()).state, only(jobs()).attempts) == (JobState.QUEUED, 0)


# -- held by one -----------------------------------------------------------------------------


def test_what_one_worker_holds_no_other_takes(done):
    put()
    held = service.take(["note"])
    assert held is not None
    assert service.take(["note"]) is None
    with clock.at(START + LEASE):
        assert service.take(["note"]) is None


def test_what_a_killed_worker_held_another_takes_and_only_that_one_settles(done):
    put()
    killed = service.take(["note"])
    with clock.at(START + LEASE + SECOND):
        heir = service.take(["note"])
        assert (heir.id, heir.attempts) == (killed.id, 2)
        for settle in (
            lambda: service.finish(killed),
            lambda: service.postpone(killed, "late"),
            lambda: service.give_up(killed, "late"),
        ):
            with pytest.raises(LeaseLost):
                settle()
        assert only(jobs()).holder == heir.lease.holder
        service.finish(heir)
    assert only(jobs()).state is JobState.DONE


def test_a_worker_that_lives_keeps_its_job(done):
    put()
    job = service.take(["note"])
    with lease.holding(job.lease), clock.at(START + LEASE - SECOND):
        lease.renew()
    with clock.at(START + 2 * LEASE - SECOND * 2):
        assert service.take(["note"]) is None
    with clock.at(START + 2 * LEASE):
        lease.renew()  # no longer in anybody's hands: nothing to renew
        assert service.take(["note"]) is not None


def test_a_worker_learns_that_its_lease_is_lost(done):
    put()
    job = service.take(["note"])
    with lease.holding(job.lease):
        lease.demand_lease()
        with clock.at(START + LEASE + SECOND):
            service.take(["note"])
            lease.renew()
        with pytest.raises(LeaseLost):
            lease.demand_lease()
    lease.demand_lease()  # outside of a worker there is none to lose


def test_each_take_draws_another_holder(done):
    put()
    put()
    assert service.take(["note"]).lease.holder != service.take(["note"]).lease.holder


# -- tried again -----------------------------------------------------------------------------


def test_pauses_grow_and_the_last_attempt_gives_up(house, monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda *_: 1.0)
    told: list = []

    def fail(payload: dict) -> None:
        raise Later("away")

    house.jobs["note"] = fail
    house.gave_up["note"] = lambda payload, reason: told.append((payload, reason))
    put(payload={"idea": 7})
    at, pauses = START, []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with clock.at(at):
            assert run_due() == 1
        job = only(jobs())
        assert (job.attempts, job.error) == (attempt, "away")
        pauses.append(job.due_at - at)
        assert (job.state is JobState.DEAD) is (attempt == MAX_ATTEMPTS) is bool(told)
        at = max(job.due_at, at)
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert max(pauses) <= LONGEST_PAUSE
    assert told == [({"idea": 7}, "away")]
    with clock.at(at + timedelta(days=9)):
        assert run_due() == 0


def test_pauses_are_spread(house):
    def fail(payload: dict) -> None:
        raise Later("away")

    house.jobs["note"] = fail
    for _ in range(20):
        put()
    run_due()
    pauses = {job.due_at - START for job in jobs()}
    assert len(pauses) > 10
    assert FIRST_PAUSE * 0.8 <= min(pauses) <= max(pauses) <= FIRST_PAUSE * 1.2


def test_what_can_never_be_done_is_given_up_at_once(house):
    def refuse(payload: dict) -> None:
        raise GiveUp("no such idea")

    house.jobs["note"] = refuse
    put()
    run_due()
    assert (only(jobs()).state, only(jobs()).error) == (JobState.DEAD, "no such idea")


def test_a_fault_undoes_the_work_and_keeps_its_place_but_not_its_words(house):
    """The message of a fault often quotes what a person wrote."""

    def stumble(payload: dict) -> None:
        enqueue("note", {"half": True})
        raise ValueError("Kanarienvogel")

    house.jobs["note"] = stumble
    put()
    run_due()
    job = only(jobs())
    assert job.state is JobState.QUEUED
    assert job.error.startswith("ValueError in test_work_jobs.py, line ")
    assert "Kanarienvogel" not in job.error


def test_a_job_that_no_worker_survives_is_given_up(done):
    """It would take down one worker after the other (out of memory), for ever."""
    put()
    at = START
    for _ in range(MAX_ATTEMPTS):
        with clock.at(at):
            assert service.take(["note"]) is not None  # and killed
        at += LEASE + SECOND
    with clock.at(at):
        assert run_due() == 1
    assert (done, only(jobs()).state) == ([], JobState.DEAD)


# -- by an administrator ---------------------------------------------------------------------


@pytest.fixture
def dead(house) -> list[Job]:
    def refuse(payload: dict) -> None:
        raise GiveUp("no")

    house.jobs["note"] = refuse
    for key in ("a", "b"):
        put(key=key)
    run_due()
    return jobs()


def test_a_dead_job_is_revived_as_new(dead, house):
    seen: list = []
    house.jobs["note"] = seen.append
    assert service.retry(dead[0].id) == 1
    revived, other = jobs()
    assert (revived.state, revived.attempts, revived.error, revived.done_at) == (
        JobState.QUEUED, 0, None, None
    )  # fmt: skip
    assert other.state is JobState.DEAD
    assert run_due() == len(seen) == 1
    assert service.retry(dead[0].id) == 0, "what is done is not done again"


def test_all_dead_jobs_are_revived(dead):
    assert service.retry() == 2
    assert service.retry() == 0


def test_a_dropped_job_keeps_its_key(dead, house):
    """Else the schedule would make the job of this window once more."""
    told: list = []
    house.gave_up["note"] = lambda _, reason: told.append(reason)
    assert [service.drop(dead[0].id), service.drop(dead[0].id), service.drop(999)] == [
        True, False, False
    ]  # fmt: skip
    assert told == [service.DROPPED]
    assert put(key="a") is False
    assert jobs()[0].state is JobState.DONE


def test_whoever_works_at_a_dropped_job_ends_in_vain(done):
    put()
    held = service.take(["note"])
    service.drop(held.id)
    with pytest.raises(LeaseLost):
        service.finish(held)
    assert only(jobs()).error == service.DROPPED


# -- what stands there -----------------------------------------------------------------------


def test_depths_and_the_oldest(dead, house):
    assert queries.depths() == {JobState.QUEUED: 0, JobState.DEAD: 2, JobState.DONE: 0}
    assert queries.oldest_due() is None
    put(due_at=START + timedelta(hours=1))
    assert queries.oldest_due() is None
    put()
    with clock.at(START + timedelta(minutes=3)):
        assert queries.oldest_due() == timedelta(minutes=3)
    assert queries.depths()[JobState.QUEUED] == 2
    assert {job.key for job in db.session.scalars(queries.dead())} == {"a", "b"}


def plan(condition: object) -> str:
    """How the database finds the job that is due first."""
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    query = select(Job.id).where(condition).order_by(Job.rank, Job.due_at).limit(1)
    words = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    return " ".join(str(row) for row in db.session.execute(text(explain + str(words))))


def test_due_jobs_are_found_by_their_index(inside):
    assert "ix_job_due" in plan(IS_QUEUED)


def test_dead_letters_are_found_by_theirs(inside):
    assert "ix_job_ended" in plan(queries.in_state(JobState.DEAD).whereclause)


def test_a_condition_that_says_less_finds_no_index(inside):
    """The negative control."""
    assert "ix_job_due" not in plan(Job.state != JobState.DEAD)


def test_done_jobs_are_forgotten_after_two_weeks_and_dead_ones_are_not(dead, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    with clock.at(START + timedelta(days=1)):
        for job in dead:
            service.drop(job.id)
        for _ in range(3):
            put()
        run_due()
        for job in jobs():
            service.drop(job.id)
        put()
        run_due()
    with clock.at(START + timedelta(days=15)):
        assert service.forget_done() == 0
    with clock.at(START + timedelta(days=15, seconds=1)):
        assert service.forget_done() == 5
    assert only(jobs()).state is JobState.DEAD


# -- what a house takes in -------------------------------------------------------------------


def test_a_kind_or_a_schedule_declared_twice_is_refused(inside):
    work = {"ground.note": print}
    daily = Schedule("ground.note", Every.DAY)
    house = House()
    house.move_in(inside, Feature("a", jobs=work, schedules=(daily,)))
    for room in (
        Feature("b", jobs=work),
        Feature("c", jobs={"c.x": print}, schedules=(daily,)),
        Feature("d", jobs={"d.x": print}, schedules=(Schedule("d.x", Every.DAY),) * 2),
        Feature("e", schedules=(Schedule("nobody.does", Every.DAY),)),
    ):
        with pytest.raises(ValueError, match=room.name):
            house.move_in(inside, room)
