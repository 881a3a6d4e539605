"""The plan of the towns, cut into chunks of ideas in the order of their dates.

A chunk depends on the plan and on its own numbers alone: the same plan gives the same rows,
whoever makes which chunk.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

CHUNK = 2000
DAY = 86_400
YEARS = 3
#: Votes on comments among all votes: one in so many.
COMMENT_VOTES = 8
#: The most that people say about one idea.
MOST_COMMENTS = 3000
#: How much steeper than evenly ideas become more with the years; 1 would be evenly.
GROWTH = 0.7


@dataclass(frozen=True)
class Place:
    """A municipality where ideas are posted, and who answers there."""

    id: int
    title: str
    staff: int


@dataclass(frozen=True)
class Plan:
    """Everything that the chunks share."""

    seed: int
    ideas: int
    people: int
    first_person: int
    moderator: int
    #: Seconds since 1970; the first idea is as old as `begin`, nothing is younger than `end`.
    begin: int
    end: int
    places: tuple[Place, ...]
    #: Running sum of how much is going on in each place.
    weights: tuple[float, ...]
    #: Id and words of each topic, in the order of `lexicon.TOPICS`.
    topics: tuple[tuple[int, str], ...]
    #: The last reference number in use, by year.
    references: dict[int, int]

    def moment(self, idea: int) -> int:
        """When an idea was published: more and more of them as time goes on."""
        span = self.end - self.begin - DAY // 24
        return self.begin + int(span * ((idea + 0.5) / self.ideas) ** GROWTH)


@dataclass(frozen=True)
class Chunk:
    """Some ideas in a row: what they are given, and the first id of their contributions."""

    first_idea: int
    first_id: int
    comments: array[int]
    votes: array[int]
    comment_votes: int
    #: The reference numbers of the ideas.
    references: list[str]


def chunks(plan: Plan, comments: int, votes: int, first_id: int) -> Iterator[Chunk]:
    """Cut the plan into chunks that hold exactly so many comments and votes between them."""
    luck = random.Random(f"{plan.seed}")  # noqa: S311 - the same towns every time
    ranks = list(range(plan.ideas))
    luck.shuffle(ranks)
    on_comments = votes // COMMENT_VOTES if comments else 0
    said = spread(comments, ranks, MOST_COMMENTS, luck)
    given = spread(votes - on_comments, ranks, max(plan.people // 2 - 1, 0), luck)
    numbers = dict(plan.references)
    done, total = 0, max(sum(said), 1)
    for start in range(0, plan.ideas, CHUNK):
        stop = min(start + CHUNK, plan.ideas)
        mine = said[start:stop]
        before, done = done, done + sum(mine)
        share = on_comments * done // total - on_comments * before // total
        references = [_reference(plan, numbers, idea) for idea in range(start, stop)]
        yield Chunk(start, first_id, mine, given[start:stop], share, references)
        first_id += stop - start + sum(mine)


def _reference(plan: Plan, numbers: dict[int, int], idea: int) -> str:
    """The next number of the year; at the turn of the year Germany is an hour ahead of UTC."""
    year = datetime.fromtimestamp(plan.moment(idea) + 3600, UTC).year
    numbers[year] = numbers.get(year, 0) + 1
    return f"{year}-{numbers[year]:05}"


def spread(total: int, ranks: list[int], most: int, luck: random.Random) -> array[int]:
    """Shares of a total that fall with the rank as in Zipf's law, none above `most`."""
    weights = [1 / (rank + 10) for rank in ranks]
    factor = total / sum(weights)
    counts = array("i", (min(int(w * factor + luck.random()), most) for w in weights))
    missing = min(total, most * len(counts)) - sum(counts)
    step = 1 if missing > 0 else -1
    while missing:
        index = luck.randrange(len(counts))
        if 0 <= counts[index] + step <= most:
            counts[index] += step
            missing -= step
    return counts


def running_weights(number: int) -> tuple[float, ...]:
    """How much is going on in the first, the second … of so many places, summed up."""
    return tuple(accumulate(1 / (rank + 10) for rank in range(number)))


_DAYS = [
    (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%d")
    for day in range(40_000)
]
_CLOCK = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}.000000" for s in range(DAY)]


def stamp(moment: int) -> str:
    """A moment in UTC as both databases read it."""
    return f"{_DAYS[moment // DAY]} {_CLOCK[moment % DAY]}"


def day(moment: int) -> str:
    """The date of a moment."""
    return _DAYS[moment // DAY]
