"""Passing gates: evidence, a named decision, one proposal at a time, and the way back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civic.accounts.models import Role
from civic.activity.models import Activity
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Conflict, Forbidden, Missing, RuleBroken
from civic.innovations import service
from civic.innovations.models import Gate, GateState, Stage
from civic.innovations.queries import gates as queries
from civic.innovations.queries import state_of
from civic.innovations.service import Evidence
from tests.make import make_municipality, make_user
from tests.make_innovations import (
    EVIDENCE,
    LESSONS,
    make_gate,
    make_innovation,
    pass_gate,
    verdict,
)
from tests.make_organisations import make_organisation


def staff_of(innovation):
    return make_user(roles=[(Role.STAFF, innovation.municipality)])


def acts(innovation):
    found = select(Activity).where(Activity.contribution_id == innovation.id).order_by(Activity.id)
    return db.session.scalars(found).all()


def listed(viewer, innovation):
    return [gate.state for gate in db.session.scalars(queries.history(viewer, innovation))]


def test_a_step_is_proposed_and_decided(inside):
    innovation = make_innovation(stage=Stage.CONCEPT)
    gate = make_gate(innovation)
    assert (gate.from_stage, gate.to_stage, gate.state) == ("concept", "pilot", "proposed")
    assert innovation.state == Stage.CONCEPT
    staff = staff_of(innovation)
    service.agree_to_step(staff, gate, verdict())
    assert innovation.state == Stage.PILOT
    assert (gate.state, gate.body, gate.decided_by) == ("passed", "Gemeinderat Moosbach", staff)
    last = acts(innovation)[-1]
    assert (last.verb, last.detail, last.note) == ("innovation.gate_passed", "pilot", gate.reason)


def test_the_whole_way_and_since_when_it_is_in_use(inside):
    innovation = make_innovation(stage=Stage.IDEA)
    begin = clock.today() - timedelta(days=100)
    for n, stage in enumerate(("concept", "pilot", "rollout", "regular", "handed_on")):
        pass_gate(innovation, Stage(stage), decided_on=begin + timedelta(days=n))
    assert innovation.state == Stage.HANDED_ON
    assert innovation.used_since == begin + timedelta(days=3)
    reached = queries.reached(queries.passed(innovation))
    assert reached[Stage.PILOT] == begin + timedelta(days=1)


@pytest.mark.parametrize(
    ("stage", "to_stage"),
    [
        (Stage.CONCEPT, Stage.ROLLOUT),
        (Stage.CONCEPT, Stage.CONCEPT),
        (Stage.IDEA, Stage.REGULAR),
        (Stage.ENDED, Stage.REGULAR),
        (Stage.ENDED, Stage.ENDED),
    ],
)
def test_no_gate_is_skipped(inside, stage, to_stage):
    innovation = make_innovation(state=stage)
    with pytest.raises(RuleBroken) as broken:
        make_gate(innovation, to_stage)
    assert broken.value.field == "to"


def test_going_back_is_possible_and_visible(inside):
    innovation = make_innovation()
    pass_gate(innovation, Stage.PILOT, decided_on=clock.today() - timedelta(days=2))
    pass_gate(innovation, Stage.CONCEPT)
    assert innovation.state == Stage.CONCEPT
    steps = queries.passed(innovation)
    assert [(step.from_stage, step.to_stage) for step in steps] == [
        ("pilot", "concept"),
        ("concept", "pilot"),
    ]
    assert Stage.PILOT not in queries.reached(steps)


@pytest.mark.parametrize(
    ("evidence", "field"),
    [
        (Evidence(figures="112"), "costs"),
        (Evidence(costs="nichts"), "figures"),
        (Evidence(costs="nichts", documents="Protokoll"), "figures"),
        (Evidence(), "costs"),
    ],
)
def test_a_step_needs_costs_and_figures_or_voices(inside, evidence, field):
    with pytest.raises(RuleBroken) as broken:
        make_gate(make_innovation(), evidence=evidence)
    assert broken.value.field == field


def test_voices_are_evidence_as_well(inside):
    make_gate(make_innovation(), evidence=Evidence(costs="nichts", voices="Endlich hilft jemand."))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": ""}, "body"),
        ({"decided_on": date(2999, 1, 1)}, "decided_on"),
        ({"decided_on": date(2020, 1, 1)}, "decided_on"),
        ({"reason": "Ja."}, "reason"),
    ],
)
def test_a_decision_needs_a_body_a_day_behind_us_and_a_reason(inside, changes, field):
    innovation = make_innovation()
    pass_gate(innovation, decided_on=clock.today() - timedelta(days=30))
    gate = make_gate(innovation)
    for command in (service.agree_to_step, service.refuse_step):
        with pytest.raises(RuleBroken) as broken:
            command(staff_of(innovation), gate, verdict(**changes))
        assert broken.value.field == field
    assert gate.state is GateState.PROPOSED


def test_the_honest_end_owes_lessons_and_may_be_taken_up_again(inside):
    innovation = make_innovation()
    pass_gate(innovation, Stage.PILOT)
    only_costs = Evidence(costs="900 Euro")
    with pytest.raises(RuleBroken) as broken:
        service.propose_step(innovation.author, innovation, Stage.ENDED, only_costs, "Schade.")
    assert broken.value.field == "lessons"
    gate = service.propose_step(innovation.author, innovation, Stage.ENDED, only_costs, LESSONS)
    service.agree_to_step(staff_of(innovation), gate, verdict())
    assert (innovation.state, innovation.ended_from) == (Stage.ENDED, Stage.PILOT)
    assert innovation.lessons == LESSONS
    assert acts(innovation)[-1].verb == "innovation.ended"
    with pytest.raises(RuleBroken):
        make_gate(innovation, Stage.ROLLOUT)
    pass_gate(innovation, Stage.PILOT)
    assert (innovation.state, innovation.ended_from) == (Stage.PILOT, None)


def test_one_proposal_at_a_time(inside):
    innovation = make_innovation()
    gate = make_gate(innovation)
    with pytest.raises(RuleBroken) as broken:
        make_gate(innovation, Stage.IDEA)
    assert broken.value.field == "to"
    service.withdraw_proposal(innovation.author, gate)
    make_gate(innovation, Stage.IDEA)


def test_the_database_itself_takes_one_proposal_only(inside):
    innovation = make_innovation()
    make_gate(innovation)
    second = Gate(
        innovation=innovation,
        from_stage=Stage.CONCEPT,
        to_stage=Stage.PILOT,
        state=GateState.PROPOSED,
        proposed_at=clock.now(),
    )
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(second)


def test_what_is_settled_is_settled(inside):
    innovation = make_innovation()
    gate = make_gate(innovation)
    service.refuse_step(staff_of(innovation), gate, verdict())
    assert (gate.state, innovation.state) == (GateState.REFUSED, Stage.CONCEPT)
    with pytest.raises(Conflict):
        service.agree_to_step(staff_of(innovation), gate, verdict())
    with pytest.raises(Conflict):
        service.withdraw_proposal(innovation.author, gate)


def test_a_step_that_no_longer_fits_is_not_decided(inside):
    innovation = make_innovation()
    gate = make_gate(innovation)
    innovation.state = Stage.REGULAR  # said otherwise, as by the degree of a taking over
    with pytest.raises(RuleBroken):
        service.agree_to_step(staff_of(innovation), gate, verdict())


def test_only_the_team_proposes_and_only_those_responsible_decide(inside):
    organisation = make_organisation()
    innovation = make_innovation(organisation=organisation, author=organisation.members[0].user)
    staff, stranger = staff_of(innovation), make_user()
    for nobody in (staff, stranger):
        with pytest.raises(Forbidden):
            service.propose_step(nobody, innovation, Stage.PILOT, EVIDENCE)
    gate = make_gate(innovation)
    elsewhere = make_user(roles=[(Role.STAFF, make_municipality())])
    for nobody in (stranger, elsewhere):
        for command in (service.agree_to_step, service.refuse_step):
            with pytest.raises(Forbidden):
                command(nobody, gate, verdict())
    with pytest.raises(Forbidden):
        service.withdraw_proposal(staff, gate)
    service.agree_to_step(organisation.members[0].user, gate, verdict())


def test_refusals_are_seen_by_the_team_and_the_deciders_alone(inside):
    innovation = make_innovation()
    pass_gate(innovation)
    refused = make_gate(innovation)
    service.refuse_step(staff_of(innovation), refused, verdict())
    withdrawn = make_gate(innovation)
    service.withdraw_proposal(innovation.author, withdrawn)
    assert set(listed(innovation.author, innovation)) == {"passed", "refused", "withdrawn"}
    assert set(listed(staff_of(innovation), innovation)) == {"passed", "refused", "withdrawn"}
    stranger = make_user()
    assert listed(stranger, innovation) == ["passed"]
    with pytest.raises(Missing):
        queries.get(stranger, innovation, refused.id)
    assert [act.verb for act in acts(innovation) if act.verb.startswith("innovation.")] == [
        "innovation.registered",
        "innovation.gate_passed",
    ]


def test_a_refusal_reaches_the_team_with_its_reason(inside):
    innovation = make_innovation()
    service.refuse_step(staff_of(innovation), make_gate(innovation), verdict())
    last = acts(innovation)[-1]
    assert (last.verb, last.to_ids) == ("gate.refused", [innovation.author_id])
    assert last.note


def test_the_lead_organisation_is_asked_for_its_decision(inside):
    organisation = make_organisation()
    owner = organisation.members[0].user
    innovation = make_innovation(author=owner, organisation=organisation)
    make_gate(innovation)
    asked = [(act.verb, act.to_ids) for act in acts(innovation)[1:]]
    assert asked == [("gate.proposed", None), ("gate.asked", [owner.id])]


def test_what_has_moved_on_meanwhile_can_be_refused_but_not_agreed_to(inside):
    """A degree moves an entry past its gates; whoever decides is not left with the proposal."""
    innovation = make_innovation()
    gate = make_gate(innovation)
    innovation.state = Stage.REGULAR
    db.session.flush()
    with pytest.raises(RuleBroken):
        service.agree_to_step(staff_of(innovation), gate, verdict())
    service.refuse_step(staff_of(innovation), gate, verdict())
    assert gate.state is GateState.REFUSED
    assert innovation.state == Stage.REGULAR


def test_nothing_is_ended_without_the_lessons_it_owes(inside):
    innovation = make_innovation()
    staff = staff_of(innovation)
    before = state_of(innovation)
    gate = make_gate(innovation, Stage.ENDED)
    assert state_of(innovation) != before  # a form that was open before does not replace them
    innovation.lessons = ""
    db.session.flush()
    with pytest.raises(RuleBroken) as broken:
        service.agree_to_step(staff, gate, verdict())
    assert broken.value.field == "lessons"
    assert innovation.state != Stage.ENDED
