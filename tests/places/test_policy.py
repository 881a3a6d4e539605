"""Who keeps the page of a municipality."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.municipalities.models import Municipality
from civic.places import policy

COUNTY = Municipality(path="/1/")
TOWN = Municipality(path="/1/2/")
OTHER = Municipality(path="/1/3/")


def person(*roles, confirmed=True, **changes):
    user = User(confirmed_at=clock.now() if confirmed else None, **changes)
    user.memberships = [Membership(role=role, municipality=town) for role, town in roles]
    return user


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Nobody(), False),
        (System(), True),
        (person(), False),
        (person((Role.MODERATOR, TOWN)), False),
        (person((Role.COORDINATOR, TOWN)), False),
        (person((Role.STAFF, TOWN)), True),
        (person((Role.STAFF, COUNTY)), True),
        (person((Role.STAFF, OTHER)), False),
        (person((Role.STAFF, TOWN), confirmed=False), False),
        (person((Role.STAFF, TOWN), blocked_at=clock.now()), False),
        (person((Role.ADMIN, None)), True),
    ],
)
def test_who_keeps_the_page(actor, may):
    assert policy.may_edit(actor, TOWN) is may
