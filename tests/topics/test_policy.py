"""Who keeps which list of topics."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.municipalities.models import Municipality
from civic.topics import policy

COUNTY = Municipality(path="/1/")
TOWN = Municipality(path="/1/2/")


def person(*roles):
    user = User(confirmed_at=clock.now())
    user.memberships = [Membership(role=role, municipality=town) for role, town in roles]
    return user


@pytest.mark.parametrize(
    ("actor", "town", "for_all"),
    [
        (Nobody(), False, False),
        (System(), True, True),
        (person(), False, False),
        (person((Role.MODERATOR, TOWN)), False, False),
        (person((Role.STAFF, TOWN)), True, False),
        (person((Role.STAFF, COUNTY)), True, False),
        (person((Role.STAFF, Municipality(path="/1/3/"))), False, False),
        (person((Role.ADMIN, None)), True, True),
    ],
)
def test_who_curates(actor, town, for_all):
    assert policy.may_curate(actor, TOWN) is town
    assert policy.may_curate(actor, None) is for_all
