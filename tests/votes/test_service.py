"""Casting, carrying over, withdrawing, leaving, recounting."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from civic.accounts.models import Nobody, System
from civic.activity.models import Activity
from civic.contributions import service as contributions
from civic.contributions.models import Contribution, Hiding
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, RuleBroken
from civic.votes import queries, service
from civic.votes.cli import group
from civic.votes.models import Vote
from tests.make import make_idea, make_user


def counter(thing) -> int:
    return db.session.scalar(select(Contribution.vote_count).where(Contribution.id == thing.id))


def test_a_vote_counts_once(inside):
    thing, person = make_idea(), make_user()
    before = thing.trend
    assert service.cast_vote(person, thing) is True
    assert service.cast_vote(person, thing) is False
    assert counter(thing) == thing.vote_count == queries.number_of_votes(thing.id) == 1
    assert thing.trend > before


def test_a_vote_can_be_withdrawn_and_cast_again(inside):
    thing, person = make_idea(), make_user()
    before = thing.trend
    assert service.withdraw_vote(person, thing) is False
    service.cast_vote(person, thing)
    assert service.withdraw_vote(person, thing) is True
    assert service.withdraw_vote(person, thing) is False
    assert counter(thing) == 0
    assert thing.trend == pytest.approx(before)
    assert service.cast_vote(person, thing) is True


def test_who_votes_is_no_news(inside):
    thing, person = make_idea(), make_user()
    service.cast_vote(person, thing)
    service.withdraw_vote(person, thing)
    by_person = select(func.count()).select_from(Activity).where(Activity.actor_id == person.id)
    assert db.session.scalar(by_person) == 0


def test_only_confirmed_accounts_vote(inside):
    thing = make_idea()
    for stranger in (Nobody(), make_user(confirmed=False)):
        with pytest.raises(Forbidden):
            service.cast_vote(stranger, thing)
    with pytest.raises(Forbidden):
        service.withdraw_vote(Nobody(), thing)
    assert counter(thing) == 0


def test_nobody_votes_for_their_own_thing(inside):
    author = make_user()
    with pytest.raises(RuleBroken, match="your own contribution"):
        service.cast_vote(author, make_idea(author))


def test_a_thing_out_of_sight_takes_no_votes_but_gives_them_back(inside):
    thing, person = make_idea(), make_user()
    service.cast_vote(person, thing)
    with transaction():
        thing.hidden_at, thing.hidden_as = clock.now(), Hiding.MODERATED
    with pytest.raises(RuleBroken, match="no longer taken"):
        service.cast_vote(make_user(), thing)
    assert service.withdraw_vote(person, thing) is True


def test_a_vote_keeps_its_version_until_it_is_carried_over(inside):
    thing, first, second = make_idea(), make_user(), make_user()
    service.cast_vote(first, thing)
    with transaction():
        thing.version = 2
    service.cast_vote(second, thing)
    assert queries.votes_by_version(thing) == {1: 1, 2: 1}
    assert service.cast_vote(first, thing) is False
    assert queries.votes_by_version(thing) == {2: 2}
    assert counter(thing) == 2


@pytest.mark.parametrize(("seen", "kept"), [(None, 3), (2, 2), (0, 3), (-5, 1), (99, 3)])
def test_a_vote_counts_for_the_version_the_person_saw(inside, seen, kept):
    thing, person = make_idea(version=3), make_user()
    service.cast_vote(person, thing, seen=seen)
    assert queries.my_vote(person, thing).version == kept


def test_seeing_an_old_page_does_not_take_a_vote_back_to_it(inside):
    thing, person = make_idea(version=3), make_user()
    service.cast_vote(person, thing)
    service.cast_vote(person, thing, seen=1)
    assert queries.my_vote(person, thing).version == 3


def test_marks_are_the_viewers_own(inside):
    first, second, person, other = make_idea(), make_idea(), make_user(), make_user()
    service.cast_vote(person, first)
    service.cast_vote(other, second)
    ids = [first.id, second.id]
    assert queries.marks(person, ids) == {"voted": {first.id}}
    assert queries.my_votes(Nobody(), ids) == queries.my_votes(person, []) == set()
    assert queries.my_vote(Nobody(), first) is None


@pytest.mark.parametrize(("erase", "left"), [(False, 1), (True, 0)])
def test_votes_of_a_person_who_leaves(inside, erase, left):
    things, person = [make_idea(), make_idea()], make_user()
    for thing in things:
        service.cast_vote(person, thing)
    service.forget(person, erase=erase)
    for thing in things:
        assert counter(thing) == queries.number_of_votes(thing.id) == left


def spoil(thing, **values) -> None:
    with transaction():
        db.session.execute(
            update(Contribution)
            .where(Contribution.id == thing.id)
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )


def test_recount_repairs_what_differs(inside):
    right, wrong, person = make_idea(), make_idea(), make_user()
    for thing in (right, wrong):
        service.cast_vote(person, thing)
    trend = wrong.trend
    spoil(wrong, vote_count=-4, trend=0.0)
    assert service.recount(System(), repair=False)[0].is_now == 1
    assert counter(wrong) == -4
    assert service.recount(System()) == [service.Correction(wrong.id, -4, 1, wrong.title)]
    assert counter(wrong) == 1
    assert wrong.trend == pytest.approx(trend)
    assert service.recount(System()) == []
    with pytest.raises(Forbidden):
        service.recount(person)


def test_recount_on_the_console(inside):
    thing = make_idea()
    run = inside.test_cli_runner().invoke
    assert run(group, ["recount"]).output == "0 wrong, repaired.\n"
    spoil(thing, vote_count=7)
    checked = run(group, ["recount", "--check"])
    assert checked.exit_code == 1
    assert "7 -> 0" in checked.output
    repaired = run(group, ["recount", "--json"])
    assert repaired.exit_code == 0
    row = {"id": thing.id, "title": thing.title, "was": 7, "is_now": 0}
    assert json.loads(repaired.output) == {"wrong": 1, "repaired": True, "counts": [row]}
    assert counter(thing) == 0


class GaveWay(Exception):
    """What psycopg raises when PostgreSQL ended a transaction for the sake of another."""

    sqlstate = "40P01"


@pytest.fixture
def unlucky(monkeypatch):
    """Counting fails as often as the list says."""
    failures: list[Exception] = []
    count = contributions.count

    def fail_first(*args, **kwargs):
        if failures:
            raise OperationalError("UPDATE", {}, failures.pop())
        return count(*args, **kwargs)

    monkeypatch.setattr(contributions, "count", fail_first)
    return failures


def test_who_gave_way_once_is_tried_again(inside, unlucky):
    thing, person = make_idea(), make_user()
    unlucky.append(GaveWay())
    assert service.cast_vote(person, thing) is True
    unlucky.append(GaveWay())
    assert service.withdraw_vote(person, thing) is True
    assert counter(thing) == queries.number_of_votes(thing.id) == 0


@pytest.mark.parametrize("failures", [[GaveWay(), GaveWay()], [Exception("disk full")]])
def test_other_failures_are_told_and_leave_nothing(inside, unlucky, failures):
    thing, person = make_idea(), make_user()
    unlucky.extend(failures)
    with pytest.raises(OperationalError):
        service.cast_vote(person, thing)
    assert counter(thing) == queries.number_of_votes(thing.id) == 0


def test_within_a_larger_transaction_nothing_is_tried_twice(inside, unlucky):
    thing, person = make_idea(), make_user()
    unlucky.append(GaveWay())
    with pytest.raises(OperationalError), transaction():
        service.cast_vote(person, thing)
    assert db.session.get(Vote, (thing.id, person.id)) is None
