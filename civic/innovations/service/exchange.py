"""The exchange ("Börse"): who looks for something and who offers it find each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions import service as contributions
from civic.core import clock, html, limits
from civic.core.db import db, transaction
from civic.core.errors import Outdated, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.core.wording import check_title
from civic.follows import service as follows
from civic.innovations import policy
from civic.innovations.models import Direction, Exchange, Innovation
from civic.innovations.queries import exchange as queries
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.topics import service as topics
from civic.topics.models import Topic

SHORTEST_BODY = 30
#: What stands longer than this nobody has looked at for a long time.
LONGEST = timedelta(days=366)
#: Posts of a person in a day; nobody honest reaches it.
DAILY = limits.Limit(10, 86_400)
SETTLED = "settled"


@dataclass(frozen=True)
class Post:
    """What is looked for or offered, and until when."""

    direction: Direction
    title: str
    body: str
    slugs: Sequence[str]
    until_on: date
    innovation: Innovation | None = None


def post_exchange(
    actor: Actor, municipality: Municipality, post: Post, organisation: Organisation | None = None
) -> Exchange:
    """Publish an offer or a need. Raises `RuleBroken` with the field, `Forbidden`, `TooMany`."""
    demand(policy.may_post, actor, municipality, organisation)
    _check(post)
    limits.hit(f"exchange:{actor.id}", [DAILY])
    return _post(actor, municipality, post, organisation)


@transaction()
def _post(
    actor: Actor, municipality: Municipality, post: Post, organisation: Organisation | None
) -> Exchange:
    exchange = Exchange(
        author_id=actor.id,
        municipality=municipality,
        direction=post.direction,
        state=post.direction.value,
        **_columns(post),
    )
    contributions.publish(actor, exchange, organisation=organisation)
    _make_findable(actor, exchange, topics.set_topics(actor, exchange, post.slugs))
    follows.follow_by_default(actor, exchange)
    activity.record(actor, "exchange.posted", exchange, detail=post.direction)
    return exchange


@transaction()
def edit_exchange(actor: Actor, exchange: Exchange, post: Post, *, seen: int) -> None:
    """Change a post, also its day; what is looked for does not become an offer.

    `seen` is the version the person had before them; `Outdated` if it is no longer the last.
    """
    contributions.lock(actor, exchange)
    demand(policy.may_keep_exchange, actor, exchange)
    if exchange.version != seen:
        raise Outdated(str(exchange.version))
    _check(post)
    for name, value in _columns(post).items():
        setattr(exchange, name, value)
    exchange.version += 1
    exchange.updated_at = clock.now()
    _make_findable(actor, exchange, topics.set_topics(actor, exchange, post.slugs))
    activity.record(actor, "exchange.edited", exchange)


@transaction()
def settle_exchange(actor: Actor, exchange: Exchange) -> None:
    """It is found, or needed no more: the page stays, the list shows it no longer."""
    contributions.lock(actor, exchange)
    db.session.refresh(exchange, ("settled_at",))
    demand(policy.may_keep_exchange, actor, exchange)
    _settle(exchange)
    activity.record(actor, "exchange.settled", exchange)


@transaction()
def end_exchanges(actor: Actor, batch: int = 200) -> int:
    """Close what stands past its day; returns how many. Lists leave it out from the day itself."""
    ended = queries.over(batch)
    for exchange in ended:
        contributions.lock(actor, exchange)
        db.session.refresh(exchange, ("until_on",))
        if exchange.is_over:  # nobody has moved its day a moment ago
            _settle(exchange)
            activity.record(actor, "exchange.ended", exchange)
    return len(ended)


def _settle(exchange: Exchange) -> None:
    exchange.settled_at = clock.now()
    exchange.state = SETTLED


@transaction()
def render_exchanges_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many were."""
    del actor
    old = outdated(Exchange, batch)
    for exchange in old:
        for name, value in html.columns(exchange.body).items():
            setattr(exchange, name, value)
    return len(old)


def _columns(post: Post) -> dict[str, Any]:
    innovation_id = post.innovation.id if post.innovation else None
    own = {"title": post.title, "until_on": post.until_on, "innovation_id": innovation_id}
    return own | html.columns(post.body)


def _make_findable(actor: Actor, exchange: Exchange, chosen: Sequence[Topic]) -> None:
    contributions.make_findable(
        actor,
        exchange,
        exchange.body,
        exchange.municipality.title,
        *(topic.words for topic in chosen),
    )


def _check(post: Post) -> None:
    check_title(post.title)
    if len(post.body) < SHORTEST_BODY:
        raise RuleBroken(
            N_("Describe it in at least %(least)s characters. So far there are %(now)s."),
            "body",
            least=SHORTEST_BODY,
            now=len(post.body),
        )
    if post.until_on < clock.today():
        raise RuleBroken(N_("This day has passed. Please choose a later one."), "until_on")
    if post.until_on > clock.today() + LONGEST:
        raise RuleBroken(
            N_("Please choose a day within one year. You can move it later."), "until_on"
        )
