"""Workers: several at once, their watch, the bell, and how they end."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from civic.app import create_app
from civic.config import Config
from civic.core.db import db, transaction
from civic.core.outbox import queue_mail
from civic.core.work import bell, lease, runner, shift
from civic.core.work import jobs as service
from civic.core.work.bell import Ear
from civic.core.work.models import Job, JobState
from tests.conftest import DATABASES, make_config
from tests.core.mailing import jobs
from tests.postgres import create_database, drop_database

PATIENCE = 20.0


@pytest.fixture(params=DATABASES)
def kind(request) -> str:
    return request.param


@pytest.fixture
def house(kind, request, tmp_path) -> Iterator[Flask]:
    """A house whose commits are real: several workers share its database."""
    name = f"work_{secrets.token_hex(4)}"
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "civic.sqlite3")
        url = f"sqlite:///{tmp_path / 'civic.sqlite3'}"
    else:
        url = create_database(request.getfixturevalue("postgres_url"), name)
    app = create_app(make_config(url, tmp_path))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if kind == "postgresql":
        drop_database(request.getfixturevalue("postgres_url"), name)


def config_of(app: Flask) -> Config:
    return app.extensions["civic_config"]


def quiet(app: Flask) -> None:
    """No schedules: only what a test puts into the queue."""
    app.extensions["civic"]._schedules.clear()


def put(app: Flask, kind: str, *payloads: dict, **more: object) -> None:
    with app.app_context(), transaction():
        for payload in payloads:
            service.enqueue(kind, payload, **more)


def states(app: Flask) -> Counter:
    with app.app_context():
        return Counter(db.session.scalars(select(Job.state)))


@contextmanager
def at_work(app: Flask, threads: int = 1) -> Iterator[threading.Thread]:
    stop = threading.Event()
    worker = threading.Thread(
        target=runner.run, args=(app, config_of(app), stop), kwargs={"threads": threads}
    )
    worker.start()
    try:
        yield worker
    finally:
        stop.set()
        worker.join(PATIENCE)
        assert not worker.is_alive()


def test_two_workers_with_many_threads_do_each_job_once(house):
    quiet(house)
    done: Counter = Counter()
    gate = threading.Barrier(2, timeout=PATIENCE)
    house.extensions["civic"].jobs["note"] = lambda payload: done.update([payload["n"]])
    put(house, "note", *({"n": n} for n in range(120)))

    def work() -> None:
        gate.wait()
        runner.run(house, config_of(house), threading.Event(), once=True, threads=3)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE * 3)
    assert done == Counter(range(120))
    assert states(house) == {JobState.DONE: 120}


def test_many_workers_make_one_job_of_a_window(house):
    """All of them look at the clock at the same moment."""
    gate = threading.Barrier(4, timeout=PATIENCE)

    def look() -> None:
        gate.wait()
        runner._round(house, runner._look_at_the_clock)

    workers = [threading.Thread(target=look) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
    assert states(house) == {JobState.QUEUED: len(house.extensions["civic"].schedules())}


def test_asked_to_end_a_worker_ends_what_it_has_begun_and_begins_nothing(house):
    quiet(house)
    begun, go_on = threading.Event(), threading.Event()

    def slow(payload: dict) -> None:
        begun.set()
        go_on.wait(PATIENCE)

    house.extensions["civic"].jobs["slow"] = slow
    put(house, "slow", {}, {})
    stop = threading.Event()
    worker = threading.Thread(target=runner.run, args=(house, config_of(house), stop))
    worker.start()
    assert begun.wait(PATIENCE)
    stop.set()
    go_on.set()
    worker.join(PATIENCE)
    assert not worker.is_alive()
    assert states(house) == {JobState.DONE: 1, JobState.QUEUED: 1}


def test_a_long_job_keeps_its_lease_and_is_done_once(house, monkeypatch):
    quiet(house)
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=1.2))
    monkeypatch.setattr(runner, "LISTEN", 0.05)
    done: list[bool] = []
    renewed = threading.Semaphore(0)
    renew = lease.renew

    def watched() -> None:
        renew()
        renewed.release()

    def long(payload: dict) -> None:
        begun = time.monotonic()
        while time.monotonic() - begun < 2.5 * lease.LEASE.total_seconds():
            assert renewed.acquire(timeout=PATIENCE)
        lease.demand_lease()
        done.append(True)

    monkeypatch.setattr(lease, "renew", watched)
    house.extensions["civic"].jobs["long"] = long
    put(house, "long", {})
    with at_work(house, threads=3):
        until(lambda: states(house) == {JobState.DONE: 1})
    assert done == [True]
    with house.app_context():
        assert jobs()[0].attempts == 1


def until(is_so) -> None:
    pause, end = threading.Event(), time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        pause.wait(0.05)


def test_a_worker_outlives_faults_of_the_database(house, monkeypatch):
    quiet(house)
    faults: list[int] = []
    take = service.take

    def broken(kinds):
        if len(faults) < 3:
            faults.append(1)
            raise RuntimeError("away")
        return take(kinds)

    monkeypatch.setattr(service, "take", broken)
    monkeypatch.setattr(runner, "PAUSE", 0.01)
    house.extensions["civic"].jobs["note"] = lambda _: None
    put(house, "note", {})
    with at_work(house):
        until(lambda: states(house) == {JobState.DONE: 1})
    assert len(faults) == 3


def test_the_bell_wakes_a_worker_that_would_sleep_long(house, kind, monkeypatch):
    """And without PostgreSQL it looks by itself, every `PAUSE` seconds."""
    quiet(house)
    monkeypatch.setattr(runner, "PAUSE", 3600.0 if kind == "postgresql" else 0.05)
    house.extensions["civic"].jobs["note"] = lambda _: None
    with at_work(house):
        if kind == "postgresql":
            until(lambda: "LISTEN" in listeners(house))
        put(house, "note", {})
        until(lambda: states(house) == {JobState.DONE: 1})


def listeners(app: Flask) -> str:
    with app.app_context():
        return str(db.session.scalars(text("SELECT query FROM pg_stat_activity")).all())


def test_the_bell_rings_only_for_what_is_committed(house, kind, monkeypatch):
    monkeypatch.setattr(bell, "_rang_at", 0.0)
    ear, never = Ear(config_of(house).engine_url), threading.Event()
    assert ear.listen(never, 0.01) is False
    with house.app_context():
        service.enqueue("limits.forget")
        db.session.rollback()
    assert ear.listen(never, 0.1) is False
    monkeypatch.setattr(bell, "_rang_at", 0.0)
    put(house, "limits.forget", {})
    assert ear.listen(never, 1.0 if kind == "postgresql" else 0.01) is (kind == "postgresql")
    put(house, "limits.forget", {})
    assert ear.listen(never, 0.05) is False, "a busy process does not ring for each job"
    ear.close()


def test_a_deaf_ear_waits_and_tries_again(monkeypatch):
    ear = Ear("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    never = threading.Event()
    assert ear.listen(never, 0.01) is False
    broken_at = ear._broken_at
    assert ear.listen(never, 0.01) is False
    assert ear._broken_at == broken_at, "not at once"
    monkeypatch.setattr(bell, "AGAIN", 0.0)
    ear.listen(never, 0.01)
    assert ear._broken_at > broken_at
    assert Ear("postgresql+psycopg://x@127.0.0.1:1/x?prepare_threshold=0").url == ""
    assert Ear("sqlite:///x").url == ""


def test_tools_are_made_once_and_put_away_when_nothing_is_due():
    made: list[str] = []

    @contextmanager
    def tool() -> Iterator[str]:
        made.append("made")
        yield "tool"
        made.append("put away")

    with shift.at_work() as mine:
        for _ in range(2):
            with shift.at_hand("x", tool) as given:
                assert given == "tool"
        assert made == ["made"]
        mine.put_away()
        assert made == ["made", "put away"]
        with shift.at_hand("x", tool):
            assert made[-1] == "made"
    assert made == ["made", "put away"] * 2
    with shift.at_hand("x", tool):  # outside of a worker: for this once
        pass
    assert made == ["made", "put away"] * 3


def test_once_does_what_is_due_by_the_clock_too_and_ends(house, tmp_path):
    with house.app_context(), transaction():
        queue_mail([f"a{n}@example.org" for n in range(60)], "s", "t")
    done = house.test_cli_runner().invoke(args=["worker", "--once", "--threads", "2"])
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "mail").iterdir())) == 60
    assert states(house) == {JobState.DONE: 60 + len(house.extensions["civic"].schedules())}


# -- commands --------------------------------------------------------------------------------


def test_jobs_are_listed_retried_and_dropped(inside):
    def call(*words: str) -> tuple[int, str]:
        result = inside.test_cli_runner().invoke(args=["jobs", *words])
        return result.exit_code, result.stdout.strip()

    def fail(payload: dict) -> None:
        raise service.GiveUp("no such idea")

    inside.extensions["civic"].jobs["note"] = fail
    try:
        with transaction():
            service.enqueue("note")
            service.enqueue("note")
        runner.run_due()
        first, second = (job.id for job in jobs())
        code, said = call("list")
        assert (code, said.count("dead  note  attempts 1")) == (0, 2)
        assert "no such idea" in said
        assert call("list", "--state", "queued") == (0, "")
        assert call("retry", str(first)) == (0, "1 queued again.")
        assert call("retry", str(first))[0] == 1
        assert call("retry", "--all") == (0, "1 queued again.")
        assert call("retry")[0] == call("retry", str(second), "--all")[0] == 2
        assert call("drop", str(second)) == (0, "Dropped.")
        assert call("drop", str(second))[0] == 1
        assert call("list", "--state", "done")[1].startswith(f"{second}  done  note")
    finally:
        del inside.extensions["civic"].jobs["note"]
