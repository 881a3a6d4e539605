from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from civic.accounts import policy
from civic.accounts.models import Membership, Nobody, Role, System, User, UserSession

NOW = datetime(2026, 8, 12, 12, tzinfo=UTC)


def person(id: int = 1, *, roles: tuple[Role, ...] = (), **changes: object) -> User:
    values = {
        "id": id,
        "email_key": f"p{id}@example.org",
        "name": f"P{id}",
        "created_at": NOW,
        "confirmed_at": NOW,
    }
    user = User(**(values | changes))
    user.memberships = [Membership(role=role) for role in roles]
    return user


STATES = {
    "confirmed": ({}, True),
    "unconfirmed": ({"confirmed_at": None}, False),
    "blocked": ({"blocked_at": NOW}, False),
    "gone": ({"left_at": NOW, "email_key": None}, False),
    "imported": ({"origin": "polis:7z7e:17"}, False),
    "without address": ({"email_key": None}, False),
}


@pytest.mark.parametrize("state", STATES)
def test_may_sign_in(state: str) -> None:
    changes, expected = STATES[state]
    assert policy.may_sign_in(person(**changes)) is expected


EDITORS = [
    (person(1), True),
    (person(2), False),
    (person(2, roles=(Role.ADMIN,)), False),
    (person(1, blocked_at=NOW), False),
    (person(1, left_at=NOW), False),
    (Nobody(), False),
    (System(), False),
]


@pytest.mark.parametrize(("actor", "expected"), EDITORS)
def test_may_edit(actor, expected) -> None:
    assert policy.may_edit(actor, person(1)) is expected


BLOCKERS = [
    (Nobody(), False),
    (person(2), False),
    (person(2, roles=(Role.STAFF, Role.MODERATOR, Role.COORDINATOR)), False),
    (person(2, roles=(Role.ADMIN,)), True),
    (person(2, roles=(Role.ADMIN,), blocked_at=NOW), False),
    (person(2, roles=(Role.ADMIN,), confirmed_at=None), False),
    (person(1, roles=(Role.ADMIN,)), False),
    (System(), True),
]


@pytest.mark.parametrize(("actor", "expected"), BLOCKERS)
def test_may_block(actor, expected) -> None:
    assert policy.may_block(actor, person(1)) is expected
    assert policy.may_block(actor, person(1, left_at=NOW)) is False


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (Nobody(), False),
        (person(1), False),
        (person(1, roles=(Role.MODERATOR,)), False),
        (person(1, roles=(Role.ADMIN,)), True),
        (System(), True),
    ],
)
def test_may_grant(actor, expected) -> None:
    assert policy.may_grant(actor) is expected


HALF_HOUR = timedelta(minutes=30)
TICK = timedelta(seconds=1)
LIVES = [
    ((), policy.IDLE - TICK, timedelta(days=1), True),
    ((), policy.IDLE, timedelta(days=1), False),
    ((), timedelta(0), policy.OLDEST - TICK, True),
    ((), timedelta(0), policy.OLDEST, False),
    ((Role.COORDINATOR,), HALF_HOUR, HALF_HOUR, True),
    ((Role.STAFF,), HALF_HOUR - TICK, HALF_HOUR, True),
    ((Role.STAFF,), HALF_HOUR, HALF_HOUR, False),
    ((Role.MODERATOR,), HALF_HOUR, HALF_HOUR, False),
    ((Role.ADMIN,), HALF_HOUR, HALF_HOUR, False),
]


@pytest.mark.parametrize(("roles", "silence", "age", "expected"), LIVES)
def test_is_live(roles, silence, age, expected) -> None:
    session = UserSession(created_at=NOW - age, last_seen_at=NOW - silence)
    session.user = person(1, roles=roles)
    assert policy.is_live(session, NOW) is expected


@pytest.mark.parametrize("changes", [{"blocked_at": NOW}, {"left_at": NOW}])
def test_no_session_lives_for_a_blocked_person_or_one_who_left(changes) -> None:
    session = UserSession(created_at=NOW, last_seen_at=NOW)
    session.user = person(1, **changes)
    assert policy.is_live(session, NOW) is False
