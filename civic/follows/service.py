"""Following and being left in peace. Both may be said twice; the second time changes nothing.

No news is recorded: what a person follows is nobody else's business.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from civic.accounts.models import Actor
from civic.contributions.address import listed_kinds
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db, insert_once, is_postgres, rows_of, transaction
from civic.core.policy import demand
from civic.follows import policy
from civic.follows.models import Follow


@transaction()
def follow(actor: Actor, thing: Contribution) -> bool:
    """Hear of a thing from now on; True when this call changed something."""
    demand(policy.may_follow, actor, thing)
    key = {"user_id": actor.id, "contribution_id": thing.id}
    if insert_once(Follow, {**key, "created_at": clock.now()}):
        return True
    woken = db.session.execute(
        update(Follow)
        .filter_by(**key)
        .where(Follow.quiet_at.is_not(None))
        .values(quiet_at=None, created_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return rows_of(woken) == 1


@transaction()
def follow_by_default(actor: Actor, thing: Contribution) -> bool:
    """Whoever takes part (author, supporter, commenter) hears of what becomes of it.

    Once said "no more", taking part again does not bring it back. Comments are not followed: one
    hears of them through what they are about. One statement, for it is part of every vote.
    """
    if thing.kind not in listed_kinds() or not policy.may_follow(actor, thing):
        return False
    return insert_once(
        Follow,
        {"user_id": actor.id, "contribution_id": thing.id, "created_at": clock.now()},
    )


@transaction()
def pass_on(actor: Actor, earlier: Contribution, later: Contribution) -> int:
    """Whoever follows a thing follows what has grown from it; returns how many are new to it.

    Those who want to hear no more of the earlier one are left in peace, and so are those who have
    said that of the later one. One statement, however many there are.
    """
    del actor
    table = cast("Table", Follow.__table__)
    insert = postgresql.insert if is_postgres() else sqlite.insert
    followers = select(
        Follow.user_id, literal(later.id), literal(clock.now(), Follow.created_at.type)
    ).where(Follow.contribution_id == earlier.id, Follow.quiet_at.is_(None))
    passed = (
        insert(table)
        .from_select(["user_id", "contribution_id", "created_at"], followers)
        .on_conflict_do_nothing()
    )
    return rows_of(db.session.execute(passed.execution_options(preserve_rowcount=True)))


@transaction()
def unfollow(actor: Actor, thing: Contribution) -> bool:
    """Hear no more of a thing; True when it was followed. Said once, it holds."""
    demand(policy.may_follow, actor, thing)
    quieted = db.session.execute(
        update(Follow)
        .where(
            Follow.user_id == actor.id,
            Follow.contribution_id == thing.id,
            Follow.quiet_at.is_(None),
        )
        .values(quiet_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return rows_of(quieted) == 1


@transaction()
def forget(actor: Actor, *, erase: bool) -> None:
    """A person leaves: what they followed goes in any case."""
    del erase
    db.session.execute(delete(Follow).where(Follow.user_id == actor.id))
