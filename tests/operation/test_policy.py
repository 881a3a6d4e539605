"""Who looks behind the scenes: a table of truth, no database."""

from __future__ import annotations

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.municipalities.models import Municipality
from civic.operation import policy


def person(*, confirmed: bool = True, place: Municipality | None = None, **changes) -> User:
    role = changes.pop("role", None)
    user = User(id=1, confirmed_at=clock.now() if confirmed else None, **changes)
    user.memberships = [Membership(role=role, municipality=place)] if role else []
    return user


TOWN = Municipality(id=1, path="/1/")
PEOPLE = {
    "admin": person(role=Role.ADMIN),
    "console": System(),
    "admin of a town": person(role=Role.ADMIN, place=TOWN),
    "admin, not confirmed": person(role=Role.ADMIN, confirmed=False),
    "admin, blocked": person(role=Role.ADMIN, blocked_at=clock.now()),
    "admin who left": person(role=Role.ADMIN, left_at=clock.now()),
    "staff everywhere": person(role=Role.STAFF),
    "moderator everywhere": person(role=Role.MODERATOR),
    "coordinator": person(role=Role.COORDINATOR),
    "member": person(),
    "nobody": Nobody(),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_operate(who):
    assert policy.RULES["operation.operate"](PEOPLE[who]) is (who in {"admin", "console"})
