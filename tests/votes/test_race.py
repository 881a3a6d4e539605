"""64 requests at the same moment, on a real file and a real server, outside any test transaction.

After each round the rows, the answers and the counter on the trunk must agree. The last tests
prove that the measure can fail: a vote that looks first and inserts then is caught by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update

from civic.accounts.models import System, User
from civic.contributions.models import Contribution
from civic.core.db import db, release, transaction
from civic.votes import queries, service
from civic.votes.models import Vote
from tests.client import Browser
from tests.make import make_idea, make_user

AT_ONCE = 64
ROUNDS = 20
ROUNDS_OF_MIXES = 3
PEOPLE = 8

Command = Callable[[User, Contribution], bool]


@dataclass(frozen=True)
class Stage:
    """A thing and people, read once and belonging to no session: all threads look at the same."""

    app: Flask
    thing: Contribution
    people: list[User]

    def votes(self) -> int:
        with self.app.app_context():
            return queries.number_of_votes(self.thing.id)

    def counter(self) -> int:
        with self.app.app_context():
            return counter_of(self.thing)

    def clear(self, counter: int = 0) -> None:
        change = update(Contribution).where(Contribution.id == self.thing.id)
        with self.app.app_context(), transaction():
            db.session.execute(delete(Vote))
            db.session.execute(change.values(vote_count=counter))

    def act(self, command: Command, person: User) -> bool:
        with self.app.app_context():
            return command(person, self.thing)


def counter_of(thing: Contribution) -> int:
    return db.session.scalar(select(Contribution.vote_count).where(Contribution.id == thing.id))


@pytest.fixture(scope="module")
def stage(house) -> Stage:
    with house.app_context():
        made = [make_idea(), *(make_user() for _ in range(PEOPLE))]
        for one in made:
            db.session.refresh(one)
        db.session.expunge_all()
        return Stage(house, made[0], made[1:])


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


def all_at_once(threads: ThreadPoolExecutor, acts: list[Callable[[], bool]]) -> list[bool]:
    """Let them go at the same moment; the answers in the order of the acts."""
    start = Barrier(len(acts))

    def run(act: Callable[[], bool]) -> bool:
        start.wait(timeout=30)
        return act()

    return [done.result(timeout=60) for done in [threads.submit(run, act) for act in acts]]


def test_64_votes_of_one_person_are_one(stage, threads):
    person = stage.people[0]
    for _ in range(ROUNDS):
        stage.clear()
        made = all_at_once(threads, [lambda: stage.act(service.cast_vote, person)] * AT_ONCE)
        assert (made.count(True), stage.votes(), stage.counter()) == (1, 1, 1)


def test_64_withdrawals_of_one_vote_are_one(stage, threads):
    person = stage.people[0]
    for _ in range(ROUNDS_OF_MIXES):
        stage.clear()
        stage.act(service.cast_vote, person)
        gone = all_at_once(threads, [lambda: stage.act(service.withdraw_vote, person)] * AT_ONCE)
        assert (gone.count(True), stage.votes(), stage.counter()) == (1, 0, 0)


@pytest.mark.parametrize("number", [1, PEOPLE])
def test_mixes_of_voting_and_withdrawing_balance(stage, threads, number):
    """Casts and withdrawals of the same people, half and half; while a recount looks on."""
    stage.clear()
    plan = [
        (stage.people[i % number], service.withdraw_vote if i // number % 2 else service.cast_vote)
        for i in range(AT_ONCE - 1)
    ]
    balance = dict.fromkeys((person.id for person in stage.people), 0)
    for _ in range(ROUNDS_OF_MIXES):
        acts = [lambda who=who, act=act: stage.act(act, who) for who, act in plan]
        answers = all_at_once(threads, [*acts, lambda: recount(stage)])
        for (who, act), answer in zip(plan, answers, strict=False):
            balance[who.id] += answer * (1 if act is service.cast_vote else -1)
        assert set(balance.values()) <= {0, 1}
        assert stage.votes() == stage.counter() == sum(balance.values())


def recount(stage: Stage) -> bool:
    with stage.app.app_context():
        return service.recount(System()) == []


def test_a_repair_loses_no_vote_that_arrives_meanwhile(stage, threads):
    for _ in range(ROUNDS_OF_MIXES):
        stage.clear(counter=1000)
        acts = [lambda who=who: stage.act(service.cast_vote, who) for who in stage.people]
        all_at_once(threads, [*acts, lambda: recount(stage)])
        assert stage.votes() == PEOPLE
        recount(stage)
        assert stage.counter() == PEOPLE


def test_64_forms_sent_at_once_make_one_vote(stage, threads):
    """The same through the web, with the session and the token of one browser.

    Whoever finds no free connection in time is told so (503) and has voted or not, never twice.
    """
    stage.clear()
    app, address = stage.app, f"/beitraege/{stage.thing.id}/stimme"
    browser = Browser(app)
    browser.sign_in(stage.people[0].id)
    token = browser._token()
    cookie = browser.client.get_cookie("civic")

    def press() -> bool:
        client = app.test_client()
        client.set_cookie("civic", cookie.value)
        answer = client.post(address, data={"csrf_token": token})
        assert answer.status_code in {303, 503}
        return answer.status_code == 303

    assert any(all_at_once(threads, [press] * AT_ONCE))
    assert (stage.votes(), stage.counter()) == (1, 1)


@pytest.fixture
def naive(stage) -> Iterator[Callable[[Barrier], Command]]:
    """The mistake itself: look, then insert, with no key; count in Python."""
    with stage.app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_vote (thing integer, person integer)"))

    def vote(everybody_has_looked: Barrier) -> Command:
        def look_then_insert(actor: User, thing: Contribution) -> bool:
            key = {"thing": thing.id, "person": actor.id}
            found = text(
                "SELECT count(*) FROM naive_vote WHERE thing = :thing AND person = :person"
            )
            is_new = db.session.scalar(found, key) == 0
            count = counter_of(thing)
            release()
            everybody_has_looked.wait(timeout=30)
            if is_new:
                with transaction():
                    db.session.execute(text("INSERT INTO naive_vote VALUES (:thing, :person)"), key)
                    change = update(Contribution).where(Contribution.id == thing.id)
                    db.session.execute(change.values(vote_count=count + 1))
            return is_new

        return look_then_insert

    yield vote
    with stage.app.app_context(), transaction():
        db.session.execute(text("DROP TABLE naive_vote"))


def test_looking_first_is_caught(stage, threads, naive):
    """Without the key 64 requests make 64 votes, and the count in Python says one."""
    stage.clear()
    command = naive(Barrier(AT_ONCE))
    made = all_at_once(threads, [lambda: stage.act(command, stage.people[0])] * AT_ONCE)
    with stage.app.app_context():
        rows = db.session.scalar(text("SELECT count(*) FROM naive_vote"))
    assert (made.count(True), rows, stage.counter()) == (AT_ONCE, AT_ONCE, 1)


def test_the_key_itself_refuses_a_second_row(stage):
    stage.clear()
    row = {"contribution_id": stage.thing.id, "user_id": stage.people[0].id, "version": 1}
    with stage.app.app_context():
        created = db.session.scalar(select(func.max(Contribution.published_at)))
        statement = insert(Vote).values(**row, created_at=created)
        db.session.execute(statement)
        with pytest.raises(Exception, match=r"(?i)unique"):
            db.session.execute(statement)
        db.session.rollback()
