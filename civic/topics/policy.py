"""Who keeps the list of topics."""

from civic.accounts.models import Actor, Role
from civic.municipalities.models import Municipality


def may_curate(actor: Actor, municipality: Municipality | None) -> bool:
    """The administration of a municipality keeps its own topics, the platform those for all."""
    if municipality is None:
        return actor.is_admin()
    return actor.has_role(Role.STAFF, municipality)


RULES = {"topic.curate": may_curate}
