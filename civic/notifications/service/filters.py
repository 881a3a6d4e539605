"""Saved filters: kept by a person, and held against what is new.

Ten thousand people may keep filters, and most keep the same ones. So each distinct filter is asked
once, and only if place, topic, state and words do not rule it out; the list itself decides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from civic.accounts.models import Actor
from civic.contributions.address import house
from civic.core import clock, search
from civic.core.db import db, insert_once, rows_of, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.feature import SavedList
from civic.core.language import N_
from civic.core.policy import demand
from civic.notifications import policy
from civic.notifications.models import Subscription
from civic.notifications.queries import audience
from civic.notifications.queries.audience import News
from civic.topics import queries as topics

#: Filters that one person keeps at most; values of a name, and characters of a value.
MOST = 30
MOST_VALUES = 20
LONGEST = 100
#: Acts after which a thing may be in a list in which it was not before.
MOVING = frozenset({"new", "answer", "term"})
#: Names that lists of all rooms have in their addresses.
PLACE, TOPIC, STATE, WORDS = "kommune", "thema", "status", "q"

Params = Mapping[str, Sequence[str]]


@transaction()
def subscribe(actor: Actor, endpoint: str, params: Params) -> Subscription:
    """Keep a filter of a list; the same filter again gives the one that is there.

    `params` as they stand in the address; names that the list does not filter by are left out.
    Raises `Missing` for a list that cannot be kept, `RuleBroken` beyond 30 filters.
    """
    demand(policy.may_read, actor)
    listed = house().saved_lists.get(endpoint)
    if listed is None:
        raise Missing
    kept = _kept(listed, params)
    key = _key(kept)
    audience.hold([actor.id])  # two clicks wait for each other, so the limit holds
    number = select(func.count()).select_from(Subscription).filter_by(user_id=actor.id)
    mine = select(Subscription).filter_by(user_id=actor.id, endpoint=endpoint, key=key)
    if found := db.session.scalar(mine):
        return found
    if (db.session.scalar(number) or 0) >= MOST:
        raise RuleBroken(
            N_("You keep %(most)s searches already. Please remove one first."), most=MOST
        )
    insert_once(
        Subscription,
        {
            "user_id": actor.id,
            "endpoint": endpoint,
            "params": kept,
            "key": key,
            "place": _first(kept, PLACE)[:80],
            "created_at": clock.now(),
        },
    )
    return db.session.scalars(mine).one()


@transaction()
def unsubscribe(actor: Actor, subscription_id: int) -> bool:
    """Keep a filter no longer; False when it was not (or not theirs)."""
    demand(policy.may_read, actor)
    gone = db.session.execute(
        delete(Subscription).where(
            Subscription.id == subscription_id, Subscription.user_id == actor.id
        )
    )
    return rows_of(gone) == 1


def _kept(listed: SavedList, params: Params) -> dict[str, list[str]]:
    """What of an address makes the filter, in an order of its own."""
    found = {
        name: sorted({v.strip()[:LONGEST] for v in list(params.get(name, ()))[:MOST_VALUES]} - {""})
        for name in sorted(listed.names)
    }
    return {name: values for name, values in found.items() if values}


def _key(kept: Params) -> str:
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def subscribers_of(news: News) -> dict[str, list[str]]:
    """The filters that the thing has come into: list -> keys."""
    if news.kind not in MOVING:
        return {}
    thing = _Outline.of(news)
    places = audience.slugs_over(news.about.municipality)
    found = {}
    for endpoint, listed in house().saved_lists.items():
        kept = [f for f in audience.filters(endpoint, places) if thing.may_pass(f.params)]
        keys = [f.key for f in kept if news.about.id in listed.among(f.params, [news.about.id])]
        if keys:
            found[endpoint] = keys
    return found


@dataclass(frozen=True)
class _Outline:
    """What rules a filter out without asking the list."""

    kind: str
    state: str
    topics: frozenset[str]
    stems: frozenset[str]

    @classmethod
    def of(cls, news: News) -> _Outline:
        thing = news.about
        carried = topics.of_thing(thing.id)
        return cls(
            news.kind,
            thing.state,
            frozenset(topic.slug for topic in carried),
            frozenset(search.stems_of(thing.id)),
        )

    def may_pass(self, params: Params) -> bool:
        asked = params.get(TOPIC, ())
        if asked and self.topics.isdisjoint(asked):
            return False
        words = search.stems(_first(params, WORDS))[: search.MAX_WORDS]
        return self.stems.issuperset(words) and self._has_moved_into(_first(params, STATE))

    def _has_moved_into(self, state: str) -> bool:
        """A new thing comes into lists of all states and of its own; a step only into its state.

        A term that runs out changes no state, so it concerns filters by some other word alone.
        """
        if self.kind == "new":
            return state in {"", self.state}
        if self.kind == "answer":
            return state == self.state
        return state not in {"", self.state}


def _first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")
