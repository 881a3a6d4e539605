"""Many answers at the same moment: a test bed is never overfilled, and nothing is asked twice.

On a real file and a real server, outside any test transaction. The last test proves that the
measure can fail: whoever counts without holding the test bed lets too many in.
"""

from __future__ import annotations

from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from civic.accounts.models import User
from civic.core.db import db, release, transaction
from civic.core.errors import Forbidden, RuleBroken
from civic.testbeds import queries, service
from civic.testbeds.models import Pilot, PilotState
from civic.testbeds.models import Testbed as Bed
from civic.testbeds.models import TestbedState as State
from civic.testbeds.service import places
from tests.make import make_idea
from tests.make_testbeds import PLAN, REASON, RESULT, make_pilot, make_testbed
from tests.race import let_through

AT_ONCE = 16
PLACES = 3
#: Which of the acts came through; the rest were refused, as they had to be.
at_once = partial(let_through, refusals=(RuleBroken, Forbidden), patient=False)


class Stage:
    """A test bed with three places and sixteen applications, by their numbers."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            testbed = make_testbed(capacity=PLACES)
            self.testbed, self.staff = testbed.id, testbed.author_id
            self.pilots = [make_pilot(testbed).id for _ in range(AT_ONCE)]

    def decide(self, id: int, *, admit: bool = True) -> None:
        staff = db.session.get_one(User, self.staff)
        service.decide(staff, queries.pilot(staff, id), admit=admit, reason=REASON)

    def finish(self, id: int) -> None:
        staff = db.session.get_one(User, self.staff)
        service.finish(staff, queries.pilot(staff, id), result=RESULT)

    def count(self, state: PilotState) -> int:
        with self.app.app_context():
            return queries.count_by_state(db.session.get_one(Bed, self.testbed)).get(state, 0)

    @property
    def state(self) -> str:
        with self.app.app_context():
            return db.session.get_one(Bed, self.testbed).state


@pytest.fixture
def stage(house) -> Stage:
    return Stage(house)


def test_sixteen_admissions_fill_three_places(stage):
    done = at_once(stage.app, [lambda one=one: stage.decide(one) for one in stage.pilots])
    assert done.count(True) == stage.count(PilotState.ADMITTED) == PLACES
    assert stage.state == State.FULL


def test_an_application_is_answered_once(stage):
    one = stage.pilots[0]
    acts = [lambda at=at: stage.decide(one, admit=at % 2 == 0) for at in range(AT_ONCE)]
    assert at_once(stage.app, acts).count(True) == 1
    answered = stage.count(PilotState.ADMITTED) + stage.count(PilotState.REFUSED)
    assert answered == 1


def test_places_that_come_free_are_given_once(stage):
    first, others = stage.pilots[:PLACES], stage.pilots[PLACES:]
    assert all(at_once(stage.app, [lambda one=one: stage.decide(one) for one in first]))
    ends = [lambda one=one: stage.finish(one) for one in first]
    asks = [lambda one=one: stage.decide(one) for one in others[: AT_ONCE - PLACES]]
    at_once(stage.app, [*ends, *asks])
    assert stage.count(PilotState.FINISHED) == PLACES
    running = stage.count(PilotState.ADMITTED)
    assert running <= PLACES
    assert stage.state == (State.FULL if running == PLACES else State.OPEN)


def test_one_thing_asks_once(stage):
    with stage.app.app_context():
        thing = make_idea()
        author, number = thing.author_id, thing.id

    def ask() -> None:
        person = db.session.get_one(User, author)
        testbed = queries.get(person, stage.testbed)
        service.apply(person, testbed, db.session.get_one(type(thing), number), plan=PLAN)

    assert at_once(stage.app, [ask] * AT_ONCE).count(True) == 1
    with stage.app.app_context():
        made = select(func.count()).select_from(Pilot).filter_by(contribution_id=number)
        assert db.session.scalar(made) == 1


def test_counting_without_holding_is_caught(stage):
    """The mistake itself: count, then admit, and nobody holds the test bed."""
    everybody_has_counted = Barrier(AT_ONCE)

    def careless(id: int) -> None:
        pilot = db.session.get_one(Pilot, id)
        is_free = places.taken(pilot.testbed) < PLACES
        release()
        everybody_has_counted.wait(timeout=30)
        if is_free:
            with transaction():
                db.session.get_one(Pilot, id).state = PilotState.ADMITTED

    at_once(stage.app, [lambda one=one: careless(one) for one in stage.pilots])
    assert stage.count(PilotState.ADMITTED) > PLACES
