"""Limits on how often something may be tried, exact over all processes.

They are counted in Redis where one is set, and in the database where none is or it fails: there is
always a limit. When the counting moves from one to the other it begins anew, so around a failure
at most twice the tries get through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import String, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from civic.core import clock, metrics, redis
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


#: Counts one use in several windows and ends each count some time after its window.
COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCR', key)
  if counts[i] == 1 then redis.call('EXPIRE', key, ARGV[i]) end
end
return counts
"""
#: Takes one use off again; a count that is gone stays gone.
UNCOUNT = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
return 1
"""
#: Seconds that a count outlives its window.
MARGIN = 60


def hit(subject: str, limits: Sequence[Limit]) -> None:
    """Count one use and raise `TooMany` beyond a limit. The count stays even if the act fails.

    The subject (an address, an e-mail) is stored as a hash only.
    """
    key, at = _key(subject), int(clock.now().timestamp())
    counts, counted_in = _count_all(key, at, limits)
    over = [limit for limit, count in zip(limits, counts, strict=True) if count > limit.times]
    if over:
        metrics.count(metrics.refusals, counted_in)
        longest = max(over, key=lambda limit: limit.seconds)
        raise TooMany(
            N_("That was tried too often. Please wait a while and try again."),
            retry_after=longest.seconds - at % longest.seconds,
        )


def give_back(subject: str, limits: Sequence[Limit]) -> None:
    """Take one use off the counts again, where it turned out to be no misuse."""
    key, at = _key(subject), int(clock.now().timestamp())
    if _ask_redis(UNCOUNT, key, at, limits) is None:
        _give_back(key, at, limits)


@transaction()
def _give_back(key: str, at: int, limits: Sequence[Limit]) -> None:
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


def _count_all(key: str, at: int, limits: Sequence[Limit]) -> tuple[list[int], str]:
    """Count in each window; the counts, and where they stand."""
    counts: list[int] | None = _ask_redis(COUNT, key, at, limits)
    if counts is not None:
        return counts, "redis"
    with transaction():
        return [_count(key, at, limit) for limit in limits], "database"


def _ask_redis(script: str, key: str, at: int, limits: Sequence[Limit]) -> Any:
    """Run a script on the counts of these windows; None where there is no Redis at work."""
    server = redis.store()
    if server is None or not limits:
        return None
    names = [
        f"{redis.PREFIX}limit:{key}:{limit.seconds}:{at - at % limit.seconds}" for limit in limits
    ]
    ends = [limit.seconds + MARGIN for limit in limits]
    try:
        return server.call(lambda client: client.eval(script, len(names), *names, *ends))
    except redis.Away:
        return None


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
