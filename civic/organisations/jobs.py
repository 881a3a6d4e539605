"""What the queue does with organisations: housekeeping."""

from __future__ import annotations

from datetime import time
from typing import Any

from civic.accounts.models import System
from civic.core.feature import Every, Schedule
from civic.core.storage import StorageError
from civic.core.work.jobs import GiveUp, Later
from civic.organisations import service


def forget_invitations(payload: dict[str, Any]) -> None:
    """Invitations that ran out long ago, with the addresses in them."""
    del payload
    service.forget_expired(System())


def tidy_logos(payload: dict[str, Any]) -> None:
    """Pictures that no organisation names.

    Raises `Later` while the store does not answer, `GiveUp` when it belongs to another database.
    """
    del payload
    try:
        service.tidy_logos(System())
    except StorageError as fault:
        raise Later(type(fault).__name__) from fault
    except service.Suspicious as doubt:
        raise GiveUp("more than half of all logos belong to no organisation") from doubt


JOBS = {
    "organisations.forget_invitations": forget_invitations,
    "organisations.tidy_logos": tidy_logos,
}
SCHEDULES = (
    Schedule("organisations.forget_invitations", Every.DAY, at=time(3, 55)),
    Schedule("organisations.tidy_logos", Every.WEEK, at=time(4, 5)),
)
