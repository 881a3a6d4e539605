"""Passing gates: the team proposes with evidence, administration or lead organisation decides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions import service as contributions
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Conflict, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.innovations import policy
from civic.innovations.models import Gate, GateState, Innovation, Stage
from civic.innovations.queries import gates as queries
from civic.innovations.reader import EARLIEST
from civic.innovations.service.entries import make_findable, rendered_lessons
from civic.organisations.models import SPEAKING
from civic.topics import queries as carried

#: Fewer characters explain neither a decision nor what was learned.
SHORTEST_REASON = 20
SHORTEST_LESSONS = 50


@dataclass(frozen=True)
class Evidence:
    """What speaks for a step, in words: the costs always, and figures or voices."""

    figures: str = ""
    costs: str = ""
    voices: str = ""
    documents: str = ""


@dataclass(frozen=True)
class Verdict:
    """A decision as it was taken: by whom ("Gemeinderat Moosbach"), on which day, and why."""

    body: str
    decided_on: date
    reason: str


@transaction()
def propose_step(
    actor: Actor, innovation: Innovation, to_stage: Stage, evidence: Evidence, lessons: str = ""
) -> Gate:
    """The team says that it is ready for a step, a step back, or the end.

    `lessons` (Markdown) are owed for the end; they stand on the page from then on. Raises
    `RuleBroken` with the field, also where a step is proposed already.
    """
    contributions.lock(actor, innovation)
    demand(policy.may_propose, actor, innovation)
    if to_stage not in queries.steps(innovation):
        raise RuleBroken(N_("This step is not possible from where the innovation stands."), "to")
    _check_evidence(to_stage, evidence)
    if to_stage is Stage.ENDED:
        _keep_lessons(actor, innovation, lessons)
    gate = Gate(
        innovation=innovation,
        from_stage=Stage(innovation.state),
        to_stage=to_stage,
        state=GateState.PROPOSED,
        proposed_by_id=actor.id or None,
        proposed_at=clock.now(),
        **asdict(evidence),
    )
    _add(gate)
    activity.record(actor, "gate.proposed", innovation, detail=to_stage)
    if others := speakers(innovation):
        activity.record(actor, "gate.asked", innovation, detail=to_stage, to=others)
    return gate


def _add(gate: Gate) -> None:
    """One proposal at a time: the constraint decides, whoever looked before."""
    try:
        with db.session.begin_nested():
            db.session.add(gate)
    except IntegrityError as error:
        raise RuleBroken(
            N_("A step is proposed already. It has to be decided or taken back first."), "to"
        ) from error


@transaction()
def withdraw_proposal(actor: Actor, gate: Gate) -> None:
    """The team takes a proposal back while nobody has decided. Raises `Conflict` afterwards."""
    _hold(actor, gate)
    demand(policy.may_propose, actor, gate.innovation)
    gate.state = GateState.WITHDRAWN
    gate.decided_by_id, gate.decided_at = actor.id or None, clock.now()
    activity.record(actor, "gate.withdrawn", gate.innovation, detail=gate.to_stage)


@transaction()
def agree_to_step(actor: Actor, gate: Gate, verdict: Verdict) -> None:
    """The step is decided: the innovation stands at the new stage from now on.

    Raises `Conflict` where another decision, or the team, was quicker.
    """
    _decide(actor, gate, verdict, GateState.PASSED)
    innovation = gate.innovation
    if innovation.state != gate.from_stage:
        raise RuleBroken(
            N_("The innovation stands elsewhere by now. The team has to propose the step anew.")
        )
    if gate.to_stage is Stage.ENDED:
        db.session.refresh(innovation, ("lessons",))
        _check_lessons(innovation.lessons)
    innovation.ended_from = gate.from_stage if gate.to_stage is Stage.ENDED else None
    innovation.state = gate.to_stage
    innovation.updated_at = clock.now()
    if gate.to_stage is Stage.REGULAR and innovation.used_since is None:
        innovation.used_since = verdict.decided_on
    verb = "innovation.ended" if gate.to_stage is Stage.ENDED else "innovation.gate_passed"
    activity.record(actor, verb, innovation, note=verdict.reason, detail=gate.to_stage)


@transaction()
def refuse_step(actor: Actor, gate: Gate, verdict: Verdict) -> None:
    """The step is not agreed to; the innovation stays where it is, and the team hears why."""
    _decide(actor, gate, verdict, GateState.REFUSED)
    innovation = gate.innovation
    activity.record(
        actor,
        "gate.refused",
        innovation,
        note=verdict.reason,
        detail=gate.to_stage,
        to=keepers(innovation),
    )


def _decide(actor: Actor, gate: Gate, verdict: Verdict, state: GateState) -> None:
    _hold(actor, gate)
    demand(policy.may_decide, actor, gate.innovation)
    _check_verdict(gate, verdict)
    gate.state = state
    gate.body, gate.decided_on, gate.reason = verdict.body, verdict.decided_on, verdict.reason
    gate.decided_by_id, gate.decided_at = actor.id or None, clock.now()


def _hold(actor: Actor, gate: Gate) -> None:
    """From here on nobody else decides; what was decided a moment ago is seen."""
    contributions.lock(actor, gate.innovation)
    db.session.refresh(gate)
    if gate.state is not GateState.PROPOSED:
        raise Conflict


def _check_evidence(to_stage: Stage, evidence: Evidence) -> None:
    """Costs always; figures or voices too, except for an end, for which the lessons speak."""
    if not evidence.costs:
        raise RuleBroken(
            N_("Please say what it has cost so far, or that it has cost nothing."), "costs"
        )
    if to_stage is not Stage.ENDED and not (evidence.figures or evidence.voices):
        raise RuleBroken(N_("Please add figures or voices; one of the two is needed."), "figures")


def _keep_lessons(actor: Actor, innovation: Innovation, lessons: str) -> None:
    """They stand on the page from now on, and the register finds the entry by their words."""
    _check_lessons(lessons)
    for name, value in rendered_lessons(lessons).items():
        setattr(innovation, name, value)
    innovation.updated_at = clock.now()
    make_findable(actor, innovation, carried.of_thing(innovation.id))


def _check_lessons(lessons: str) -> None:
    if len(lessons) < SHORTEST_LESSONS:
        raise RuleBroken(
            N_("Say in at least %(least)s characters what others can learn from it."),
            "lessons",
            least=SHORTEST_LESSONS,
        )


def _check_verdict(gate: Gate, verdict: Verdict) -> None:
    if not verdict.body:
        raise RuleBroken(N_("Please say who decided."), "body")
    if not EARLIEST <= verdict.decided_on <= clock.today():
        raise RuleBroken(
            N_("Please give a day that lies behind us, and after the year 1900."), "decided_on"
        )
    last = queries.last_decision(gate.innovation)
    if last is not None and verdict.decided_on < last:
        raise RuleBroken(
            N_("The step before was decided on a later day. Please check the date."), "decided_on"
        )
    if len(verdict.reason) < SHORTEST_REASON:
        raise RuleBroken(
            N_("Please explain the decision in at least %(least)s characters."),
            "reason",
            least=SHORTEST_REASON,
        )


def keepers(innovation: Innovation) -> set[int]:
    """The people who may propose: team, author, speakers of the organisation."""
    project = innovation.project
    team = {m.user_id for m in project.team if project.is_kept_by(m.user)} if project else set()
    return team | speakers(innovation) | {innovation.author_id}


def speakers(innovation: Innovation) -> set[int]:
    """The people who decide for the organisation that leads it."""
    organisation = innovation.organisation
    if organisation is None or organisation.is_closed:
        return set()
    return {member.user_id for member in organisation.members if member.role in SPEAKING}
