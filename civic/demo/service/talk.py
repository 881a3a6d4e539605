"""What people say to a thing: voices, comments with their answers, and what became of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from civic.comments import service as comments
from civic.demo.service.cast import LUCK, Act, Cast, Entry
from civic.follows import service as follows
from civic.moderation import service as moderation
from civic.votes import service as votes

#: Of those who vote, so many follow as well.
FOLLOWING = 0.4


def voices(cast: Cast, name: str, entry: Entry, author: str, last: float) -> Iterator[Act]:
    """As many supporters as the entry says, spread over the time while people could vote.

    `last`: how many days ago it took the last ones.
    """
    luck = random.Random(f"{LUCK}{entry['key']}")  # noqa: S311 - the same demo every time
    certain = entry.get("voters", [])
    willing = [key for key in cast.voters if key != author and key not in certain]
    by_lot = max(0, min(entry.get("votes", 0) - len(certain), len(willing)))
    for person in [*certain, *luck.sample(willing, by_lot)]:
        days_ago = last + (entry["days_ago"] - last) * luck.uniform(0.02, 0.98)
        yield days_ago, partial(_vote, cast, person, name, luck)


def _vote(cast: Cast, person: str, name: str, luck: random.Random) -> None:
    thing = cast.thing(name)
    votes.cast_vote(cast.people[person], thing)
    if luck.random() < FOLLOWING:
        follows.follow(cast.people[person], thing)


def conversation(cast: Cast, name: str, key: str, entry: Entry) -> Iterator[Act]:
    """All comments of a thing."""
    for number, comment in enumerate(entry.get("comments", ())):
        yield from _comment(cast, name, (key, str(number)), comment)


def _comment(
    cast: Cast, name: str, key: tuple[str, ...], entry: Entry, parent: tuple[str, ...] = ()
) -> Iterator[Act]:
    """A comment with its votes, its fate and its replies."""
    days_ago = entry["days_ago"]

    def post() -> None:
        cast.comments[key] = comments.add_comment(
            cast.people[entry["by"]],
            cast.thing(name),
            body=entry["body"].strip(),
            parent=cast.comments[parent] if parent else None,
        )

    yield days_ago, post
    luck = random.Random(f"{LUCK}{key}")  # noqa: S311 - the same demo every time
    willing = [person for person in cast.voters if person != entry["by"]]
    for person in luck.sample(willing, min(entry.get("votes", 0), len(willing))):
        yield (
            days_ago * luck.uniform(0.3, 0.97),
            partial(_vote_comment, cast, person, key),
        )
    for number, reply in enumerate(entry.get("replies", ())):
        yield from _comment(cast, name, (*key, str(number)), reply, parent=key)
    yield from _fate(cast, key, entry)


def _vote_comment(cast: Cast, person: str, key: tuple[str, ...]) -> None:
    votes.cast_vote(cast.people[person], cast.comments[key])


def _fate(cast: Cast, key: tuple[str, ...], entry: Entry) -> Iterator[Act]:
    """What became of a comment that was removed, hidden or held back."""
    state, moderator = entry.get("state"), "moderation"
    days_ago = max(entry["days_ago"] * 0.2, 0.01)
    if state == "removed":
        by = entry["by"]
        yield days_ago, lambda: comments.remove_comment(cast.people[by], cast.comments[key])
    elif state in {"moderated", "blocked"}:
        act = moderation.hide if state == "moderated" else moderation.block
        yield (
            days_ago,
            lambda: act(cast.people[moderator], cast.comments[key], reason=entry["reason"]),
        )
