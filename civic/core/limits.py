"""Limits on how often something may be tried, counted in the database (exact over processes)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import String, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from civic.core import clock
from civic.core.db import Base, db, is_postgres, transaction
from civic.core.errors import TooMany
from civic.core.language import N_


class LimitCount(Base):
    """How often a key was used in the window that began at `window` (seconds since 1970)."""

    __tablename__ = "limit_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=1)


@dataclass(frozen=True)
class Limit:
    """At most `times` in `seconds`."""

    times: int
    seconds: int


def hit(subject: str, limits: Sequence[Limit]) -> None:
    """Count one use and raise `TooMany` beyond a limit. The count stays even if the act fails.

    The subject (an address, an e-mail) is stored as a hash only.
    """
    key, at = _key(subject), int(clock.now().timestamp())
    with transaction():
        over = [limit for limit in limits if _count(key, at, limit) > limit.times]
    if over:
        longest = max(over, key=lambda limit: limit.seconds)
        raise TooMany(
            N_("That was tried too often. Please wait a while and try again."),
            retry_after=longest.seconds - at % longest.seconds,
        )


@transaction()
def give_back(subject: str, limits: Sequence[Limit]) -> None:
    """Take one use off the counts again, where it turned out to be no misuse."""
    key, at = _key(subject), int(clock.now().timestamp())
    for limit in limits:
        db.session.execute(
            update(LimitCount)
            .where(
                LimitCount.key == key,
                LimitCount.window == at - at % limit.seconds,
                LimitCount.seconds == limit.seconds,
                LimitCount.count > 0,
            )
            .values(count=LimitCount.count - 1)
        )


def _key(subject: str) -> str:
    return hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()


def _count(key: str, at: int, limit: Limit) -> int:
    insert = postgresql.insert if is_postgres() else sqlite.insert
    statement = (
        insert(LimitCount)
        .values(key=key, window=at - at % limit.seconds, seconds=limit.seconds, count=1)
        .on_conflict_do_update(
            index_elements=["key", "window", "seconds"], set_={"count": LimitCount.count + 1}
        )
        .returning(LimitCount.count)
    )
    return db.session.execute(statement).scalar_one()


@transaction()
def forget_old_counts() -> None:
    """Housekeeping: windows that ended more than two days ago."""
    before = int((clock.now() - timedelta(days=2)).timestamp())
    db.session.execute(delete(LimitCount).where(LimitCount.window < before))
