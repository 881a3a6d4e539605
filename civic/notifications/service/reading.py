"""Read, forgotten, counted anew. The number of unread notices on the person stays exact.

Whatever changes it first takes the lock on the person (`audience.hold`, in the order of ids), as
the fan-out does: nothing can be noticed between the counting and the writing of the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update

from civic.accounts.models import Actor, User
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import be_patient, db, rows_of, transaction
from civic.core.policy import demand
from civic.notifications import policy
from civic.notifications.models import Notice, NoticePreference, Subscription
from civic.notifications.queries import audience, lists

#: How long a notice is kept after it was read.
KEPT = timedelta(days=180)
BATCH = 1000


@transaction()
def mark_read(actor: Actor, thing_id: int | None = None) -> int:
    """Mark the notices about a thing as read, or all; returns how many were unread."""
    demand(policy.may_read, actor)
    audience.hold([actor.id])
    unread = update(Notice).where(Notice.user_id == actor.id, Notice.read_at.is_(None))
    if thing_id is not None:
        unread = unread.where(Notice.contribution_id == thing_id)
    found = db.session.execute(
        unread.values(read_at=clock.now()).execution_options(synchronize_session=False)
    )
    _count_anew(actor.id)
    return rows_of(found)


def _count_anew(user_id: int) -> None:
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(unread_notices=lists.unread())
        .execution_options(synchronize_session=False)
    )
    db.session.expire(db.session.get_one(User, user_id), ["unread_notices"])


def forget_old(actor: Actor) -> int:
    """Remove notices half a year after they were read; returns how many."""
    number = 0
    while some := _forget_some(actor):
        number += some
    return number


@transaction()
def _forget_some(actor: Actor) -> int:
    del actor
    old = select(Notice.id).where(Notice.read_at < clock.now() - KEPT).limit(BATCH)
    gone = db.session.execute(
        delete(Notice)
        .where(Notice.id.in_(old.scalar_subquery()))
        .execution_options(synchronize_session=False)
    )
    return rows_of(gone)


@transaction()
def forget(actor: User, *, erase: bool) -> None:
    """A person leaves: their notices, choices and saved filters go.

    With `erase` their things and words go, too, and with them what others were told of those.
    """
    for table in (Notice, NoticePreference, Subscription):
        db.session.execute(
            delete(table)
            .where(table.user_id == actor.id)
            .execution_options(synchronize_session=False)
        )
    actor.unread_notices = 0
    if erase:
        _take_back(actor)


def _take_back(author: User) -> None:
    """Remove what others were told of a person's things, and count it off."""
    own = select(Contribution.id).where(Contribution.author_id == author.id)
    acts = select(Activity.id).where(Activity.contribution_id.in_(own))
    concerned = or_(Notice.contribution_id.in_(own), Notice.activity_id.in_(acts))
    unread = (
        select(Notice.user_id, func.count().label("number"))
        .where(concerned, Notice.is_listed.is_(True), Notice.read_at.is_(None))
        .group_by(Notice.user_id)
        .order_by(Notice.user_id)
    )
    audience.hold(row.user_id for row in db.session.execute(unread))
    for row in db.session.execute(unread).all():
        db.session.execute(
            update(User)
            .where(User.id == row.user_id)
            .values(unread_notices=User.unread_notices - row.number)
            .execution_options(synchronize_session=False)
        )
    db.session.execute(delete(Notice).where(concerned).execution_options(synchronize_session=False))


@dataclass(frozen=True)
class Correction:
    """A person whose number of unread notices was wrong."""

    id: int
    was: int
    is_now: int


@transaction()
def recount(actor: Actor, *, repair: bool = True) -> list[Correction]:
    """Compare the numbers of unread notices with the notices themselves; repair what differs."""
    demand(policy.may_recount, actor)
    be_patient()
    wrong = [Correction(*row) for row in db.session.execute(lists.miscounted())]
    for correction in wrong if repair else ():
        audience.hold([correction.id])
        _count_anew(correction.id)
    return wrong
