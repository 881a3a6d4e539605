"""Who may vote: tables of truth, no database."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.votes import policy


def person(id: int, *, confirmed: bool = True, roles: tuple[Role, ...] = (), **changes) -> User:
    user = User(id=id, confirmed_at=clock.now() if confirmed else None, **changes)
    user.memberships = [Membership(role=role, municipality=None) for role in roles]
    return user


AUTHOR = person(1)
PEOPLE = {
    "author": AUTHOR,
    "other": person(2),
    "unconfirmed": person(3, confirmed=False),
    "blocked": person(4, blocked_at=clock.now()),
    "left": person(5, left_at=clock.now()),
    "admin": person(6, roles=(Role.ADMIN,)),
    "nobody": Nobody(),
    "console": System(),
}
RULES = {
    "vote.cast": {"other", "admin"},
    "vote.withdraw": {"author", "other", "unconfirmed", "admin"},
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("rule", RULES)
def test_who_may_vote(rule, who):
    thing = Contribution(id=9, author_id=AUTHOR.id)
    assert policy.RULES[rule](PEOPLE[who], thing) is (who in RULES[rule])


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_recount(who):
    assert policy.may_recount(PEOPLE[who]) is (who in {"admin", "console"})
