"""One innovation with everything that its page says about it, and what it came from."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from civic.accounts.models import Actor
from civic.contributions import policy as seeing
from civic.core.db import db
from civic.core.errors import Missing
from civic.innovations.models import Innovation
from civic.organisations.models import Organisation
from civic.projects.models import Project

_ONE = (
    select(Innovation)
    .where(Innovation.id == bindparam("id"))
    .options(
        joinedload(Innovation.author),
        joinedload(Innovation.municipality),
        joinedload(Innovation.organisation),
    )
)
#: For people who may keep it: members and team come along, else the rules would ask one by one.
_KEPT = _ONE.options(
    joinedload(Innovation.organisation).selectinload(Organisation.members),
    selectinload(Innovation.project).selectinload(Project.team),
)
_PROJECT = (
    select(Project)
    .where(Project.id == bindparam("id"))
    .options(
        joinedload(Project.municipality),
        joinedload(Project.organisation),
        selectinload(Project.team),
    )
)


def get(viewer: Actor, id: int) -> Innovation:
    """One innovation with author and municipality; `Missing` where the viewer may not know."""
    statement = _KEPT if viewer.is_authenticated else _ONE
    innovation = db.session.scalar(statement, {"id": id})
    if innovation is None or not seeing.may_see(viewer, innovation):
        raise Missing
    return innovation


def project(viewer: Actor, id: int) -> Project:
    """The project from which somebody wants to register; `Missing` as above."""
    found = db.session.scalar(_PROJECT, {"id": id})
    if found is None or not seeing.may_see(viewer, found):
        raise Missing
    return found


def state_of(innovation: Innovation) -> str:
    """What changes whenever the entry does: the moment of the last change."""
    return (innovation.updated_at or innovation.created_at).isoformat()
