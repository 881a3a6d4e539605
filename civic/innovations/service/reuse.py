"""Nachnutzung: another municipality takes an entry over, which makes an entry of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions import service as contributions
from civic.core import clock, html, limits
from civic.core.db import db, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.follows import service as follows
from civic.innovations import policy
from civic.innovations.models import Degree, Gate, GateState, Innovation, Stage
from civic.innovations.queries import gates
from civic.innovations.service.entries import DAILY, check_text, enter
from civic.innovations.service.uses import (
    DEGREES,
    check_alone,
    count_uses,
    hold_family,
    tell_parent,
)
from civic.municipalities.models import Municipality

#: Fewer characters do not say what is done differently.
SHORTEST_CHANGED = 10
#: What an entry brings along beside title and text. What was learned, measured and spent there
#: stays there: it is another municipality's experience.
CARRIED = (
    "cost_once",
    "cost_yearly",
    "cost_note",
    "staff",
    "legal_basis",
    "software",
    "licence",
    "duration",
    "conditions",
    "language",
)


@dataclass(frozen=True)
class Decided:
    """Who decided to take it over ("Gemeinderat Birkenrode"), and on which day."""

    body: str
    on: date


@dataclass(frozen=True)
class Adoption:
    """How a municipality takes an entry over: in which words, how far, and what it changes."""

    title: str
    body: str
    slugs: Sequence[str]
    degree: Degree
    decided: Decided
    changed: str = ""
    #: Further columns: a contact, where it lies.
    more: dict[str, Any] = field(default_factory=dict)


def take_over(
    actor: Actor, parent: Innovation, municipality: Municipality, adoption: Adoption
) -> Innovation:
    """Make the entry of a municipality that takes this one over; the origin hears of it.

    Raises `RuleBroken` with the field, also where the municipality has a living entry of this
    family already; `Forbidden`, `TooMany`.
    """
    demand(policy.may_take_over_for, actor, parent, municipality)
    check_text(adoption.title, adoption.body)
    _check_changed(adoption.degree, adoption.changed)
    _check_decided(adoption.decided)
    limits.hit(f"innovation:{actor.id}", [DAILY])
    return _take_over(actor, parent, municipality, adoption)


@transaction()
def _take_over(
    actor: Actor, parent: Innovation, municipality: Municipality, adoption: Adoption
) -> Innovation:
    origin = hold_family(actor, parent)
    if not parent.is_visible:  # hidden a moment ago
        raise Missing
    entry = _entry(actor, parent, municipality, adoption)
    check_alone(entry, origin)
    enter(actor, entry, adoption.slugs)
    contributions.descend(actor, entry, [parent])
    # Its number alone: what the origin is called may change, or be hidden one day.
    _write_step(actor, entry, Stage.IDEA, adoption.decided, parent.reference or "")
    count_uses(actor, origin.id)
    follows.follow_by_default(actor, parent)
    _tell(actor, entry, parent, origin)
    return entry


def _entry(
    actor: Actor, parent: Innovation, municipality: Municipality, adoption: Adoption
) -> Innovation:
    stage = adoption.degree.stage
    return Innovation(
        author_id=actor.id,
        municipality=municipality,
        title=adoption.title,
        state=stage,
        parent_id=parent.id,
        root_id=parent.family_id,
        degree=adoption.degree,
        changed=adoption.changed,
        use_count=0,
        used_since=adoption.decided.on if stage is Stage.REGULAR else None,
        lessons="",
        lessons_html="",
        **html.columns(adoption.body),
        **{name: getattr(parent, name) for name in CARRIED},
        **adoption.more,
    )


def _tell(actor: Actor, entry: Innovation, parent: Innovation, origin: Innovation) -> None:
    """The one it was taken from hears of it, and the origin as well, however far away.

    The words of the new entry stay there: if it is hidden one day, they are hidden with it.
    """
    activity.record(actor, "innovation.taken_over", parent, detail=entry.reference)
    if origin.id != parent.id:
        activity.record(actor, "innovation.spread", origin, detail=entry.reference)


@transaction()
def set_degree(
    actor: Actor, innovation: Innovation, degree: Degree, decided: Decided, changed: str
) -> None:
    """It is taken further, or less far: a named body decided so, which stands in the history.

    `changed` says what is done differently here, and stands in the family from then on. Raises
    `RuleBroken` with the field.
    """
    origin = hold_family(actor, innovation)
    db.session.refresh(innovation, ("degree",))
    demand(policy.may_set_degree, actor, innovation)
    _check_changed(degree, changed)
    _check_decided(decided, gates.last_decision(innovation))
    if degree is innovation.degree:
        raise RuleBroken(N_("That is how far it is taken over already."), "degree")
    before = Stage(innovation.state)
    innovation.degree, innovation.changed = degree, changed
    if DEGREES[before] is not degree:
        innovation.state = degree.stage
    if degree is Degree.IN_USE and innovation.used_since is None:
        innovation.used_since = decided.on
    innovation.updated_at = clock.now()
    _write_step(actor, innovation, before, decided)
    count_uses(actor, origin.id)
    activity.record(actor, "innovation.degree_changed", innovation, detail=degree)
    tell_parent(actor, innovation, degree)


def _write_step(
    actor: Actor, innovation: Innovation, before: Stage, decided: Decided, documents: str = ""
) -> None:
    """A decision that was taken already: in the history it stands like every other gate.

    Its reason is what is done differently.
    """
    now = clock.now()
    db.session.add(
        Gate(
            innovation=innovation,
            from_stage=before,
            to_stage=Stage(innovation.state),
            state=GateState.PASSED,
            documents=documents,
            proposed_by_id=actor.id or None,
            proposed_at=now,
            body=decided.body,
            decided_on=decided.on,
            reason=innovation.changed,
            decided_by_id=actor.id or None,
            decided_at=now,
        )
    )


def _check_changed(degree: Degree, changed: str) -> None:
    """Who tries it or uses it knows what is done differently; interest need not."""
    if degree is not Degree.INTERESTED and len(changed) < SHORTEST_CHANGED:
        raise RuleBroken(
            N_(
                "Please say in at least %(least)s characters what you do differently, or that you "
                "change nothing."
            ),
            "changed",
            least=SHORTEST_CHANGED,
        )


def _check_decided(decided: Decided, last: date | None = None) -> None:
    if not decided.body:
        raise RuleBroken(N_("Please say who decided."), "decided_by")
    if decided.on > clock.today():
        raise RuleBroken(N_("The decision cannot lie in the future."), "decided_on")
    if last is not None and decided.on < last:
        raise RuleBroken(
            N_("The step before was decided on a later day. Please check the date."), "decided_on"
        )


@transaction()
def mark_place(
    actor: Actor, innovation: Innovation, latitude: float | None, longitude: float | None
) -> None:
    """Say where it lies, or take the mark away; map and register show it there."""
    contributions.lock(actor, innovation)
    demand(policy.may_edit, actor, innovation)
    innovation.latitude, innovation.longitude = latitude, longitude
    innovation.updated_at = clock.now()
    activity.record(actor, "innovation.edited", innovation)
