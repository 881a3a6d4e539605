"""Giving topics to things, and keeping the list of topics."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from civic.accounts.models import Actor
from civic.contributions.models import Contribution
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_, slugify
from civic.core.policy import demand
from civic.core.redis import forget
from civic.municipalities.models import Municipality
from civic.topics import policy, queries
from civic.topics.models import ContributionTopic, Topic

MOST = 3


@transaction()
def set_topics(actor: Actor, thing: Contribution, slugs: Sequence[str]) -> list[Topic]:
    """Replace the topics of a thing; one to three of those its municipality knows."""
    del actor  # the room of the thing has demanded its own rule
    chosen = [
        t for t in db.session.scalars(queries.available(thing.municipality)) if t.slug in slugs
    ]
    if not chosen:
        raise RuleBroken(N_("Choose at least one topic."), "topics")
    if len(chosen) > MOST:
        raise RuleBroken(N_("Choose three topics at most."), "topics")
    db.session.execute(
        delete(ContributionTopic).where(ContributionTopic.contribution_id == thing.id)
    )
    db.session.add_all(ContributionTopic(contribution_id=thing.id, topic_id=t.id) for t in chosen)
    return chosen


@transaction()
def create_topic(
    actor: Actor, municipality: Municipality | None, *, name_de: str, name_en: str, slug: str = ""
) -> Topic:
    """Add a topic to the list of a municipality or, without one, to that of all."""
    demand(policy.may_curate, actor, municipality)
    local = f" {municipality.slug}" if municipality else ""
    last = db.session.scalar(select(func.max(Topic.position))) or 0
    topic = Topic(
        slug=slug or slugify(_checked(name_de) + local),
        name_de=name_de,
        name_en=name_en or name_de,
        municipality_id=municipality.id if municipality else None,
        position=last + 1,
    )
    try:
        with db.session.begin_nested():
            db.session.add(topic)
            db.session.flush()
    except IntegrityError as error:
        raise RuleBroken(N_("There is already a topic with this name."), "name_de") from error
    forget(queries.CHOICES)
    return topic


@transaction()
def rename_topic(actor: Actor, topic: Topic, *, name_de: str, name_en: str) -> None:
    """Change the words of a topic. Its address stays, so that links to lists keep working."""
    municipality = (
        db.session.get_one(Municipality, topic.municipality_id) if topic.municipality_id else None
    )
    demand(policy.may_curate, actor, municipality)
    topic.name_de = _checked(name_de)
    topic.name_en = name_en or name_de
    forget(queries.CHOICES)


def _checked(name: str) -> str:
    if not slugify(name):
        raise RuleBroken(N_("Please give the topic a name."), "name_de")
    return name
