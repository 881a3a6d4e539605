"""What happens to every thing alike: it is published, counted and found."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import Table, func, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite

from civic.accounts.models import Actor
from civic.contributions import policy, queries
from civic.contributions.models import CIRCLE, Contribution, Descent, ReferenceCounter
from civic.contributions.queries import COMMENT_WEIGHT, TREND_PERIOD
from civic.core import clock, search
from civic.core.db import db, insert_once, is_postgres, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations import service as organisations
from civic.organisations.models import Organisation
from civic.organisations.policy import may_publish_as


@transaction()
def publish(
    actor: Actor,
    thing: Contribution,
    *,
    organisation: Organisation | None = None,
    with_reference: bool = True,
) -> None:
    """Make a new thing public: date, reference number, place in every order.

    With an organisation it is published in its name; the author stays on record, and the members
    read in their log who it was.
    """
    if organisation is not None:
        demand(may_publish_as, actor, organisation)
        thing.organisation = organisation
    now = clock.now()
    thing.created_at = now
    thing.published_at = now
    thing.shuffle = secrets.randbelow(CIRCLE)
    thing.trend = now.timestamp() / TREND_PERIOD
    if with_reference:
        thing.reference = next_reference(actor, clock.local_date(now).year)
    db.session.add(thing)
    db.session.flush()
    if thing.organisation is not None:
        _note(actor, thing, thing.organisation)


def _note(actor: Actor, thing: Contribution, organisation: Organisation) -> None:
    """What a municipality has approved is still published by who wrote it."""
    person = actor if actor.id == thing.author_id else thing.author
    number = thing.reference or f"#{thing.id}"
    organisations.note(person, organisation, "organisation.published", detail=number)


@transaction()
def descend(actor: Actor, later: Contribution, earlier: Sequence[Contribution]) -> None:
    """Say that a thing stands on earlier ones; saying it twice changes nothing.

    A link forces no state upon either. Raises `Missing` for what the actor may not see, and
    `RuleBroken` where a thing would stand on itself.
    """
    demand(policy.may_link, actor, later)
    below = set(queries.ids_later(later))
    for thing in earlier:
        if not policy.may_see(actor, thing):
            raise Missing
        if thing.id == later.id or thing.id in below:
            raise RuleBroken(N_("A contribution cannot stand on one that has grown from it."))
        insert_once(
            Descent, {"later_id": later.id, "earlier_id": thing.id, "created_at": clock.now()}
        )


@transaction()
def lock(actor: Actor, thing: Contribution) -> None:
    """Hold the trunk row until the transaction ends and read what others may have changed.

    What is decided after this stands: a vote or another decision falls before or after it.
    """
    del actor
    db.session.execute(
        select(Contribution.id).where(Contribution.id == thing.id).with_for_update(of=Contribution)
    )
    db.session.refresh(thing, ("state", "version", "vote_count", "comment_count", "hidden_at"))


@transaction()
def next_reference(actor: Actor, year: int) -> str:
    """The next reference number of the year; the row lock keeps numbers unique and in order."""
    del actor
    insert = postgresql.insert if is_postgres() else sqlite.insert
    number = db.session.execute(
        insert(ReferenceCounter)
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": ReferenceCounter.last + 1})
        .returning(ReferenceCounter.last)
    ).scalar_one()
    return f"{year}-{number:05}"


@transaction()
def make_findable(actor: Actor, thing: Contribution, *words: str) -> None:
    """Write the search document: title, text and the names a person might look for."""
    del actor
    search.put(thing.id, thing.title, " ".join((*words, thing.reference or "")))


@transaction()
def forget(actor: Actor, things: Sequence[int]) -> None:
    """Take things out of the search."""
    del actor
    search.drop(things)


@transaction()
def count(actor: Actor, thing_id: int, *, votes: int = 0, comments: int = 0) -> None:
    """Change the counters of a thing in the transaction of the act itself.

    One statement, computed by the database: parallel acts never overwrite each other's count.
    A kind whose own table has a `vote_count` too (for an index of its own) gets the new number
    there in a second one; the row of the trunk, held until the commit, keeps the two alike.
    """
    del actor
    before = 1 + Contribution.vote_count + COMMENT_WEIGHT * Contribution.comment_count
    after = before + votes + COMMENT_WEIGHT * comments
    counted = db.session.execute(
        update(Contribution)
        .where(Contribution.id == thing_id)
        .values(
            vote_count=Contribution.vote_count + votes,
            comment_count=Contribution.comment_count + comments,
            trend=Contribution.trend + func.ln(after) - func.ln(before),
        )
        .returning(Contribution.kind, Contribution.vote_count)
        .execution_options(synchronize_session="fetch")
    ).one_or_none()
    if votes and counted:
        _repeat_votes(thing_id, *counted)


def _repeat_votes(thing_id: int, kind: str, votes: int) -> None:
    """Write the number on the own row of a kind that keeps it there as well."""
    own = inspect(Contribution).polymorphic_map[kind].local_table
    if isinstance(own, Table) and own is not Contribution.__table__ and "vote_count" in own.c:
        db.session.execute(update(own).where(own.c.id == thing_id).values(vote_count=votes))
