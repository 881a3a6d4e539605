"""Who keeps the page of a municipality."""

from civic.accounts.models import Actor, Role
from civic.municipalities.models import Municipality


def may_edit(actor: Actor, municipality: Municipality) -> bool:
    """Its administration (or that of a municipality above it) and the platform."""
    return actor.is_admin() or actor.has_role(Role.STAFF, municipality)


RULES = {"municipality.edit": may_edit}
