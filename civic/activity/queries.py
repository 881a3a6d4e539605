"""The life line of a thing: what happened to it, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core.db import db

_HISTORY = (
    select(Activity)
    .where(
        Activity.contribution_id == bindparam("thing"),
        Activity.verb.in_(bindparam("verbs", expanding=True)),
    )
    .options(joinedload(Activity.actor))
    .order_by(Activity.at.desc(), Activity.id.desc())
)


def history(
    thing: Contribution, verbs: Sequence[str], limit: int | None = None
) -> Sequence[Activity]:
    """Acts of these kinds on a thing with their actors, the latest first."""
    statement = _HISTORY if limit is None else _HISTORY.limit(limit)
    return db.session.scalars(statement, {"thing": thing.id, "verbs": list(verbs)}).all()
