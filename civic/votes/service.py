"""Casting and withdrawing votes: exact, whatever arrives at the same moment.

The order of locks. Both commands touch two rows, always in this order: the vote (its key is person
and thing), then the trunk row that carries the count. Between them a first vote writes the row by
which its person follows the thing; it has the same key, so nobody else waits for it.

* Two requests of one person meet at the key of the vote. The second waits there until the first
  has committed and then finds a row or none; it never reaches the trunk with a wrong answer.
* Requests of different people meet only at the trunk row. Whoever waits there holds nothing but a
  vote row of their own, which the one ahead does not want. So there is no circle, and the row that
  everybody wants is held shortest, as the last thing before the commit. (Trunk first would be safe
  too, but each person would hold the hot row while looking after their vote, and would have to take
  the count back when there was nothing to count.)
* PostgreSQL's foreign key takes a FOR KEY SHARE lock on the trunk row with the insert. A change of
  the counter needs FOR NO KEY UPDATE, which does not conflict with it, so no lock is upgraded
  against another voter.
* SQLite has one writer at a time (BEGIN IMMEDIATE).

A circle is still thinkable with commands elsewhere that lock an account and then things (leaving
the platform). PostgreSQL then ends one of the two, and `_once_more` gives that one a second try.

No news is recorded: the number of votes is public, who gave them is not, and news names people.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from civic.accounts.models import Actor
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.contributions.queries import trend_of
from civic.core import clock
from civic.core.db import be_patient, db, insert_once, rows_of, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.recount import Correction
from civic.follows import service as follows
from civic.votes import policy, queries
from civic.votes.models import Vote

#: What PostgreSQL calls a transaction that it ended for the sake of another: 40001
#: serialization_failure, 40P01 deadlock_detected (Appendix A of its manual).
GAVE_WAY = frozenset({"40001", "40P01"})

P = ParamSpec("P")
R = TypeVar("R")


def _once_more(command: Callable[P, R]) -> Callable[P, R]:
    """Try a command a second time when the database ended it for the sake of another.

    Inside a larger transaction there is nothing to repeat: it was ended as a whole.
    """

    @wraps(command)
    def patient(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except OperationalError as error:
            is_part = db.session().info.get("depth", 0) > 0
            if is_part or getattr(error.orig, "sqlstate", None) not in GAVE_WAY:
                raise
        return command(*args, **kwargs)

    return patient


@_once_more
@transaction()
def cast_vote(actor: Actor, thing: Contribution, *, seen: int | None = None) -> bool:
    """Support a thing; True when this call made the vote, False when it stood already.

    `seen` is the version of the text that the person had before them (default: the present one);
    the vote keeps it. Voting again carries an older vote over to the version seen.
    Raises `RuleBroken` for own things and where no votes are taken, `Forbidden` for others.
    """
    if policy.is_own(actor, thing):
        raise RuleBroken(
            N_("You cannot vote for your own contribution. You stand behind it anyway.")
        )
    demand(policy.may_cast, actor, thing)
    if not thing.takes_votes:
        raise RuleBroken(N_("Votes are no longer taken here."))
    version = min(max(seen or thing.version, 1), thing.version)
    key = {"contribution_id": thing.id, "user_id": actor.id}
    if insert_once(Vote, {**key, "version": version, "created_at": clock.now()}):
        follows.follow_by_default(actor, thing)
        contributions.count(actor, thing.id, votes=1)
        return True
    db.session.execute(
        update(Vote).filter_by(**key).where(Vote.version < version).values(version=version)
    )
    return False


@_once_more
@transaction()
def withdraw_vote(actor: Actor, thing: Contribution) -> bool:
    """Take one's vote back; True when there was one. Also possible when no new ones are taken."""
    demand(policy.may_withdraw, actor, thing)
    gone = db.session.execute(
        delete(Vote).where(Vote.contribution_id == thing.id, Vote.user_id == actor.id)
    )
    if rows_of(gone) == 0:
        return False
    contributions.count(actor, thing.id, votes=-1)
    return True


@transaction()
def forget(actor: Actor, *, erase: bool) -> None:
    """A person leaves. Their votes stay counted under the nameless account, or go with `erase`."""
    if not erase:
        return
    gone = db.session.scalars(
        delete(Vote).where(Vote.user_id == actor.id).returning(Vote.contribution_id)
    )
    for thing_id in sorted(gone):  # in the order of ids, as whoever else locks several things
        contributions.count(actor, thing_id, votes=-1)


@transaction()
def recount(actor: Actor, *, repair: bool = True) -> list[Correction]:
    """Compare every counter with the votes themselves and set right what differs.

    Each thing is locked before it is counted, so votes that arrive meanwhile are neither lost nor
    counted twice: they add themselves afterwards.
    """
    demand(policy.may_recount, actor)
    be_patient()
    wrong = db.session.scalars(queries.miscounted()).all()
    found = [_correct(thing_id, repair=repair) for thing_id in wrong]
    return [correction for correction in found if correction.was != correction.is_now]


def _correct(thing_id: int, *, repair: bool) -> Correction:
    thing = db.session.scalars(
        select(Contribution)
        .where(Contribution.id == thing_id)
        .with_for_update(key_share=True, of=Contribution)
        .execution_options(populate_existing=True)
    ).one()
    counted = queries.number_of_votes(thing_id)
    correction = Correction(thing_id, thing.vote_count, counted, thing.title)
    if repair:
        thing.vote_count = correction.is_now
        thing.trend = trend_of(thing)
    return correction
