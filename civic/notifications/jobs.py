"""What the queue does for this room; each may run twice and then changes nothing more."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from civic.accounts.models import System
from civic.core.feature import Every, Schedule
from civic.notifications import service
from civic.notifications.models import Way

#: When digests are sent, in local time: before people go to work.
DIGEST_AT = time(7)
MONDAY = 0


def fan_out(payload: dict[str, Any]) -> None:
    service.fan_out(System(), payload["activity"])


def daily(payload: dict[str, Any]) -> None:
    _begin(Way.DAILY, payload)


def weekly(payload: dict[str, Any]) -> None:
    _begin(Way.WEEKLY, payload)


def _begin(way: Way, payload: dict[str, Any]) -> None:
    """A schedule says which window is due and since when."""
    before = datetime.fromisoformat(payload["at"])
    service.begin_digests(System(), way, window=payload["window"], before=before)


def digest(payload: dict[str, Any]) -> None:
    service.send_digest(
        System(),
        payload["user"],
        Way(payload["way"]),
        window=payload["window"],
        before=datetime.fromisoformat(payload["at"]),
    )


def forget_old(payload: dict[str, Any]) -> None:
    del payload
    service.forget_old(System())


JOBS = {
    "notices.fan_out": fan_out,
    "notices.daily": daily,
    "notices.weekly": weekly,
    "notices.digest": digest,
    "notices.forget_old": forget_old,
}
SCHEDULES = (
    Schedule("notices.daily", Every.DAY, DIGEST_AT),
    Schedule("notices.weekly", Every.WEEK, DIGEST_AT, MONDAY),
    Schedule("notices.forget_old", Every.DAY, time(3, 40)),
)
