"""Who keeps what an organisation published, and who knows which person it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.contributions import policy
from civic.contributions.models import Contribution
from civic.ideas.models import Idea, IdeaState
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation, OrganisationMember, OrganisationRole

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOWN = Municipality(id=2, path="/1/2/", is_active=True)
ELSEWHERE = Municipality(id=3, path="/3/", is_active=True)
OWNER, EDITOR, MEMBER = OrganisationRole


def person(id, *roles, **changes):
    user = User(**{"id": id, "confirmed_at": NOW, "name": f"Person {id}"} | changes)
    user.memberships = [Membership(role=role, municipality=place) for role, place in roles]
    return user


PEOPLE = {
    "nobody": Nobody(),
    "author": person(1),
    "owner": person(2),
    "member": person(3),
    "stranger": person(4),
    "staff": person(5, (Role.STAFF, TOWN)),
    "moderator": person(6, (Role.MODERATOR, TOWN)),
    "moderator elsewhere": person(7, (Role.MODERATOR, ELSEWHERE)),
    "admin": person(8, (Role.ADMIN, None)),
    "blocked owner": person(9, blocked_at=NOW),
    "system": System(),
}


def organisation(author_role=EDITOR):
    roles = {2: OWNER, 3: MEMBER, 9: OWNER} | ({1: author_role} if author_role else {})
    found = Organisation(id=7, name="Verein")
    found.members = [OrganisationMember(user_id=id, role=role) for id, role in roles.items()]
    return found


def thing(named=None, **changes):
    return Idea(
        **{
            "id": 9,
            "author_id": 1,
            "author": PEOPLE["author"],
            "municipality": TOWN,
            "state": IdeaState.OPEN,
            "published_at": NOW,
            "organisation": named,
            "organisation_id": named.id if named else None,
        }
        | changes
    )


def allowed(rule, *things):
    return {name for name, actor in PEOPLE.items() if rule(actor, *things)}


def kept(actor, thing):
    return Contribution.is_kept_by(thing, actor)


@pytest.mark.parametrize(
    ("named", "who"),
    [
        (None, {"author"}),
        (organisation(), {"author", "owner"}),
        (organisation(MEMBER), {"owner"}),
        (organisation(None), {"owner"}),
    ],
)
def test_what_an_organisation_published_is_kept_by_who_speaks_for_it(named, who):
    assert allowed(kept, thing(named)) == who


@pytest.mark.parametrize(
    ("named", "who"),
    [
        (None, set()),
        (organisation(), {"author", "moderator", "admin", "system"}),
        (organisation(None), {"author", "moderator", "admin", "system"}),
    ],
)
def test_who_knows_which_person_wrote_for_an_organisation(named, who):
    assert allowed(policy.may_see_author, thing(named)) == who


@pytest.mark.parametrize(
    ("named", "who"),
    [
        (None, {"author"}),
        (organisation(), {"author", "owner"}),
        (organisation(None), {"author", "owner"}),
    ],
)
def test_who_says_on_what_a_thing_stands(named, who):
    assert allowed(policy.may_link, thing(named)) == who


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({}, set(PEOPLE)),
        ({"hidden_at": NOW}, {"author", "moderator", "admin", "system"}),
        ({"published_at": None}, {"author"}),
    ],
)
def test_who_sees_a_thing(changes, who):
    assert allowed(policy.may_see, thing(**changes)) == who


@pytest.mark.parametrize(
    ("named", "who"),
    [
        (organisation(), {"author", "owner", "moderator", "admin", "system"}),
        (organisation(None), {"author", "owner", "moderator", "admin", "system"}),
    ],
)
def test_what_is_hidden_is_seen_by_those_who_keep_it(named, who):
    assert allowed(policy.may_see, thing(named, hidden_at=NOW)) == who


def test_the_organisation_speaks_in_public():
    assert thing().voice == "Person 1"
    assert thing(organisation()).voice == "Verein"
