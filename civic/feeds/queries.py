"""What stands in a feed: the latest cards of a list with their texts, or the acts on one thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from civic.accounts.models import Nobody
from civic.activity.models import Activity
from civic.activity.queries import history
from civic.contributions import queries as contributions
from civic.contributions.models import Contribution
from civic.contributions.queries import CardSelect
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.feature import Kind
from civic.core.paging import Order, window
from civic.projects.queries import posts

MOST_ENTRIES = 30
#: News of a project stand on the project, which is what people follow.
POSTED = "project_post.published"
#: What moderation does to a thing stands on its life line as well.
MODERATION = ("moderation.hidden", "moderation.blocked", "moderation.restored")


def latest(listed: CardSelect, order: Order = contributions.NEWEST) -> Sequence[Any]:
    """The newest cards of a list of visible things, with the language that each is written in."""
    cards = listed.add_columns(Contribution.language)
    return window(cards, order, "", MOST_ENTRIES).items


def texts(kinds: Iterable[Kind], cards: Sequence[Any]) -> dict[int, str]:
    """The stored HTML of these things, one query for each kind among them that has a text."""
    found: dict[int, str] = {}
    for kind in kinds:
        ids = [card.id for card in cards if card.kind == kind.name]
        own = kind.model.__table__.c
        if ids and "body_html" in own:
            rows = db.session.execute(select(own.id, own.body_html).where(own.id.in_(ids)))
            found |= {row.id: row.body_html for row in rows}
    return found


def public_thing(id: int, kinds: Sequence[str]) -> Contribution:
    """A thing of these kinds that anybody may see, whoever asks; else `Missing`."""
    thing = contributions.get(Nobody(), id)
    if thing.kind not in kinds:
        raise Missing
    return thing


def news(thing: Contribution, verbs: Iterable[str]) -> Sequence[Activity]:
    """The latest public acts on a thing. Of all verbs those of its own kind are public.

    So an act that another room records on it (a report, say) does not come into the feed by itself.
    What happened before it was public is nobody's business either.
    """
    own = (f"{thing.kind}.", POSTED)
    public = [verb for verb in verbs if verb.startswith(own) or verb in MODERATION]
    since = thing.published_at
    return [act for act in history(thing, public, MOST_ENTRIES) if since and act.at >= since]


def posts_of(acts: Iterable[Activity]) -> dict[int, Any]:
    """What a team has told of its project, by act, as far as anybody may still read it."""
    told = {act.id: int(act.detail or 0) for act in acts if act.verb == POSTED}
    public = posts.public_among(set(told.values()))
    return {act: public[post] for act, post in told.items() if post in public}
