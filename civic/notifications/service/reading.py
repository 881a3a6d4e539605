"""Read, forgotten, counted anew. The number of unread notices on the person stays exact.

Whatever changes it first takes the lock on the person (`audience.hold`, in the order of ids), as
the fan-out does: nothing can be noticed between the counting and the writing of the number.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from civic.accounts.models import Actor, User
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import be_patient, db, remove_in_batches, rows_of, transaction
from civic.core.policy import demand
from civic.core.recount import Correction
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
    del actor
    return remove_in_batches(select(Notice.id).where(Notice.read_at < clock.now() - KEPT), BATCH)


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
    """Remove what others were told of a person's things, and count anew."""
    own = select(Contribution.id).where(Contribution.author_id == author.id)
    acts = select(Activity.id).where(Activity.contribution_id.in_(own))
    concerned = or_(Notice.contribution_id.in_(own), Notice.activity_id.in_(acts))
    told = db.session.scalars(select(Notice.user_id).where(concerned).distinct()).all()
    audience.hold(sorted(told))
    db.session.execute(delete(Notice).where(concerned).execution_options(synchronize_session=False))
    db.session.execute(
        update(User)
        .where(User.id.in_(told))
        .values(unread_notices=lists.unread())
        .execution_options(synchronize_session=False)
    )


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
