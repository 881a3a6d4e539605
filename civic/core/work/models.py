"""The table of jobs."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from civic.core.db import Base, Word


class JobState(StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    DONE = "done"
    #: Given up; an administrator decides whether it is tried again.
    DEAD = "dead"


class Rank(IntEnum):
    """What goes first when much is due: ten thousand digests do not hold up a link to sign in."""

    WAITED_FOR = 0
    ORDINARY = 1
    BULK = 2


#: As the partial index says it, and not as a parameter: a prepared plan of PostgreSQL could not
#: prove that the index holds all the rows that are asked for.
IS_QUEUED = text("job.state = 'queued'")
_WHERE_QUEUED = text("state = 'queued'")
_WHERE_ENDED = text("done_at IS NOT NULL")


class Job(Base):
    """Something to be done outside of a request."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_due", "rank", "due_at",
            postgresql_where=_WHERE_QUEUED, sqlite_where=_WHERE_QUEUED,
        ),
        Index(
            "ix_job_ended", "state", "done_at",
            postgresql_where=_WHERE_ENDED, sqlite_where=_WHERE_ENDED,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    #: Two jobs with one key are one job; it holds for as long as the row is kept.
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    rank: Mapped[int]
    state: Mapped[JobState] = mapped_column(Word(JobState))
    #: How often it was taken, by whomever.
    attempts: Mapped[int]
    #: Why the last attempt came to nothing; never what a person wrote.
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    #: Drawn anew by whoever takes the job: the only one who may settle it.
    holder: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    #: When it was done or given up.
    done_at: Mapped[datetime | None]
