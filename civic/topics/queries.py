"""Topics to choose from and topics of things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select

from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.language import LANGUAGES
from civic.core.redis import remember
from civic.municipalities.models import Municipality
from civic.topics.models import ContributionTopic, Topic

CHOICES = "topics"
REMEMBERED = 30.0

_OF_THING = (
    select(Topic)
    .join(ContributionTopic, ContributionTopic.topic_id == Topic.id)
    .where(ContributionTopic.contribution_id == bindparam("thing"))
    .order_by(Topic.position, Topic.name_de)
)


def available(municipality: Municipality | None = None) -> Select[Topic]:
    """Topics for all, and with a municipality those of it and of the ones above it."""
    condition: ColumnElement[bool] = Topic.municipality_id.is_(None)
    if municipality is not None:
        ids = [int(part) for part in municipality.path.split("/") if part]
        condition = or_(condition, Topic.municipality_id.in_(ids))
    return select(Topic).where(condition).order_by(Topic.position, Topic.name_de)


def choices(language: str) -> list[tuple[str, str]]:
    """Address and name of the topics for all. Every list asks for them, so they are remembered;
    who changes them forgets `CHOICES`.
    """
    named = remember(CHOICES, REMEMBERED, _choices)
    return [(slug, names.get(language, names["de"])) for slug, names in named]


def _choices() -> list[tuple[str, dict[str, str]]]:
    topics = db.session.scalars(available())
    return [(topic.slug, {code: topic.name(code) for code in LANGUAGES}) for topic in topics]


def kept_by(municipality: Municipality | None) -> Select[Any]:
    """The list that a municipality (or, without one, the platform) keeps: topics with use."""
    used = (
        select(func.count())
        .where(ContributionTopic.topic_id == Topic.id)
        .correlate(Topic)
        .scalar_subquery()
    )
    owner = municipality.id if municipality else None
    return (
        select(Topic, used.label("used"))
        .where(Topic.municipality_id == owner)
        .order_by(Topic.position, Topic.name_de)
    )


def get(id: int, municipality: Municipality | None) -> Topic:
    """A topic of that list; `Missing` where it is not in it."""
    topic = db.session.get(Topic, id)
    if topic is None or topic.municipality_id != (municipality.id if municipality else None):
        raise Missing
    return topic


def of_thing(thing_id: int) -> Sequence[Topic]:
    """The topics that a thing carries."""
    return db.session.scalars(_OF_THING, {"thing": thing_id}).all()


def with_slugs(slugs: Sequence[str]) -> Select[Topic]:
    """Topics by their addresses; unknown ones are not among them."""
    return select(Topic).where(Topic.slug.in_(slugs)).order_by(Topic.position, Topic.name_de)


def carries(slugs: Sequence[str]) -> ColumnElement[bool]:
    """A condition on things: they carry one of these topics.

    The topics are looked up at once: with their numbers the database knows how common they are.
    """
    topics = db.session.scalars(select(Topic.id).where(Topic.slug.in_(slugs))).all()
    found = select(ContributionTopic.contribution_id).where(ContributionTopic.topic_id.in_(topics))
    return Contribution.id.in_(found)
