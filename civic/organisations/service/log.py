"""The organisation's own log: what was done in it and in its name, and by whom."""

from __future__ import annotations

from civic.accounts.models import Actor
from civic.core import clock
from civic.core.db import db, transaction
from civic.organisations.models import Organisation, OrganisationLogEntry

LONGEST_DETAIL = 120


@transaction()
def note(
    actor: Actor,
    organisation: Organisation,
    verb: str,
    detail: str = "",
    person_id: int | None = None,
) -> None:
    """Write a line that all members read. `verb` is declared by a room; `person_id` is whom it
    was done to, `detail` a short value (a role, the reference number of what was published).
    """
    db.session.add(
        OrganisationLogEntry(
            organisation_id=organisation.id,
            at=clock.now(),
            actor_id=actor.id or None,  # the house itself is no person
            verb=verb,
            person_id=person_id,
            detail=detail[:LONGEST_DETAIL],
        )
    )
