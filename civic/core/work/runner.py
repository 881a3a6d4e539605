"""The workers: threads that take one job after the other, and one that keeps watch."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask

from civic.config import Config
from civic.core.db import db, release
from civic.core.logs import doing, log
from civic.core.work import jobs, lease, schedule
from civic.core.work.bell import Ear
from civic.core.work.jobs import GiveUp, Later, Taken
from civic.core.work.lease import LeaseLost
from civic.core.work.shift import at_work

#: Seconds between two looks of an idle worker, where no bell calls it earlier.
PAUSE = 2.0
#: Seconds between two looks at the clock for schedules.
BEAT = 15.0
#: The watch wakes up this often to see whether it shall end.
LISTEN = 0.5


def run(
    app: Flask, config: Config, stop: threading.Event, *, once: bool = False, threads: int = 1
) -> None:
    """Work until told to stop, or (`once`) until nothing is due; then end what was begun.

    A failing database is waited for, not died of. The calling thread is one of the workers.
    """
    call = threading.Event()
    over = threading.Event()
    if once:
        _round(app, _look_at_the_clock)
    watch = threading.Thread(
        target=_watch, args=(app, config, call, stop, over), kwargs={"once": once}, daemon=True
    )
    work = partial(_work, app, call, stop, once=once)
    others = [threading.Thread(target=work) for _ in range(threads - 1)]
    for thread in (watch, *others):
        thread.start()
    work()
    for thread in others:
        thread.join()
    over.set()
    watch.join()


def run_due(most: int = 1000) -> int:
    """Do what is due here and now, inside the app's context; returns how many jobs were taken.

    For tests and for the demo: no threads, no clock.
    """
    with at_work():
        for number in range(most):
            if not _do_next():
                return number
    return most


def _work(app: Flask, call: threading.Event, stop: threading.Event, *, once: bool) -> None:
    with at_work() as shift:
        while not stop.is_set():
            if _round(app, _do_next):
                continue
            shift.put_away()
            if once:
                return
            call.wait(PAUSE)
            call.clear()


def _watch(
    app: Flask,
    config: Config,
    call: threading.Event,
    stop: threading.Event,
    over: threading.Event,
    *,
    once: bool,
) -> None:
    """Call idle workers, keep the leases of busy ones, and make jobs of the clock."""
    ear = Ear("" if once else config.engine_url)
    looked = -BEAT
    renewed = time.monotonic()
    while not over.is_set():
        if stop.is_set():
            call.set()
        now = time.monotonic()
        if not once and not stop.is_set() and now - looked >= BEAT:
            looked = now
            _round(app, _look_at_the_clock)
        if now - renewed >= lease.LEASE.total_seconds() / 6:
            renewed = now
            _round(app, lease.renew)
        if ear.listen(over, LISTEN):
            call.set()
    ear.close()


def _round(app: Flask, work: Callable[[], object]) -> bool:
    """One piece of work in a context of its own; the worker outlives every fault of it."""
    try:
        with app.app_context():
            return bool(work())
    except Exception as fault:  # noqa: BLE001 - whatever it was, the next round may do better
        log.error("worker round failed", exc_info=fault)
        return False


def _look_at_the_clock() -> int:
    return schedule.enqueue_due(jobs.house().schedules())


def _do_next() -> bool:
    """Take a job and do it; False if none is due."""
    job = jobs.take(jobs.house().jobs)
    if job is None:
        return False
    try:
        with lease.holding(job.lease), doing(job.id, job.kind):
            _do(job)
    except LeaseLost:
        log.warning("lease lost", job=job.id, kind=job.kind, attempts=job.attempts)
    return True


def _do(job: Taken) -> None:
    """Call the handler and settle the job by what came of it."""
    if job.attempts > jobs.MAX_ATTEMPTS:
        jobs.give_up(job, "no worker survived it")
        return
    try:
        jobs.house().jobs[job.kind](job.payload)
        release()
    except LeaseLost:
        raise
    except (Later, GiveUp) as said:
        db.session.rollback()
        settle = jobs.postpone if isinstance(said, Later) else jobs.give_up
        settle(job, str(said))
    except Exception as fault:  # noqa: BLE001 - one odd job must not hold up all others
        db.session.rollback()
        log.error("job failed", job=job.id, kind=job.kind, exc_info=fault)
        jobs.postpone(job, _reason(fault))
    else:
        jobs.finish(job)


def _reason(fault: Exception) -> str:
    """What kind of fault it was and where; its message may quote what a person wrote."""
    places = traceback.extract_tb(fault.__traceback__)
    where = f" in {Path(places[-1].filename).name}, line {places[-1].lineno}" if places else ""
    return f"{type(fault).__name__}{where}"
