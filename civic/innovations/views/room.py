"""What all pages of one innovation need: the thing itself, its life line, its addresses."""

from __future__ import annotations

from typing import Any

from civic.accounts.current import actor
from civic.contributions import queries as contributions
from civic.core.urls import url_for
from civic.innovations import policy, queries
from civic.innovations.address.line import life_line
from civic.innovations.models import Gate, Innovation
from civic.innovations.queries import gates


def get(id: int) -> Innovation:
    """The innovation of the address, for the person who looks."""
    return queries.get(actor(), id)


def head(innovation: Innovation) -> dict[str, Any]:
    """The part above the tabs: `innovation`, `earlier`, `line`, and what waits for a decision."""
    earlier = contributions.earlier(innovation)
    passed = gates.passed(innovation)
    return {
        "innovation": innovation,
        "earlier": earlier,
        "passed": passed,
        "line": life_line(innovation, gates.reached(passed), earlier),
        "waiting": waiting(innovation),
    }


def waiting(innovation: Innovation) -> Gate | None:
    """The proposal that waits; nobody else is told of it."""
    if not policy.may_see_proposals(actor(), innovation):
        return None
    return gates.waiting(innovation)


def history_url(innovation: Innovation) -> str:
    return url_for("innovations.gates", id=innovation.id)
