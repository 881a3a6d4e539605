"""Read state and the counter on the person, which is exact whatever happens."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civic.accounts.current import farewells
from civic.accounts.models import Nobody, Role, System
from civic.comments import service as comments
from civic.core import clock, paging
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, Missing
from civic.follows import service as follows
from civic.notifications import service
from civic.notifications.models import Category, Notice, NoticePreference, Subscription, Way
from civic.notifications.policy import Preference
from civic.notifications.queries import lists
from tests.make import make_idea, make_municipality, make_user
from tests.notifications.post import answer, later, notices, say, work_off


@pytest.fixture
def idea(inside):
    return make_idea(make_user("Selin Kaya"), make_municipality("Lindfurt"))


@pytest.fixture
def follower(idea):
    person = make_user()
    follows.follow(person, idea)
    return person


def miscounted() -> list:
    return db.session.execute(lists.miscounted()).all()


def test_the_counter_follows_every_step(idea, follower):
    other = make_idea()
    follows.follow(follower, other)
    for thing in (idea, idea, other):
        say(make_user(), thing, f"Etwas {clock.now()}")
    work_off()
    assert (follower.unread_notices, miscounted()) == (3, [])
    assert service.mark_read(follower, idea.id) == 2
    assert (follower.unread_notices, miscounted()) == (1, [])
    assert service.mark_read(follower, idea.id) == 0
    assert service.mark_read(follower) == 1
    assert (follower.unread_notices, miscounted()) == (0, [])


def test_nobody_marks_what_is_told_to_others(idea, follower):
    say(make_user(), idea)
    work_off()
    [notice] = notices(follower)
    with pytest.raises(Missing):
        lists.get(make_user(), notice.id)
    service.mark_read(make_user())
    assert follower.unread_notices == 1
    with pytest.raises(Forbidden):
        service.mark_read(Nobody())


def test_what_is_not_to_be_listed_counts_nowhere_and_is_still_mailed(idea, follower):
    service.set_preferences(follower, {Category.TALK: Preference(Way.DAILY, is_listed=False)})
    say(make_user(), idea)
    work_off()
    assert follower.unread_notices == 0
    assert len(notices(follower)) == 1
    statement, order = lists.groups(follower)
    assert list(paging.window(statement, order, "", 10).items) == []
    with pytest.raises(Missing):
        lists.get(follower, notices(follower)[0].id)


def test_groups_come_with_the_newest_first_and_page_by_page(follower, idea):
    things = [idea]
    for n in range(4):
        things.append(make_idea(title=f"Idee Nummer {n} für den Kreis"))
        follows.follow(follower, things[-1])
    for n, thing in enumerate([*things, things[1]]):
        with later(minutes=n):
            say(make_user(), thing)
            work_off()
    statement, order = lists.groups(follower)
    wanted = [things[n].id for n in (1, 4, 3, 2, 0)]
    found, cursor = [], ""
    while True:
        window = paging.window(statement, order, cursor, 2)
        found += [group.id for group in window.items]
        cursor = window.next
        if not cursor:
            break
    assert found == wanted
    first = paging.window(statement, order, "", 1).items[0]
    assert (first.number, first.unread) == (2, 2)


def test_a_group_shows_its_first_lines(follower, idea):
    for n in range(6):
        say(make_user(), idea, f"Stimme Nummer {n}")
    work_off()
    shown = lists.lines(follower, [idea.id])[idea.id]
    assert len(shown) == lists.FIRST_LINES
    assert [line.id for line in shown] == sorted((line.id for line in shown), reverse=True)
    assert len(lists.lines(follower, [idea.id], 100)[idea.id]) == 6
    assert lists.lines(follower, []) == {}


def test_half_a_year_after_it_was_read_a_notice_goes(idea, follower):
    say(make_user(), idea)
    work_off()
    service.mark_read(follower, idea.id)
    say(make_user(), idea, "Das bleibt ungelesen.")
    work_off()
    with later(days=179):
        assert service.forget_old(System()) == 0
    with later(days=181):
        assert service.forget_old(System()) == 1
    assert [notice.read_at for notice in notices(follower)] == [None]
    assert miscounted() == []


def test_wrong_numbers_are_found_and_repaired(app, follower, idea):
    say(make_user(), idea)
    work_off()
    with transaction():
        follower.unread_notices = 9
        idea.author.unread_notices = 0
    wrong = service.recount(System(), repair=False)
    assert {(c.id, c.was, c.is_now) for c in wrong} == {(follower.id, 9, 1), (idea.author.id, 0, 1)}
    assert follower.unread_notices == 9
    runner = app.test_cli_runner()
    checked = runner.invoke(args=["notifications", "recount", "--check"])
    assert (checked.exit_code, checked.output.splitlines()[-1]) == (1, "2 wrong, not changed.")
    told = json.loads(runner.invoke(args=["notifications", "recount", "--json"]).output)
    assert (told["wrong"], told["repaired"]) == (2, True)
    db.session.expire_all()
    assert (follower.unread_notices, miscounted()) == (1, [])
    with pytest.raises(Forbidden):
        service.recount(follower)


@pytest.mark.parametrize("erase", [False, True])
def test_whoever_leaves_takes_notices_choices_and_searches_along(idea, follower, erase):
    service.set_preferences(follower, {Category.TALK: Preference(Way.WEEKLY)})
    service.subscribe(follower, "ideas.index", {})
    say(make_user(), idea)
    work_off()
    service.forget(follower, erase=erase)
    for table in (Notice, NoticePreference, Subscription):
        left = select(func.count()).select_from(table).where(table.user_id == follower.id)
        assert db.session.scalar(left) == 0
    assert (follower.unread_notices, miscounted()) == (0, [])


@pytest.mark.parametrize("erase", [False, True])
def test_others_keep_an_exact_count_when_a_persons_things_go(idea, follower, erase):
    """Every room says farewell, in the order of the house."""
    chatty = make_user()
    say(chatty, idea)
    mine = make_idea(chatty, title="Eine Idee, die mitgeht")
    follows.follow(follower, mine)
    say(make_user(), mine)
    answer(make_user(roles=[(Role.STAFF, idea.municipality)]), idea)
    work_off()
    assert (follower.unread_notices, miscounted()) == (3, [])
    with transaction():
        for farewell in farewells():
            farewell(chatty, erase=erase)
    db.session.expire_all()
    assert (follower.unread_notices, miscounted()) == (1 if erase else 3, [])


def test_a_removed_comment_leaves_the_notice_and_the_count(idea, follower):
    said = say(make_user(), idea)
    work_off()
    comments.remove_comment(said.author, said)
    assert (follower.unread_notices, miscounted()) == (1, [])
    assert timedelta(0) <= clock.now() - notices(follower)[0].created_at
