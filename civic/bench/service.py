"""Making up towns with their people and everything that was ever said there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.dialects import postgresql, sqlite

from civic.accounts.models import Actor
from civic.bench import ground, lexicon, queries
from civic.bench.load import MANY, Postgres, Progress, Sqlite
from civic.bench.plan import DAY, YEARS, Chunk, Place, Plan, chunks, running_weights
from civic.bench.rows import Rows
from civic.contributions.models import ReferenceCounter
from civic.core import clock
from civic.core.db import db, is_postgres, release, transaction
from civic.core.passwords import hash_password
from civic.core.policy import demand

PASSWORD = "zukunft-messen-2026"  # noqa: S105 - a public password, printed; never in production


@dataclass(frozen=True)
class Size:
    """How much is made up. What is not given follows the ideas."""

    ideas: int
    comments: int = -1
    votes: int = -1
    people: int = -1
    municipalities: int = -1
    seed: int = 2026

    def complete(self) -> Size:
        """1,000,000 ideas: 5,000,000 comments, 10,000,000 votes, 200,000 people, 2,000 places."""
        given = {
            "comments": 5 * self.ideas,
            "votes": 10 * self.ideas,
            "people": max(self.ideas // 5, 20),
            "municipalities": max(self.ideas // 500, 5),
        }
        return replace(self, **{k: v for k, v in given.items() if getattr(self, k) < 0})


def seed(actor: Actor, size: Size, progress: Progress) -> None:
    """Fill the database. What stands there stays; its places and topics are used again.

    On PostgreSQL this is no single transaction: after a fault start again with an empty database.
    """
    demand(_may_seed, actor)
    size = size.complete()
    base, plan = _prepare(size)
    first = queries.standing().contribution + 1
    work = list(chunks(plan, size.comments, size.votes, first))
    if is_postgres():
        url = db.engine.url.render_as_string(hide_password=False)
        many = size.ideas >= MANY and first == 1
        release()
        Postgres(url, many=many).fill(base, plan, work, progress)
        _count_references(work)
    else:
        _fill_sqlite(base, plan, work, progress)


def _may_seed(actor: Actor) -> bool:
    return actor.is_admin()


@transaction()
def _fill_sqlite(base: Rows, plan: Plan, work: list[Chunk], progress: Progress) -> None:
    Sqlite().fill(base, plan, work, progress)
    _count_references(work)


def _prepare(size: Size) -> tuple[Rows, Plan]:
    """The rows that stand before anybody writes, and the plan for the rest."""
    there = queries.standing()
    now = int(clock.now().timestamp())
    begin = now - YEARS * 365 * DAY
    towns = [ground.Town(id, title) for id, title in queries.places()]
    rows: Rows = {"municipality": []}
    if not towns:
        rows["municipality"], towns = ground.municipalities(
            size.municipalities, there.municipality + 1
        )
    rows["topic"], topics = ground.topics(queries.topics(), there.topic + 1)
    first, hashed = there.person + 1, hash_password(PASSWORD)
    rows["user"] = list(
        ground.people(
            size.people, first, taken=there.names, homes=towns, password=hashed, at=begin - 30 * DAY
        )
    )
    rows["membership"], staff = ground.roles(first, size.people, towns)
    plan = Plan(
        seed=size.seed,
        ideas=size.ideas,
        people=size.people,
        first_person=first,
        moderator=first + 2,
        begin=begin,
        end=now,
        places=tuple(Place(t.id, t.title, s) for t, s in zip(towns, staff, strict=True)),
        weights=running_weights(len(towns)),
        topics=_words_of(topics),
        references=there.references,
    )
    return ground.ground(rows), plan


def _words_of(ids: Sequence[int]) -> tuple[tuple[int, str], ...]:
    names = (f"{german} {english}" for _, german, english in lexicon.TOPICS)
    return tuple(zip(ids, names, strict=True))


@transaction()
def _count_references(work: Sequence[Chunk]) -> None:
    """Let the next reference number of each year follow the last one given."""
    insert = postgresql.insert if is_postgres() else sqlite.insert
    last: dict[int, int] = {}
    for chunk in work:
        last.update((int(r[:4]), int(r[5:])) for r in chunk.references)
    for year, number in last.items():
        statement = insert(ReferenceCounter).values(year=year, last=number)
        db.session.execute(
            statement.on_conflict_do_update(index_elements=["year"], set_={"last": number})
        )
