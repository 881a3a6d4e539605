"""What stands in the queue, for administrators, metrics and the console."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, select

from civic.core import clock
from civic.core.db import db
from civic.core.work.models import IS_QUEUED, Job, JobState

#: Done jobs are counted up to here: their number says little and would cost a long look.
MOST_DONE = 10_000


def depths() -> dict[JobState, int]:
    """How many jobs are in each state; of those that are done at most `MOST_DONE`."""
    done = select(Job.id).where(*_ended(JobState.DONE)).limit(MOST_DONE).subquery()
    counts = {
        JobState.QUEUED: select(func.count()).select_from(Job).where(IS_QUEUED),
        JobState.DEAD: select(func.count()).select_from(Job).where(*_ended(JobState.DEAD)),
        JobState.DONE: select(func.count()).select_from(done),
    }
    return {state: db.session.scalar(count) or 0 for state, count in counts.items()}


def _ended(state: JobState) -> tuple[ColumnElement[bool], ...]:
    """As the partial index of ended jobs says it."""
    return Job.state == state, Job.done_at.is_not(None)


def oldest_due() -> timedelta | None:
    """For how long the job that waits longest has been due; None when nothing waits."""
    now = clock.now()
    oldest = db.session.scalar(
        select(Job.due_at).where(IS_QUEUED, Job.due_at <= now).order_by(Job.due_at).limit(1)
    )
    return now - oldest if oldest else None


def dead() -> Select[Job]:
    """The dead letters, those given up last first."""
    return in_state(JobState.DEAD)


def in_state(state: JobState) -> Select[Job]:
    """Jobs of a state: the queued in the order of their turn, others the latest first."""
    if state is JobState.QUEUED:
        return select(Job).where(IS_QUEUED).order_by(Job.rank, Job.due_at)
    return select(Job).where(*_ended(state)).order_by(Job.done_at.desc(), Job.id.desc())
