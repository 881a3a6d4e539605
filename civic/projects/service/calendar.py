"""The address under which a person's calendar program reads the plan of a team.

Whoever knows the address reads the tasks, so it is a secret: shown once, kept as a hash, ended by
its owner at any time. It hangs on the place in the team, and is gone with it.
"""

from __future__ import annotations

import secrets

from civic.accounts.models import Actor, hash_token
from civic.core.db import db, transaction
from civic.core.errors import Missing
from civic.core.policy import demand
from civic.projects import policy
from civic.projects.models import Project, TeamMember


@transaction()
def open_calendar(actor: Actor, project: Project) -> str:
    """A new secret for the address; an earlier one ends with it."""
    place = _place(actor, project)
    token = secrets.token_urlsafe(32)
    place.calendar_hash = hash_token(token)
    return token


@transaction()
def close_calendar(actor: Actor, project: Project) -> None:
    """The address ends; calendars that read it get nothing any more."""
    _place(actor, project).calendar_hash = None


def _place(actor: Actor, project: Project) -> TeamMember:
    demand(policy.may_see_inside, actor, project)
    place = db.session.get(TeamMember, (project.id, actor.id), with_for_update=True)
    if place is None:
        raise Missing
    return place
