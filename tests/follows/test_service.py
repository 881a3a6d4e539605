"""Following twice is following once; leaving forgets it all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic.accounts.models import Nobody
from civic.contributions.models import Hiding
from civic.core import clock, paging
from civic.core.db import db, transaction
from civic.core.errors import Forbidden
from civic.follows import queries, service
from tests.make import make_idea, make_user


def test_follow_and_unfollow_may_be_said_twice(inside):
    thing, person = make_idea(), make_user()
    before = queries.follower_count(thing)
    assert [service.follow(person, thing) for _ in range(2)] == [True, False]
    assert queries.followed(person, [thing.id]) == {thing.id}
    assert queries.follower_count(thing) == before + 1
    assert [service.unfollow(person, thing) for _ in range(2)] == [True, False]
    assert queries.followed(person, [thing.id]) == set()
    assert queries.follower_count(thing) == before


def test_visitors_follow_nothing(inside):
    thing = make_idea()
    with pytest.raises(Forbidden):
        service.follow(Nobody(), thing)
    assert queries.followed(Nobody(), [thing.id]) == queries.followed(make_user(), []) == set()


def test_the_watch_list_is_in_the_order_of_marking_and_shows_only_what_is_visible(inside):
    person = make_user()
    things = [make_idea() for _ in range(4)]
    start = clock.now()
    for minutes, thing in enumerate(things):
        with clock.at(start + timedelta(minutes=minutes)):
            service.follow(person, thing)
    service.follow(make_user(), make_idea())
    with transaction():
        things[1].hidden_at, things[1].hidden_as = clock.now(), Hiding.MODERATED
    wanted = [things[3].id, things[2].id, things[0].id]
    cards = queries.watch_list(person, ["idea"])
    first = paging.window(cards, queries.LATEST, "", 2)
    second = paging.window(cards, queries.LATEST, first.next, 2)
    assert [card.id for card in (*first.items, *second.items)] == wanted
    assert paging.window(cards, queries.LATEST, second.previous, 2).items == first.items
    assert db.session.execute(queries.watch_list(person, ["comment"])).all() == []


@pytest.mark.parametrize("erase", [False, True])
def test_a_person_who_leaves_follows_nothing(inside, erase):
    thing, person, other = make_idea(), make_user(), make_user()
    service.follow(person, thing)
    service.follow(other, thing)
    service.forget(person, erase=erase)
    assert queries.followed(person, [thing.id]) == set()
    assert queries.followed(other, [thing.id]) == {thing.id}
