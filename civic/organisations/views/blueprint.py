"""The one blueprint of the room, and what its pages begin with."""

from __future__ import annotations

from flask import Blueprint

from civic.accounts.current import actor
from civic.core.errors import Missing
from civic.organisations import policy, queries
from civic.organisations.models import Organisation

bp = Blueprint("organisations", __name__)


def led(id: int) -> Organisation:
    """The organisation, for those who decide about its people; to all others these pages are
    not there. Raises `Missing`.
    """
    organisation = queries.get(id)
    if not policy.may_lead(actor(), organisation):
        raise Missing
    return organisation


def known_inside(id: int) -> Organisation:
    """The organisation, for those who may see who belongs to it. Raises `Missing`."""
    organisation = queries.get(id)
    if not policy.may_see_inside(actor(), organisation):
        raise Missing
    return organisation
