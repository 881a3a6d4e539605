"""The way of an innovation: the gates it passed, and what its team has proposed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.innovations import policy
from civic.innovations.models import Gate, GateState, Innovation, Stage

ORDER = Order((("proposed_at", Gate.proposed_at), ("id", Gate.id)))
#: More steps on one way than anybody takes; the life line reads no more of them.
MOST_PASSED = 100

_PASSED = (
    select(Gate.from_stage, Gate.to_stage, Gate.decided_on, Gate.body)
    .where(Gate.innovation_id == bindparam("id"), Gate.state == GateState.PASSED)
    .order_by(Gate.decided_on.desc(), Gate.id.desc())
    .limit(MOST_PASSED)
)
_OPEN = select(Gate).where(Gate.innovation_id == bindparam("id"), Gate.state == GateState.PROPOSED)


def history(viewer: Actor, innovation: Innovation) -> Select[Gate]:
    """Gates with evidence and decision: those passed for all, the others for those concerned."""
    gates = select(Gate).where(Gate.innovation_id == innovation.id)
    if not policy.may_see_proposals(viewer, innovation):
        return gates.where(Gate.state == GateState.PASSED)
    return gates.options(joinedload(Gate.proposed_by), joinedload(Gate.decided_by))


def passed(innovation: Innovation) -> Sequence[Any]:
    """Steps that were agreed to, the latest first: from_stage, to_stage, decided_on, body."""
    return db.session.execute(_PASSED, {"id": innovation.id}).all()


def reached(steps: Sequence[Any]) -> dict[Stage, date]:
    """Since when each stage that it has now, or had on its way here, was reached.

    `steps`: as of `passed`. What lies beyond a step back is no longer reached.
    """
    found: dict[Stage, date] = {}
    for step in reversed(steps):
        if policy.is_forward(step.from_stage, step.to_stage):
            found.setdefault(step.to_stage, step.decided_on)
        else:
            found = _until(found, step.to_stage)
            found[step.to_stage] = step.decided_on
    return found


def _until(found: dict[Stage, date], stage: Stage) -> dict[Stage, date]:
    """Without the stages that lie behind this one; an end takes nothing back."""
    return {
        earlier: day
        for earlier, day in found.items()
        if stage is Stage.ENDED or not policy.is_forward(stage, earlier)
    }


def get(viewer: Actor, innovation: Innovation, id: int) -> Gate:
    """A gate of this innovation; one that was not passed only for those whom it concerns."""
    gate = db.session.get(Gate, id)
    if gate is None or gate.innovation_id != innovation.id:
        raise Missing
    if gate.state is not GateState.PASSED and not policy.may_see_proposals(viewer, innovation):
        raise Missing
    return gate


def waiting(innovation: Innovation) -> Gate | None:
    """The one proposal that waits for a decision."""
    return db.session.scalar(_OPEN, {"id": innovation.id})


def last_decision(innovation: Innovation) -> date | None:
    """The day of the latest step that was agreed to."""
    steps = passed(innovation)
    return steps[0].decided_on if steps else None


def steps(innovation: Innovation) -> tuple[Stage, ...]:
    """Where a gate may lead from here."""
    return policy.steps_from(Stage(innovation.state), innovation.ended_from)
