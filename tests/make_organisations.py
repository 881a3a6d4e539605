"""Test data of organisations, through the services where they can."""

from __future__ import annotations

from itertools import count
from typing import Any

from civic.accounts.models import User
from civic.core import clock
from civic.core.db import db, transaction
from civic.municipalities.models import Municipality
from civic.organisations import service
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    OrganisationRole,
)
from tests.make import make_municipality, make_user

_numbers = count(1)


@transaction()
def make_organisation(
    owner: User | None = None,
    municipality: Municipality | None = None,
    *,
    name: str = "",
    joining: Joining = Joining.REQUEST,
    **changes: Any,
) -> Organisation:
    """An association with one owner; `joining` and `name` go through the service, other columns
    are set. Not confirmed by its municipality, unless `verified_at` is given.
    """
    owner = owner or make_user()
    standing = service.Standing(
        name=name or f"Verein Nummer {next(_numbers)}",
        kind=OrganisationKind.ASSOCIATION,
        municipality=municipality or make_municipality(),
        joining=joining,
    )
    words = service.Words(description=changes.pop("description", "Wir machen mit."))
    organisation = service.found_organisation(owner, standing, words)
    for column, value in changes.items():
        setattr(organisation, column, value)
    db.session.flush()
    return organisation


@transaction()
def add_member(
    organisation: Organisation,
    user: User | None = None,
    role: OrganisationRole = OrganisationRole.MEMBER,
    **changes: Any,
) -> User:
    """Somebody more in it; returns the person."""
    user = user or make_user()
    values = {"user_id": user.id, "role": role, "joined_at": clock.now()} | changes
    organisation.members.append(OrganisationMember(**values))
    db.session.flush()
    return user
