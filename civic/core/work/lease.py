"""For how long a worker may rely on being the only one at a job.

A lease runs out by itself, so a killed worker leaves nothing locked. One that lives renews its
leases while it works; one that was stopped for too long finds out before it does what cannot be
taken back.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from civic.core import clock
from civic.core.db import db, transaction
from civic.core.work.models import IS_QUEUED, Job

LEASE = timedelta(minutes=2)


class LeaseLost(Exception):
    """Another worker may have the job by now; this one must neither go on nor settle it."""


@dataclass
class Lease:
    """A hold on one job. `until` is counted by the machine's own clock, which nobody sets."""

    holder: str
    until: float

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()


_open: dict[str, Lease] = {}
_current: ContextVar[Lease | None] = ContextVar("lease", default=None)


def new_lease() -> Lease:
    """Made before the row is written, so that it never ends later than the row says."""
    return Lease(secrets.token_hex(16), time.monotonic() + LEASE.total_seconds())


@contextmanager
def holding(lease: Lease) -> Iterator[None]:
    """Keep a lease alive while the block runs."""
    _open[lease.holder] = lease
    token = _current.set(lease)
    try:
        yield
    finally:
        _current.reset(token)
        _open.pop(lease.holder, None)


def left() -> float:
    """Seconds that the job of this thread is surely ours; without end outside of a worker."""
    lease = _current.get()
    return lease.left if lease else math.inf


def demand_lease() -> None:
    """Say this before an act that cannot be taken back (a mail). Raises `LeaseLost`.

    Half of the lease must be left: the act itself takes its time.
    """
    if left() < LEASE.total_seconds() / 2:
        raise LeaseLost


def renew() -> None:
    """Put off the end of every lease that this process holds."""
    leases = list(_open.values())
    if not leases:
        return
    asked = time.monotonic()
    kept = _renew([lease.holder for lease in leases])
    for lease in leases:
        lease.until = asked + LEASE.total_seconds() if lease.holder in kept else asked


@transaction()
def _renew(holders: list[str]) -> set[str]:
    renewed = (
        update(Job)
        .where(IS_QUEUED, Job.holder.in_(holders))
        .values(lease_until=clock.now() + LEASE)
        .returning(Job.holder)
    )
    return {holder for holder in db.session.scalars(renewed) if holder}
