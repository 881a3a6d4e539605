"""Two at the same moment, on a real file and a real server: one decision, one proposal."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from sqlalchemy import func, select

from civic.accounts.models import Role, User
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Conflict, RuleBroken
from civic.innovations import service
from civic.innovations.models import Gate, GateState, Indicator, Innovation, Measurement, Stage
from civic.innovations.reader import Row
from tests.make import make_user
from tests.make_innovations import EVIDENCE, make_gate, make_indicator, make_innovation, verdict
from tests.race import let_through

AT_ONCE = 6
ROUNDS = 4
#: Which of the acts came through; the rest were refused, as they had to be.
at_once = partial(let_through, refusals=(Conflict, RuleBroken))


def scene(app):
    """An innovation with a proposal and people who decide, by their numbers."""
    with app.app_context():
        innovation = make_innovation()
        gate = make_gate(innovation)
        staff = [make_user(roles=[(Role.STAFF, innovation.municipality)]).id for _ in range(4)]
        return innovation.id, gate.id, innovation.author_id, staff


def decide(command, who, gate_id):
    gate = db.session.get_one(Gate, gate_id)
    command(db.session.get_one(User, who), gate, verdict())


def test_of_those_who_decide_at_once_one_decides(house):
    for _ in range(ROUNDS):
        innovation_id, gate_id, author, staff = scene(house)
        commands = (service.agree_to_step, service.refuse_step) * 2
        acts = [
            lambda c=command, w=who, g=gate_id: decide(c, w, g)
            for command, who in zip(commands, staff, strict=True)
        ]

        def take_back(author=author, gate_id=gate_id):
            gate = db.session.get_one(Gate, gate_id)
            service.withdraw_proposal(db.session.get_one(User, author), gate)

        came_through = at_once(house, [*acts, take_back])
        assert came_through.count(True) == 1
        with house.app_context():
            gate = db.session.get_one(Gate, gate_id)
            stands = db.session.get_one(Innovation, innovation_id).state
            assert gate.state is not GateState.PROPOSED
            assert (stands == Stage.PILOT) is (gate.state is GateState.PASSED)


def test_of_those_who_propose_at_once_one_proposes(house):
    for _ in range(ROUNDS):
        with house.app_context():
            innovation = make_innovation()
            id, author = innovation.id, innovation.author_id

        def propose(id=id, author=author):
            innovation = db.session.get_one(Innovation, id)
            person = db.session.get_one(User, author)
            service.propose_step(person, innovation, Stage.PILOT, EVIDENCE)

        assert at_once(house, [propose] * AT_ONCE).count(True) == 1
        with house.app_context():
            count = select(func.count()).where(Gate.innovation_id == id)
            assert db.session.scalar(count) == 1


def test_a_day_has_one_value_however_many_enter_it(house):
    with house.app_context():
        indicator = make_indicator(make_innovation())
        id, author = indicator.id, indicator.innovation.author_id
        today = clock.today()

    def enter(number):
        row = Row(0, today, Decimal(number))
        indicator = db.session.get_one(Indicator, id)
        service.enter_value(db.session.get_one(User, author), indicator, row)

    acts = [lambda n=n: enter(n) for n in range(AT_ONCE)]
    assert at_once(house, acts).count(True) == 1
    with house.app_context():
        assert db.session.scalar(select(func.count()).select_from(Measurement)) == 1
