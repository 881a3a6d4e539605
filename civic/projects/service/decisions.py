"""What was decided about a project, where and by whom. What changes later leaves its trace."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.projects.models import Decision, Project
from civic.projects.service.hold import hold_for_work, read_anew

SHORTEST = 3
#: Far more than any project decides; a stop for whatever goes wild.
MOST_DECISIONS = 500
DECIDED = "project.decided"
CHANGED = "project.decision_changed"
REMOVED = "project.decision_removed"


class Wording(NamedTuple):
    """A decision as it is written down."""

    title: str
    text: str
    #: Who decided ("Gemeinderat"), where ("Sitzung vom 3. März, TOP 4") and when.
    body: str
    place: str
    decided_on: date


@transaction()
def record_decision(actor: Actor, project: Project, words: Wording) -> Decision:
    """Write a decision down, whoever made it; the followers hear of it."""
    hold_for_work(actor, project)
    _check(words)
    if _number_of(project) >= MOST_DECISIONS:
        raise RuleBroken(
            N_("There are %(most)s decisions already. Please write to the platform."),
            "title",
            most=MOST_DECISIONS,
        )
    decision = Decision(
        project_id=project.id, recorded_by_id=actor.id, created_at=clock.now(), **words._asdict()
    )
    db.session.add(decision)
    db.session.flush()
    note = f"{words.title} ({words.body})"
    activity.record(actor, DECIDED, project, note=note, detail=str(decision.id))
    return decision


@transaction()
def edit_decision(actor: Actor, decision: Decision, words: Wording, *, reason: str) -> None:
    """Set the record right; what it said before stays readable, with the reason."""
    hold_for_work(actor, decision.project)
    read_anew(decision)
    _check(words)
    before = _wording_of(decision)
    if before == words:
        return
    _check_reason(reason)
    for name, value in words._asdict().items():
        setattr(decision, name, value)
    note = f"{reason}\n\n{_as_it_was(before, words)}"
    activity.record(actor, CHANGED, decision.project, note=note, detail=str(decision.id))


@transaction()
def remove_decision(actor: Actor, decision: Decision, *, reason: str) -> None:
    """Take a record away that should not be there; that it was there, and why it is gone, stays."""
    project = decision.project
    hold_for_work(actor, project)
    read_anew(decision)
    _check_reason(reason)
    note = f"{decision.title} ({decision.body}). {reason}"
    activity.record(actor, REMOVED, project, note=note, detail=str(decision.id))
    db.session.delete(decision)


def _wording_of(decision: Decision) -> Wording:
    """What it says now."""
    return Wording(*(getattr(decision, name) for name in Wording._fields))


def _as_it_was(before: Wording, after: Wording) -> str:
    """The earlier words of whatever is different, as quotations."""
    old = [
        f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)
        for value, new in zip(before, after, strict=True)
        if value != new and value
    ]
    return "\n\n".join("> " + words.replace("\n", "\n> ") for words in old)


def _check(words: Wording) -> None:
    if len(words.title) < SHORTEST:
        raise RuleBroken(
            N_("Please use at least %(least)s characters for the title."), "title", least=SHORTEST
        )
    if not words.body:
        raise RuleBroken(N_("Please say who made the decision."), "body")
    if words.decided_on > clock.today():
        raise RuleBroken(N_("This day is still to come."), "decided_on")


def _check_reason(reason: str) -> None:
    if len(reason) < SHORTEST:
        raise RuleBroken(N_("Please say in a sentence why. Everybody can read it."), "reason")


def _number_of(project: Project) -> int:
    statement = select(func.count()).where(Decision.project_id == project.id)
    return db.session.scalar(statement) or 0
