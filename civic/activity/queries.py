"""The life line of a thing: what happened to it, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from civic.activity.models import Activity
from civic.contributions.models import Contribution


def history(thing: Contribution, verbs: Sequence[str]) -> Select[Activity]:
    """Acts of these kinds on a thing with their actors."""
    return (
        select(Activity)
        .where(Activity.contribution_id == thing.id, Activity.verb.in_(verbs))
        .options(joinedload(Activity.actor))
        .order_by(Activity.at.desc(), Activity.id.desc())
    )
