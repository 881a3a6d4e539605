"""Who may do what in an organisation and in its name: the table of truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.municipalities.models import Municipality
from civic.organisations import policy
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationInvitation,
    OrganisationKind,
    OrganisationMember,
    OrganisationRequest,
    OrganisationRole,
    RequestState,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KREIS = Municipality(id=1, path="/1/", is_active=True)
TOWN = Municipality(id=2, path="/1/2/", is_active=True)
ELSEWHERE = Municipality(id=3, path="/3/", is_active=True)
OWNER, EDITOR, MEMBER = OrganisationRole


def person(id, *roles, **changes):
    user = User(**{"id": id, "confirmed_at": NOW} | changes)
    user.memberships = [Membership(role=role, municipality=place) for role, place in roles]
    return user


PEOPLE = {
    "nobody": Nobody(),
    "owner": person(1),
    "editor": person(2),
    "member": person(3),
    "blocked owner": person(4, blocked_at=NOW),
    "unconfirmed owner": person(5, confirmed_at=None),
    "stranger": person(6),
    "unconfirmed": person(7, confirmed_at=None),
    "staff": person(8, (Role.STAFF, TOWN)),
    "staff of the county": person(9, (Role.STAFF, KREIS)),
    "staff elsewhere": person(10, (Role.STAFF, ELSEWHERE)),
    "staff in it": person(11, (Role.STAFF, TOWN)),
    "moderator": person(12, (Role.MODERATOR, TOWN)),
    "admin": person(13, (Role.ADMIN, None)),
    "system": System(),
}
ROLES = {1: OWNER, 2: EDITOR, 3: MEMBER, 4: OWNER, 5: OWNER, 11: MEMBER}
CONFIRMED = set(PEOPLE) - {"nobody", "blocked owner", "unconfirmed owner", "unconfirmed"}
INSIDE = {"owner", "editor", "member", "unconfirmed owner", "staff in it"}
OUTSIDE = CONFIRMED - INSIDE


def organisation(*, without=(), **changes):
    found = Organisation(
        **{
            "id": 1,
            "kind": OrganisationKind.ASSOCIATION,
            "municipality": TOWN,
            "joining": Joining.REQUEST,
        }
        | changes
    )
    people = {user.id: user for user in PEOPLE.values() if isinstance(user, User)}
    found.members = [
        OrganisationMember(user_id=id, role=role, user=people[id])
        for id, role in ROLES.items()
        if people[id] not in without
    ]
    return found


def allowed(rule, *things):
    return {name for name, actor in PEOPLE.items() if rule(actor, *things)}


CLOSED = organisation(closed_at=NOW)
#: Its owners are blocked or not confirmed.
ORPHANED = organisation(without=[PEOPLE["owner"]])
OFFICE = organisation(kind=OrganisationKind.ADMINISTRATION)


@pytest.mark.parametrize(
    ("rule", "thing", "who"),
    [
        (policy.may_publish_as, organisation(), {"owner", "editor"}),
        (policy.may_publish_as, CLOSED, set()),
        (policy.may_edit, organisation(), {"owner", "editor"}),
        (policy.may_edit, ORPHANED, {"editor", "admin", "system"}),
        (policy.may_edit, CLOSED, set()),
        (policy.may_lead, organisation(), {"owner"}),
        (policy.may_lead, ORPHANED, {"admin", "system"}),
        (policy.may_lead, CLOSED, set()),
        (policy.may_close, organisation(), {"owner", "admin", "system"}),
        (policy.may_close, ORPHANED, {"admin", "system"}),
        (policy.may_close, CLOSED, set()),
        (policy.may_see_inside, organisation(), INSIDE | {"moderator", "admin", "system"}),
        (policy.may_see_inside, CLOSED, INSIDE | {"moderator", "admin", "system"}),
        (policy.may_join, organisation(joining=Joining.OPEN), OUTSIDE),
        (policy.may_join, organisation(), set()),
        (policy.may_join, organisation(joining=Joining.INVITATION), set()),
        (policy.may_join, organisation(joining=Joining.OPEN, closed_at=NOW), set()),
        (policy.may_ask, organisation(), OUTSIDE),
        (policy.may_ask, organisation(joining=Joining.OPEN), set()),
        (policy.may_ask, organisation(joining=Joining.INVITATION), set()),
        (policy.may_ask, CLOSED, set()),
        (policy.may_leave, organisation(), INSIDE),
        (policy.may_leave, CLOSED, INSIDE),
        (
            policy.may_verify,
            organisation(),
            {"staff", "staff of the county", "admin", "system"},
        ),
        (
            policy.may_verify,
            OFFICE,
            {"staff", "staff of the county", "staff in it", "admin", "system"},
        ),
        (policy.may_verify, CLOSED, set()),
    ],
)
def test_who_may(rule, thing, who):
    assert allowed(rule, thing) == who


def test_everybody_with_an_account_opens_an_organisation():
    assert allowed(policy.may_found) == CONFIRMED


@pytest.mark.parametrize("kind", OrganisationKind)
def test_staff_alone_calls_something_an_administration(kind):
    is_office = kind is OrganisationKind.ADMINISTRATION
    staff = {"staff", "staff of the county", "staff in it", "admin", "system"}
    assert allowed(policy.may_bear_kind, kind, TOWN) == (staff if is_office else set(PEOPLE))


def test_owners_decide_about_each_member():
    found = organisation()
    for member in found.members:
        assert allowed(policy.may_change_member, member) == {"owner"}


@pytest.mark.parametrize("state", RequestState)
def test_a_request_is_answered_and_withdrawn_while_it_is_open(state):
    asked = OrganisationRequest(user_id=6, state=state, organisation=organisation())
    is_open = state is RequestState.OPEN
    assert allowed(policy.may_answer, asked) == ({"owner"} if is_open else set())
    assert allowed(policy.may_withdraw, asked) == ({"stranger"} if is_open else set())


@pytest.mark.parametrize(
    ("key", "changes", "who"),
    [
        ("ada@example.org", {}, CONFIRMED),
        ("eva@example.org", {}, set()),
        (None, {}, set()),
        ("ada@example.org", {"closed_at": NOW}, set()),
    ],
)
def test_an_invitation_is_good_for_one_address(key, changes, who):
    sent = OrganisationInvitation(
        email_key="ada@example.org",
        organisation=organisation(**changes),
        expires_at=NOW + timedelta(days=1),
    )
    assert allowed(policy.may_accept, sent, key) == who


def test_every_rule_has_its_table():
    assert set(policy.RULES) == {
        f"organisation.{word}"
        for word in (
            "found", "publish_as", "edit", "lead", "close", "inside", "join", "ask", "leave",
            "verify", "answer", "withdraw",
        )
    }  # fmt: skip
