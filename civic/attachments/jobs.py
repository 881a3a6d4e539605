"""What the queue does for files: it removes what nobody owns any more."""

from __future__ import annotations

from datetime import time
from typing import Any

from civic.accounts.models import System
from civic.attachments import service
from civic.attachments.service import CLEAR, Suspicious
from civic.core.feature import Every, Schedule
from civic.core.storage import StorageError
from civic.core.work.jobs import GiveUp, Later

SWEEP = "attachments.sweep"


def clear_gone(payload: dict[str, Any]) -> None:
    """Raises `Later` while the store does not answer."""
    del payload
    try:
        service.clear_gone(System())
    except StorageError as fault:
        raise Later(type(fault).__name__) from fault


def sweep(payload: dict[str, Any]) -> None:
    """Raises `GiveUp` when the store and the database do not belong together."""
    del payload
    try:
        service.sweep(System())
    except StorageError as fault:
        raise Later(type(fault).__name__) from fault
    except Suspicious as doubt:
        raise GiveUp("more than half of all files have no row; see civic attachments") from doubt


JOBS = {CLEAR: clear_gone, SWEEP: sweep}
SCHEDULES = (
    Schedule(CLEAR, Every.HOUR, at=time(0, 35)),
    Schedule(SWEEP, Every.DAY, at=time(3, 40)),
)
