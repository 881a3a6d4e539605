"""What the queue does for ideas."""

from __future__ import annotations

from datetime import time
from typing import Any

from civic.accounts.models import System
from civic.core.feature import Every, Schedule
from civic.ideas import service


def remind_of_terms(payload: dict[str, Any]) -> None:
    del payload
    service.remind_of_terms(System())


JOBS = {"ideas.terms": remind_of_terms}
#: Before the digests are written, so that they hold what ran out in the night.
SCHEDULES = (Schedule("ideas.terms", Every.DAY, time(5)),)
