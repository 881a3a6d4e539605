"""The one source of the current time, so that tests and the demo can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

HOME_ZONE = ZoneInfo("Europe/Berlin")

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return _moved.get() or datetime.now(UTC)


def today() -> date:
    """The current date where the municipalities are (terms run on local days)."""
    return local_date(now())


def local_date(moment: datetime) -> date:
    """The day on which a moment falls in Germany."""
    return moment.astimezone(HOME_ZONE).date()


def day_start() -> datetime:
    """The moment at which the current local day began."""
    return datetime.combine(today(), time(), HOME_ZONE).astimezone(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be `moment` inside the block."""
    token = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(token)
