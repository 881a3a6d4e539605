"""From the application to the result. Each step holds the test bed, so that none is overfilled."""

from __future__ import annotations

from datetime import date

from sqlalchemy.exc import IntegrityError

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions.address import listed_kinds
from civic.contributions.models import Contribution
from civic.core import clock, limits
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.follows import service as follows
from civic.testbeds import policy
from civic.testbeds.models import Pilot, PilotState, Testbed, TestbedState
from civic.testbeds.service import places

SHORTEST_PLAN = 50
SHORTEST_WORDS = 20
#: Applications of a person in a day; nobody honest reaches it.
DAILY = limits.Limit(20, 86_400)


def apply(
    actor: Actor,
    testbed: Testbed,
    thing: Contribution,
    *,
    plan: str,
    begins_on: date | None = None,
    ends_on: date | None = None,
) -> Pilot:
    """Ask for a place. Raises `RuleBroken` with the field, `Forbidden`, `TooMany`."""
    _check_open(testbed)
    demand(policy.may_apply, actor, testbed, thing)
    limits.hit(f"pilot:{actor.id}", [DAILY])
    return _apply(actor, testbed, thing, plan=plan, begins_on=begins_on, ends_on=ends_on)


@transaction()
def _apply(
    actor: Actor,
    testbed: Testbed,
    thing: Contribution,
    *,
    plan: str,
    begins_on: date | None,
    ends_on: date | None,
) -> Pilot:
    places.hold(actor, testbed)
    _check_open(testbed)
    demand(policy.may_apply, actor, testbed, thing)
    _check_application(testbed, thing, plan, begins_on, ends_on)
    pilot = Pilot(
        testbed_id=testbed.id,
        contribution_id=thing.id,
        plan=plan,
        begins_on=begins_on,
        ends_on=ends_on,
        state=PilotState.APPLIED,
        applied_by_id=actor.id,
        applied_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(pilot)
            db.session.flush()
    except IntegrityError as error:
        raise RuleBroken(
            N_("There is already an application or a pilot of this contribution here."), "thing"
        ) from error
    follows.follow_by_default(actor, testbed)
    activity.record(actor, "pilot.applied", testbed, detail=str(pilot.id))
    return pilot


def _check_open(testbed: Testbed) -> None:
    if not testbed.takes_applications:
        raise RuleBroken(N_("This test bed takes no applications at present."))


def _check_application(
    testbed: Testbed, thing: Contribution, plan: str, begins_on: date | None, ends_on: date | None
) -> None:
    if thing.kind not in listed_kinds():
        raise RuleBroken(N_("This contribution cannot be tried in a test bed."), "thing")
    if len(plan) < SHORTEST_PLAN:
        raise RuleBroken(
            N_("Please say in at least %(least)s characters what you want to try."),
            "plan",
            least=SHORTEST_PLAN,
        )
    places.check_dates(begins_on, ends_on)
    if begins_on and testbed.begins_on and begins_on < testbed.begins_on:
        raise RuleBroken(N_("The test bed opens later than that."), "begins_on")
    if ends_on and testbed.ends_on and ends_on > testbed.ends_on:
        raise RuleBroken(N_("The test bed is open only up to an earlier day."), "ends_on")


@transaction()
def decide(actor: Actor, pilot: Pilot, *, admit: bool, reason: str) -> None:
    """Admit within the places there are, or refuse with a reason. Either way it is answered."""
    _hold(actor, pilot)
    demand(policy.may_decide, actor, pilot)
    if admit:
        _check_place(pilot.testbed)
    elif len(reason) < SHORTEST_WORDS:
        raise RuleBroken(
            N_("Please give the reason in at least %(least)s characters."),
            "reason",
            least=SHORTEST_WORDS,
        )
    pilot.state = PilotState.ADMITTED if admit else PilotState.REFUSED
    pilot.reason = reason
    pilot.decided_by_id = actor.id
    pilot.decided_at = clock.now()
    db.session.flush()
    places.mark(pilot.testbed)
    verb = "pilot.admitted" if admit else "pilot.refused"
    _tell_side(actor, verb, pilot, reason)


def _check_place(testbed: Testbed) -> None:
    if testbed.state == TestbedState.CLOSED:
        raise RuleBroken(N_("The test bed is closed. Open it again to admit somebody."), "decision")
    if places.taken(testbed) >= testbed.capacity:
        raise RuleBroken(
            N_("All places are taken. Finish a pilot or add a place, then admit this one."),
            "decision",
        )


@transaction()
def withdraw(actor: Actor, pilot: Pilot) -> None:
    """Take an application back before it is answered."""
    _hold(actor, pilot)
    demand(policy.may_withdraw, actor, pilot)
    pilot.state = PilotState.WITHDRAWN
    activity.record(actor, "pilot.withdrawn", pilot.testbed, detail=str(pilot.id))


@transaction()
def finish(actor: Actor, pilot: Pilot, *, result: str) -> None:
    """The pilot is over: what came of it is said in public, and its place is free."""
    _hold(actor, pilot)
    demand(policy.may_finish, actor, pilot)
    if len(result) < SHORTEST_WORDS:
        raise RuleBroken(
            N_("Please say in at least %(least)s characters what came of it."),
            "result",
            least=SHORTEST_WORDS,
        )
    pilot.state = PilotState.FINISHED
    pilot.result = result
    pilot.finished_at = clock.now()
    db.session.flush()
    places.mark(pilot.testbed)
    _tell_side(actor, "pilot.finished", pilot, result)


def _hold(actor: Actor, pilot: Pilot) -> None:
    """The test bed first, then the pilot as it is now: of two answers only one is given."""
    places.hold(actor, pilot.testbed)
    db.session.refresh(pilot, ("state",))


def _tell_side(actor: Actor, verb: str, pilot: Pilot, words: str) -> None:
    """Recorded on what is tried. A refusal is told to those who asked, and to nobody else."""
    people = {pilot.applied_by_id, pilot.contribution.author_id} - {None}
    activity.record(
        actor,
        verb,
        pilot.contribution,
        note=words or None,
        detail=str(pilot.id),
        to=[person for person in people if person],
    )
