"""Who may moderate: tables of truth, no database."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.moderation import policy
from civic.municipalities.models import Municipality

COUNTY = Municipality(id=1, path="/1/")
TOWN = Municipality(id=2, path="/1/2/")
NEIGHBOUR = Municipality(id=3, path="/1/3/")


def person(id: int, role: Role | None = None, place: Municipality | None = None, **changes) -> User:
    user = User(id=id, **({"confirmed_at": clock.now()} | changes))
    user.memberships = [Membership(role=role, municipality=place)] if role else []
    return user


PEOPLE = {
    "author": person(1),
    "member": person(2),
    "staff": person(3, Role.STAFF, TOWN),
    "moderator": person(4, Role.MODERATOR, TOWN),
    "moderator above": person(5, Role.MODERATOR, COUNTY),
    "moderator elsewhere": person(6, Role.MODERATOR, NEIGHBOUR),
    "moderator of all": person(7, Role.MODERATOR),
    "blocked moderator": person(8, Role.MODERATOR, TOWN, blocked_at=clock.now()),
    "unconfirmed moderator": person(9, Role.MODERATOR, TOWN, confirmed_at=None),
    "admin": person(10, Role.ADMIN),
    "nobody": Nobody(),
    "console": System(),
}
DECIDERS = {"moderator", "moderator above", "moderator of all", "admin"}


def thing(author: int = 1, **changes) -> Contribution:
    values = {"published_at": clock.now()} | changes
    return Contribution(id=9, author_id=author, municipality=TOWN, **values)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_moderate(who):
    assert policy.may_moderate(PEOPLE[who], thing()) is (who in DECIDERS)
    assert policy.may_moderate(PEOPLE[who], thing(published_at=None)) is False


@pytest.mark.parametrize("who", sorted(DECIDERS))
def test_nobody_moderates_in_their_own_cause(who):
    own = thing(PEOPLE[who].id)
    assert policy.may_moderate(PEOPLE[who], own) is False
    assert policy.may_read_decisions(PEOPLE[who], own) is True


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_read_decisions(who):
    assert policy.may_read_decisions(PEOPLE[who], thing()) is (who in DECIDERS | {"author"})
