"""Who keeps the register."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.municipalities import policy
from civic.municipalities.models import Municipality

TOWN = Municipality(path="/1/")


def person(*roles, confirmed=True):
    user = User(confirmed_at=clock.now() if confirmed else None)
    user.memberships = [Membership(role=role, municipality=town) for role, town in roles]
    return user


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Nobody(), False),
        (System(), True),
        (person(), False),
        (person((Role.STAFF, TOWN)), False),
        (person((Role.ADMIN, TOWN)), False),
        (person((Role.STAFF, None)), False),
        (person((Role.ADMIN, None)), True),
        (person((Role.ADMIN, None), confirmed=False), False),
    ],
)
def test_who_keeps_the_register(actor, may):
    assert policy.may_keep(actor) is may
