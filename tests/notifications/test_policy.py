"""Who may read what, and by which way a notice goes: tables of truth, no database."""

from __future__ import annotations

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.municipalities.models import Municipality
from civic.notifications import policy
from civic.notifications.models import Category, Cause, MailStep, Way, Why
from civic.notifications.queries.audience import Person

KREIS = Municipality(id=1, path="/1/")
TOWN = Municipality(id=2, path="/1/2/")
OTHER = Municipality(id=3, path="/1/3/")


def someone(id: int, *roles: tuple[Role, Municipality | None], **changes) -> User:
    held = [Membership(role=role, municipality=place) for role, place in roles]
    return User(**{"id": id, "confirmed_at": clock.now(), "memberships": held} | changes)


PEOPLE = {
    "author": someone(1),
    "member": someone(2),
    "staff": someone(3, (Role.STAFF, TOWN)),
    "staff of the county": someone(4, (Role.STAFF, KREIS)),
    "moderator": someone(5, (Role.MODERATOR, TOWN)),
    "neighbour": someone(6, (Role.STAFF, OTHER), (Role.MODERATOR, OTHER)),
    "coordinator": someone(7, (Role.COORDINATOR, None)),
    "admin": someone(8, (Role.ADMIN, None)),
    "blocked": someone(9, (Role.STAFF, TOWN), blocked_at=clock.now()),
    "nobody": Nobody(),
    "console": System(),
}
MAY_READ_LOG = {"staff", "staff of the county", "moderator", "admin", "console"}


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_read_the_delivery_log(who):
    thing = Contribution(id=9, author_id=1, municipality=TOWN, published_at=clock.now())
    assert policy.may_read_log(PEOPLE[who], thing) is (who in MAY_READ_LOG)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_has_notices(who):
    assert policy.may_read(PEOPLE[who]) is (who not in {"blocked", "nobody", "console"})


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_count_anew(who):
    assert policy.may_recount(PEOPLE[who]) is (who in {"admin", "console"})


def person(email="a@example.org", *, is_confirmed=True, is_refused=False) -> Person:
    return Person(1, email, "de", is_confirmed, is_refused)


HANDED, WAITING, SUPPRESSED = MailStep.HANDED, MailStep.WAITING, MailStep.SUPPRESSED
FULL = policy.MOST_AT_ONCE


@pytest.mark.parametrize(
    ("who", "way", "sent", "plan"),
    [
        (person(), Way.NOW, 0, (Way.NOW, HANDED, None)),
        (person(), Way.NOW, FULL - 1, (Way.NOW, HANDED, None)),
        (person(), Way.NOW, FULL, (Way.DAILY, WAITING, Why.MANY)),
        (person(), Way.DAILY, FULL, (Way.DAILY, WAITING, None)),
        (person(), Way.WEEKLY, 0, (Way.WEEKLY, WAITING, None)),
        (person(), Way.OFF, 0, (Way.OFF, SUPPRESSED, Why.OFF)),
        (person(None), Way.NOW, 0, (Way.NOW, SUPPRESSED, Why.NO_ADDRESS)),
        (person(is_confirmed=False), Way.NOW, 0, (Way.NOW, SUPPRESSED, Why.UNCONFIRMED)),
        (person(is_refused=True), Way.DAILY, 0, (Way.DAILY, SUPPRESSED, Why.REFUSED)),
    ],
)
def test_the_way_of_a_mail(who, way, sent, plan):
    assert policy.plan_mail(who, Category.TALK, way, sent) == plan


def test_decisions_of_the_moderation_go_as_a_letter_of_their_own():
    plan = policy.plan_mail(person(), Category.MODERATION, Way.NOW, 0)
    assert plan == (Way.OFF, SUPPRESSED, Why.LETTER)


def test_what_is_said_to_a_person_comes_at_once_and_the_rest_once_a_day():
    at_once = {category for category in Category if policy.usual(category).way is Way.NOW}
    assert at_once == {
        Category.MENTION,
        Category.REPLY,
        Category.ANSWER,
        Category.CHANGE,
        Category.TEAM,
    }
    daily = {category for category in Category if policy.usual(category).way is Way.DAILY}
    assert at_once | daily == set(policy.CHOSEN)
    assert all(policy.usual(category).is_listed for category in Category)


REACHES = {
    (Category.MENTION, Cause.MENTION),
    (Category.MODERATION, Cause.AUTHOR),
    (Category.ANSWER, Cause.AUTHOR),
}


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("cause", [Cause.MENTION, Cause.AUTHOR, Cause.FOLLOWER, Cause.REPLY])
def test_what_reaches_the_quiet(category, cause):
    named = {Category.MENTION, Category.TEAM, Category.MODERATION}
    expected = (category, cause) in REACHES or category in named
    assert policy.reaches_the_quiet(category, cause) is expected
