"""Who may follow: a table of truth, no database."""

import pytest

from civic.accounts.models import Nobody, System, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.follows import policy
from civic.municipalities.models import Municipality

PEOPLE = {
    "author": User(id=1, confirmed_at=clock.now()),
    "other": User(id=2, confirmed_at=clock.now()),
    "unconfirmed": User(id=3),
    "blocked": User(id=4, confirmed_at=clock.now(), blocked_at=clock.now()),
    "nobody": Nobody(),
    "console": System(),
}
THINGS = {
    "visible": ({"hidden_at": None}, {"author", "other", "unconfirmed"}),
    "hidden": ({"hidden_at": clock.now()}, {"author"}),
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("what", THINGS)
def test_who_may_follow(who, what):
    changes, allowed = THINGS[what]
    place = Municipality(id=1, path="/1/")
    thing = Contribution(id=9, author_id=1, municipality=place, published_at=clock.now(), **changes)
    assert policy.may_follow(PEOPLE[who], thing) is (who in allowed)
