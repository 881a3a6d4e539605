"""Following and no longer following. Both may be said twice; the second time changes nothing.

No news is recorded: what a person follows is nobody else's business.
"""

from __future__ import annotations

from sqlalchemy import delete

from civic.accounts.models import Actor
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db, insert_once, rows_of, transaction
from civic.core.policy import demand
from civic.follows import policy
from civic.follows.models import Follow


@transaction()
def follow(actor: Actor, thing: Contribution) -> bool:
    """Put a thing on the actor's watch list; True when it was not there yet."""
    demand(policy.may_follow, actor, thing)
    return insert_once(
        Follow,
        {"user_id": actor.id, "contribution_id": thing.id, "created_at": clock.now()},
    )


@transaction()
def unfollow(actor: Actor, thing: Contribution) -> bool:
    """Take a thing off the actor's watch list; True when it was there."""
    demand(policy.may_follow, actor, thing)
    gone = db.session.execute(
        delete(Follow).where(Follow.user_id == actor.id, Follow.contribution_id == thing.id)
    )
    return rows_of(gone) == 1


@transaction()
def forget(actor: Actor, *, erase: bool) -> None:
    """A person leaves: what they followed goes in any case."""
    del erase
    db.session.execute(delete(Follow).where(Follow.user_id == actor.id))
