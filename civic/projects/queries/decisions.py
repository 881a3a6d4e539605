"""Decisions about a project, and what became of the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor
from civic.activity.models import Activity
from civic.contributions import policy as seeing
from civic.contributions.queries import CardSelect
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.projects.models import Decision, Project
from civic.projects.queries.projects import TEAM

NEWEST = Order((("decided_on", Decision.decided_on), ("id", Decision.id)))
#: What became of a record, the latest first.
LATEST = Order((("at", Activity.at), ("id", Activity.id)))
#: Removed records that a list names at its end.
MOST_REMOVED = 20


def listing(project: Project) -> CardSelect:
    """All decisions, for `paging.window` with `NEWEST`."""
    return select(Decision, Decision.id, Decision.decided_on).where(
        Decision.project_id == project.id
    )


def get(viewer: Actor, id: int) -> Decision:
    """One decision with its project; `Missing` where the viewer may not know of it."""
    decision = db.session.scalar(
        select(Decision)
        .where(Decision.id == id)
        .options(
            joinedload(Decision.project).joinedload(Project.author),
            joinedload(Decision.project).joinedload(Project.municipality),
            joinedload(Decision.project).options(TEAM),
        )
    )
    if decision is None or not seeing.may_see(viewer, decision.project):
        raise Missing
    return decision


def trace(decision: Decision, verbs: Sequence[str]) -> Select[Any]:
    """What happened to a record since it was written, for `paging.window` with `LATEST`."""
    return _acts(decision.project_id, verbs).where(Activity.detail == str(decision.id))


def removed(project: Project, verb: str) -> Sequence[Activity]:
    """Records that were taken away, the latest first, with the reasons."""
    latest = _acts(project.id, [verb]).order_by(Activity.at.desc(), Activity.id.desc())
    return db.session.scalars(latest.limit(MOST_REMOVED)).all()


def _acts(project_id: int, verbs: Sequence[str]) -> Select[Any]:
    return (
        select(Activity)
        .where(Activity.contribution_id == project_id, Activity.verb.in_(verbs))
        .options(joinedload(Activity.actor), joinedload(Activity.organisation))
    )
