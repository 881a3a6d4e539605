"""What the queue does for projects."""

from __future__ import annotations

from datetime import time
from typing import Any

from civic.accounts.models import System
from civic.core.feature import Every, Schedule
from civic.projects import service


def remind_of_approvals(payload: dict[str, Any]) -> None:
    del payload
    service.remind_of_approvals(System())


def remind_of_tasks(payload: dict[str, Any]) -> None:
    del payload
    service.remind_of_tasks(System())


def appoint_heirs(payload: dict[str, Any]) -> None:
    del payload
    service.appoint_heirs(System())


def forget_invitations(payload: dict[str, Any]) -> None:
    del payload
    service.forget_expired(System())


JOBS = {
    "projects.approvals": remind_of_approvals,
    "projects.tasks": remind_of_tasks,
    "projects.leads": appoint_heirs,
    "projects.forget_invitations": forget_invitations,
}
#: Before the digests are written, so that they hold what ran out in the night.
SCHEDULES = (
    Schedule("projects.approvals", Every.DAY, time(5, 10)),
    Schedule("projects.tasks", Every.DAY, time(5, 20)),
    Schedule("projects.leads", Every.DAY, time(5, 0)),
    Schedule("projects.forget_invitations", Every.DAY, time(3, 50)),
)
