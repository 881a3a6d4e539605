"""What the queue does for the exchange."""

from __future__ import annotations

from datetime import time
from typing import Any

from civic.accounts.models import System
from civic.core.feature import Every, Schedule
from civic.innovations import service


def end_exchanges(payload: dict[str, Any]) -> None:
    del payload
    while service.end_exchanges(System()):
        pass


JOBS = {"innovations.end_exchanges": end_exchanges}
SCHEDULES = (Schedule("innovations.end_exchanges", Every.DAY, time(0, 30)),)
