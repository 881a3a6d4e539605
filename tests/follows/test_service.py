"""Following twice is following once; leaving forgets it all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic.accounts.models import Nobody, System
from civic.comments import service as comments
from civic.contributions.models import Hiding
from civic.core import clock, paging
from civic.core.db import db, transaction
from civic.core.errors import Forbidden
from civic.follows import queries, service
from civic.ideas import queries as ideas
from civic.ideas.queries import Filters
from civic.votes import service as votes
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


def test_taking_part_follows_unless_the_person_said_no_more(inside):
    thing, person = make_idea(), make_user()
    assert queries.followed(thing.author, [thing.id]) == {thing.id}
    votes.cast_vote(person, thing)
    assert queries.followed(person, [thing.id]) == {thing.id}
    service.unfollow(person, thing)
    votes.withdraw_vote(person, thing)
    votes.cast_vote(person, thing)
    comments.add_comment(person, thing, body="Auch das gehört dazu.")
    assert queries.followed(person, [thing.id]) == set()
    assert service.follow_by_default(person, thing) is False
    assert service.follow(person, thing) is True
    assert queries.followed(person, [thing.id]) == {thing.id}


def test_a_comment_is_heard_of_through_what_it_is_about(inside):
    thing, person, other = make_idea(), make_user(), make_user()
    said = comments.add_comment(other, thing, body="Auch das gehört dazu.")
    assert queries.followed(other, [thing.id, said.id]) == {thing.id}
    votes.cast_vote(person, said)
    assert queries.followed(person, [thing.id, said.id]) == set()


def test_by_default_nobody_follows_what_they_may_not_see(inside):
    thing = make_idea()
    with transaction():
        thing.hidden_at, thing.hidden_as = clock.now(), Hiding.MODERATED
    assert service.follow_by_default(make_user(), thing) is False
    assert service.follow_by_default(Nobody(), make_idea()) is False
    assert service.follow_by_default(System(), make_idea()) is False


def test_the_quiet_stand_in_no_list_and_no_number(inside):
    thing, person = make_idea(), make_user()
    service.follow(person, thing)
    before = queries.follower_count(thing)
    service.unfollow(person, thing)
    assert queries.follower_count(thing) == before - 1
    assert db.session.execute(queries.watch_list(person, ["idea"])).all() == []
    found = ideas.listing(person, Filters(followed=True))
    assert db.session.execute(found).all() == []


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


def test_who_follows_a_thing_follows_what_grew_from_it_but_not_the_quiet(inside):
    earlier, later = make_idea(), make_idea()
    follower, quiet, quiet_later, stranger = (make_user() for _ in range(4))
    for person in (follower, quiet, quiet_later):
        service.follow(person, earlier)
    service.unfollow(quiet, earlier)
    service.follow(quiet_later, later)
    service.unfollow(quiet_later, later)
    assert service.pass_on(System(), earlier, later) == 2  # the author of the earlier one, too
    assert service.pass_on(System(), earlier, later) == 0
    for person, hears in (
        (follower, {later.id}),
        (earlier.author, {later.id}),
        (quiet, set()),
        (quiet_later, set()),
        (stranger, set()),
    ):
        assert queries.followed(person, [later.id]) == hears
