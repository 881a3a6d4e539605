"""Topics to choose from and topics of things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from civic.contributions.models import Contribution
from civic.municipalities.models import Municipality
from civic.topics.models import ContributionTopic, Topic


def available(municipality: Municipality | None = None) -> Select[tuple[Topic]]:
    """Topics for all, and with a municipality those of it and of the ones above it."""
    condition = Topic.municipality_id.is_(None)
    if municipality is not None:
        ids = [int(part) for part in municipality.path.split("/") if part]
        condition = or_(condition, Topic.municipality_id.in_(ids))
    return select(Topic).where(condition).order_by(Topic.position, Topic.name_de)


def of_thing(thing_id: int) -> Select[tuple[Topic]]:
    """The topics that a thing carries."""
    return (
        select(Topic)
        .join(ContributionTopic, ContributionTopic.topic_id == Topic.id)
        .where(ContributionTopic.contribution_id == thing_id)
        .order_by(Topic.position, Topic.name_de)
    )


def carries(slugs: Sequence[str]) -> ColumnElement[bool]:
    """A condition on things: they carry one of these topics."""
    found: Any = (
        select(ContributionTopic.contribution_id)
        .join(Topic, Topic.id == ContributionTopic.topic_id)
        .where(Topic.slug.in_(slugs))
    )
    return Contribution.id.in_(found)
