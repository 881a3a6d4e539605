"""Who writes the pages that the law asks for."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.municipalities.models import Municipality
from civic.pages import policy

TOWN = Municipality(path="/1/")


def person(*roles):
    user = User(confirmed_at=clock.now())
    user.memberships = [Membership(role=role, municipality=town) for role, town in roles]
    return user


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Nobody(), False),
        (System(), True),
        (person(), False),
        (person((Role.STAFF, TOWN)), False),
        (person((Role.MODERATOR, None)), False),
        (person((Role.ADMIN, None)), True),
    ],
)
def test_who_writes(actor, may):
    assert policy.may_edit(actor) is may
