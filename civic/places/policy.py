"""Who keeps the page of a municipality, and how far what it sets may go."""

from civic.accounts.models import Actor, Role
from civic.municipalities.models import Municipality

#: Days. Whoever waits for a yes loses heart: three months are the end of it.
LONGEST_APPROVAL = 90
#: On one contribution.
MOST_FILES = 50
#: Of one file; `core.security.LARGEST_UPLOAD` and nginx let pass more, so that a form can say so.
MOST_MEGABYTES = 10


def may_edit(actor: Actor, municipality: Municipality) -> bool:
    """Its administration (or that of a municipality above it) and the platform."""
    return actor.is_admin() or actor.has_role(Role.STAFF, municipality)


RULES = {"municipality.edit": may_edit}
