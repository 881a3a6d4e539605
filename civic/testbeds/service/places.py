"""Places of a test bed: whoever changes how many are taken holds the test bed first."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from civic.accounts.models import Actor
from civic.contributions import service as contributions
from civic.core.db import db
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.testbeds.models import Pilot, PilotState, Testbed, TestbedState


def hold(actor: Actor, testbed: Testbed) -> None:
    """Let nobody else take or give back a place until the transaction ends, and look again."""
    contributions.lock(actor, testbed)
    db.session.refresh(testbed, ("capacity", "begins_on", "ends_on"))


def taken(testbed: Testbed) -> int:
    """How many pilots run in it now."""
    counted = select(func.count()).where(
        Pilot.testbed_id == testbed.id, Pilot.state == PilotState.ADMITTED
    )
    return db.session.scalar(counted) or 0


def waiting(testbed: Testbed) -> int:
    """How many applications have no answer."""
    counted = select(func.count()).where(
        Pilot.testbed_id == testbed.id, Pilot.state == PilotState.APPLIED
    )
    return db.session.scalar(counted) or 0


def mark(testbed: Testbed) -> None:
    """Say whether a place is free; a closed one stays closed."""
    if testbed.state != TestbedState.CLOSED:
        is_full = taken(testbed) >= testbed.capacity
        testbed.state = TestbedState.FULL if is_full else TestbedState.OPEN


def check_dates(begins_on: date | None, ends_on: date | None) -> None:
    """Raises `RuleBroken` where it would end before it begins."""
    if begins_on and ends_on and ends_on < begins_on:
        raise RuleBroken(N_("The last day lies before the first one."), "ends_on")
