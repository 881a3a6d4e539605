"""What the queue does for test beds."""

from __future__ import annotations

from datetime import time
from typing import Any

from civic.accounts.models import System
from civic.core.feature import Every, Schedule
from civic.testbeds import service


def settle(payload: dict[str, Any]) -> None:
    del payload
    service.settle(System())


JOBS = {"testbeds.settle": settle}
SCHEDULES = (Schedule("testbeds.settle", Every.DAY, time(0, 20)),)
