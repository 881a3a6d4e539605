"""What was decided on a thing."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from civic.contributions.models import Contribution
from civic.moderation.models import Decision


def decisions(thing: Contribution) -> Select[Decision]:
    """All decisions on a thing with who made them, newest first."""
    return (
        select(Decision)
        .where(Decision.contribution_id == thing.id)
        .options(joinedload(Decision.moderator))
        .order_by(Decision.at.desc(), Decision.id.desc())
    )
