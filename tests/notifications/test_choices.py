"""What people choose holds at once, for what waits as well."""

from __future__ import annotations

import pytest

from civic.accounts.models import Nobody
from civic.core import clock
from civic.core.db import transaction
from civic.core.errors import Forbidden
from civic.follows import service as follows
from civic.notifications import service
from civic.notifications.models import Category, MailStep, Way
from civic.notifications.policy import CHOSEN, Preference, usual
from civic.notifications.queries import lists
from tests.make import make_idea, make_user
from tests.notifications.post import mails, notices, say, steps, work_off

WAITING, SUPPRESSED = MailStep.WAITING, MailStep.SUPPRESSED


@pytest.fixture
def idea(inside):
    return make_idea()


@pytest.fixture
def follower(idea):
    person = make_user()
    follows.follow(person, idea)
    return person


def test_without_a_choice_the_usual_holds_and_a_choice_is_kept(follower):
    assert lists.preferences(follower) == {category: usual(category) for category in CHOSEN}
    wish = {Category.TALK: Preference(Way.NOW), Category.NEW: Preference(Way.OFF, is_listed=False)}
    for _ in range(2):
        service.set_preferences(follower, wish)
    kept = lists.preferences(follower)
    assert {category: kept[category] for category in wish} == wish
    assert kept[Category.MENTION] == usual(Category.MENTION)
    assert lists.preferences(make_user())[Category.TALK] == usual(Category.TALK)
    with pytest.raises(Forbidden):
        service.set_preferences(Nobody(), wish)


def test_the_moderation_cannot_be_chosen_away(follower):
    service.set_preferences(follower, {Category.MODERATION: Preference(Way.OFF, is_listed=False)})
    assert Category.MODERATION not in lists.preferences(follower)


def test_a_choice_decides_the_way_of_the_next_notice(idea, follower):
    service.set_preferences(follower, {Category.TALK: Preference(Way.NOW)})
    say(make_user(), idea)
    work_off()
    assert len(mails(follower)) == 1
    service.set_preferences(follower, {Category.TALK: Preference(Way.OFF)})
    say(make_user(), idea, "Noch etwas.")
    work_off()
    assert len(mails(follower)) == 1
    assert steps(follower)[-1] == (SUPPRESSED, "off")
    assert follower.unread_notices == 2


def test_what_waits_follows_a_new_choice(idea, follower):
    say(make_user(), idea)
    work_off()
    service.set_preferences(follower, {Category.TALK: Preference(Way.WEEKLY)})
    assert [notice.way for notice in notices(follower)] == [Way.WEEKLY]
    service.set_preferences(follower, {Category.TALK: Preference(Way.NOW)})
    assert steps(follower) == [(WAITING, "")]
    service.set_preferences(follower, {Category.TALK: Preference(Way.OFF)})
    assert steps(follower) == [(SUPPRESSED, "off")]


def test_the_link_of_a_mail_ends_one_kind_or_all_and_nothing_else(follower):
    service.set_preferences(follower, {Category.REPLY: Preference(Way.DAILY, is_listed=False)})
    assert service.end_mails(Nobody(), follower.id, Category.REPLY)
    kept = lists.preferences(follower)
    assert kept.pop(Category.REPLY) == Preference(Way.OFF, is_listed=False)
    assert all(wish == usual(category) for category, wish in kept.items())
    for _ in range(2):
        assert service.end_mails(Nobody(), follower.id, None)
    assert {wish.way for wish in lists.preferences(follower).values()} == {Way.OFF}
    assert lists.preferences(follower)[Category.MENTION].is_listed


def test_the_link_of_somebody_who_left_does_nothing(follower):
    with transaction():
        follower.left_at = clock.now()
    assert service.end_mails(Nobody(), follower.id, None) is False
    assert service.end_mails(Nobody(), 999_999, None) is False
