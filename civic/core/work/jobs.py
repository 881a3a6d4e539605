"""What becomes of a job: queued in the transaction of an act, taken, done, put off or given up."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from civic.core import clock
from civic.core.db import (
    db,
    insert_once,
    is_postgres,
    remove_in_batches,
    rows_of,
    transaction,
)
from civic.core.feature import House
from civic.core.logs import log
from civic.core.work import bell, lease
from civic.core.work.lease import Lease, LeaseLost
from civic.core.work.models import IS_QUEUED, Job, JobState, Rank

MAX_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
#: How long a job that was done is remembered, and its key with it: longer than any window.
KEPT = timedelta(days=14)
BATCH = 2000
DROPPED = "dropped"


class Later(Exception):
    """A handler cannot do its job now. Its words are kept: nothing of a person belongs in them."""


class GiveUp(Exception):
    """A handler finds that its job can never be done. Its words are kept, as those of `Later`."""


@dataclass(frozen=True)
class Taken:
    """A job in the hands of a worker; a plain value, so that no session is open while it works."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    lease: Lease


def house() -> House:
    found: House = current_app.extensions["civic"]
    return found


# -- into the queue --------------------------------------------------------------------------


def enqueue(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    due_at: datetime | None = None,
    rank: Rank = Rank.ORDINARY,
) -> bool:
    """Write a job into the running transaction; False if one with this key stands there already.

    The payload is JSON. Raises `LookupError` for a kind that no room does.
    """
    row = _row(kind, payload or {}, key, due_at, rank)
    if key is None:
        db.session.execute(insert(Job), [row])
    elif not insert_once(Job, row):
        return False
    if due_at is None:
        bell.ring(urgent=rank is Rank.WAITED_FOR)
    return True


def enqueue_all(kind: str, payloads: Mapping[str, dict[str, Any]], rank: Rank) -> None:
    """Write many jobs at once, key -> payload. The keys must be new."""
    rows = [_row(kind, payload, key, None, rank) for key, payload in payloads.items()]
    if rows:
        db.session.execute(insert(Job), rows)
        bell.ring(urgent=rank is Rank.WAITED_FOR)


def _row(
    kind: str, payload: dict[str, Any], key: str | None, due_at: datetime | None, rank: Rank
) -> dict[str, Any]:
    if kind not in house().jobs:
        raise LookupError(f"No room does jobs of the kind {kind!r}.")
    now = clock.now()
    return {
        "kind": kind,
        "key": key,
        "payload": payload,
        "rank": int(rank),
        "state": JobState.QUEUED,
        "attempts": 0,
        "created_at": now,
        "due_at": due_at or now,
    }


# -- by a worker -----------------------------------------------------------------------------


@transaction()
def take(kinds: Collection[str]) -> Taken | None:
    """Take the job that is due first and nobody holds. A job of an unknown kind waits.

    A lease for one job at a time: what this worker has not begun, others may take.
    """
    hold, now = lease.new_lease(), clock.now()
    due = (
        select(Job.id)
        .where(IS_QUEUED, Job.due_at <= now, Job.kind.in_(sorted(kinds)), _is_free(now))
        .order_by(Job.rank, Job.due_at)
        .limit(1)
    )
    if is_postgres():
        due = due.with_for_update(skip_locked=True)
    taken = db.session.execute(
        update(Job)
        .where(Job.id == due.scalar_subquery())
        .values(lease_until=now + lease.LEASE, holder=hold.holder, attempts=Job.attempts + 1)
        .returning(Job.id, Job.kind, Job.payload, Job.attempts)
    ).one_or_none()
    if taken is None:
        return None
    return Taken(taken.id, taken.kind, taken.payload, taken.attempts, hold)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Job.lease_until.is_(None), Job.lease_until < now)


@transaction()
def finish(job: Taken) -> None:
    """It is done. Raises `LeaseLost` if another worker has taken it."""
    _settle(job, state=JobState.DONE, done_at=clock.now(), error=None)


@transaction()
def postpone(job: Taken, reason: str) -> None:
    """Try again later, after growing pauses; the last time gives up."""
    if job.attempts >= MAX_ATTEMPTS:
        give_up(job, reason)
        return
    pause = min(FIRST_PAUSE * 2 ** (job.attempts - 1), LONGEST_PAUSE)
    pause *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads the load, keeps no secret
    _settle(job, due_at=clock.now() + pause, error=reason[:500])
    log.warning(
        "job postponed", job=job.id, kind=job.kind, attempts=job.attempts, reason=reason,
        seconds=round(pause.total_seconds()),
    )  # fmt: skip


@transaction()
def give_up(job: Taken, reason: str) -> None:
    """Put it among the dead letters."""
    _settle(job, state=JobState.DEAD, done_at=clock.now(), error=reason[:500])
    _tell(job.kind, job.payload, reason)
    log.error("job given up", job=job.id, kind=job.kind, attempts=job.attempts, reason=reason)


def _settle(job: Taken, **values: object) -> None:
    """Only by the one who holds it: a worker that slept past its lease changes nothing."""
    done = db.session.execute(
        update(Job)
        .where(Job.id == job.id, IS_QUEUED, Job.holder == job.lease.holder)
        .values(lease_until=None, holder=None, **values)
    )
    if not rows_of(done):
        raise LeaseLost


def _tell(kind: str, payload: dict[str, Any], reason: str) -> None:
    if told := house().gave_up.get(kind):
        told(payload, reason)


# -- by an administrator ---------------------------------------------------------------------


@transaction()
def retry(*ids: int) -> int:
    """Put dead jobs back into the queue, as new; without a number all of them. Returns how many."""
    wanted = [Job.state == JobState.DEAD, *([Job.id.in_(ids)] if ids else [])]
    fresh: dict[str, object] = {"attempts": 0, "due_at": clock.now(), "done_at": None}
    revived = db.session.execute(
        update(Job).where(*wanted).values(state=JobState.QUEUED, error=None, **fresh)
    )
    bell.ring(urgent=True)
    return rows_of(revived)


@transaction()
def drop(id: int) -> bool:
    """Let a queued or dead job be; False if there is none. Whoever works at it ends in vain.

    The row stays for its time: without its key a schedule would make the job once more.
    """
    dropped = db.session.execute(
        update(Job)
        .where(Job.id == id, Job.state != JobState.DONE)
        .values(
            state=JobState.DONE, done_at=clock.now(), error=DROPPED, holder=None, lease_until=None
        )
        .returning(Job.kind, Job.payload)
    ).one_or_none()
    if dropped:
        _tell(dropped.kind, dropped.payload, DROPPED)
    return dropped is not None


# -- housekeeping ----------------------------------------------------------------------------


def forget_done() -> int:
    """Remove jobs that were done more than two weeks ago, bit by bit; returns how many."""
    over = (Job.state == JobState.DONE, Job.done_at < clock.now() - KEPT)
    return remove_in_batches(select(Job.id).where(*over).order_by(Job.done_at), BATCH)


def forget_keys(keys: Sequence[str]) -> None:
    """Remove jobs by their keys, in the running transaction, whatever their state."""
    db.session.execute(delete(Job).where(Job.key.in_(keys)))
