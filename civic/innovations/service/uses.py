"""How many use it: kept exact in each family, in the transaction that changes it.

Whoever changes who uses what holds the entry that is acted on, then the one from which it was taken
over, then the origin: always later things before earlier ones. So two changes of one family wait
for each other, and never in a circle (an act that is recorded on the one before needs its row as
well). The counts are then made anew from the entries themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import update
from sqlalchemy.orm.util import identity_key

from civic.accounts.models import Actor, User
from civic.activity import service as news
from civic.activity.models import Activity
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.core.db import be_patient, db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.recount import Correction
from civic.innovations.models import Degree, Innovation, Stage
from civic.innovations.queries import family as queries

#: What the step of an adopted entry says about how far it is taken over.
DEGREES: dict[Stage, Degree] = {
    Stage.IDEA: Degree.INTERESTED,
    Stage.CONCEPT: Degree.INTERESTED,
    Stage.PILOT: Degree.TRYING,
    Stage.ROLLOUT: Degree.TRYING,
    Stage.REGULAR: Degree.IN_USE,
    Stage.HANDED_ON: Degree.IN_USE,
}


def hold_family(actor: Actor, innovation: Innovation) -> Innovation:
    """Let nobody else change this entry or its family; returns the origin."""
    contributions.lock(actor, innovation)
    if innovation.root_id is None:
        return innovation
    if innovation.parent is not None and innovation.parent_id != innovation.root_id:
        contributions.lock(actor, innovation.parent)
    origin = db.session.get_one(Innovation, innovation.root_id)
    contributions.lock(actor, origin)
    return origin


def check_alone(innovation: Innovation, origin: Innovation) -> None:
    """A municipality has one living entry in a family. Raises `RuleBroken`."""
    other = queries.living(origin.id, innovation.municipality, beside=innovation.id)
    if other is not None:
        raise RuleBroken(
            N_("%(place)s has an entry of this family already: %(reference)s, “%(title)s”."),
            "municipality",
            place=innovation.municipality.title,
            reference=other.reference,
            title=other.title,
        )


@transaction()
def follow_activity(actor: Actor, activity: Activity) -> None:
    """Listens to the trunk: gates and the moderation know nothing of families.

    Raises `RuleBroken`, which undoes the act, where an ended entry is taken up again and its
    municipality has another one by now.
    """
    follow = _FOLLOWING.get(activity.verb)
    thing = db.session.get(Contribution, activity.contribution_id) if follow else None
    if follow and isinstance(thing, Innovation):
        person = db.session.get(User, activity.actor_id) if activity.actor_id else None
        follow(person or actor, thing)


def _follow_step(actor: Actor, innovation: Innovation) -> None:
    """An entry has passed a gate: its degree and the counts before it follow."""
    origin = hold_family(actor, innovation)
    check_alone(innovation, origin)
    before = innovation.degree
    if before is not None:
        innovation.degree = DEGREES[Stage(innovation.state)]
        count_uses(actor, origin.id)
    if innovation.degree is not before:
        tell_parent(actor, innovation, innovation.degree)


def _follow_end(actor: Actor, innovation: Innovation) -> None:
    """An entry was honestly ended: it counts no more, and the one before it hears of it."""
    _follow_hiding(actor, innovation)
    tell_parent(actor, innovation, Stage.ENDED)


def _follow_hiding(actor: Actor, innovation: Innovation) -> None:
    """An entry was hidden or is shown again."""
    if innovation.degree is not None:
        count_uses(actor, hold_family(actor, innovation).id)


#: Acts after which an entry counts as a use, or no longer does.
_FOLLOWING: dict[str, Callable[[Actor, Innovation], None]] = {
    "innovation.gate_passed": _follow_step,
    "innovation.ended": _follow_end,
    "moderation.hidden": _follow_hiding,
    "moderation.blocked": _follow_hiding,
    "moderation.restored": _follow_hiding,
}


def tell_parent(actor: Actor, innovation: Innovation, now: Degree | Stage | None) -> None:
    """Whoever keeps or follows what was taken over hears how far it is now."""
    parent = innovation.parent
    if parent is not None and now is not None:
        news.record(actor, "innovation.degree_changed", parent, detail=now)


def count_uses(actor: Actor, root_id: int) -> list[Correction]:
    """Make the counts of a family anew; returns those that changed. The caller holds the origin."""
    del actor
    db.session.flush()
    wrong = [Correction(w.id, w.was, w.is_now, w.title) for w in queries.miscounted(root_id)]
    for correction in wrong:
        _set(correction)
    return wrong


def _set(correction: Correction) -> None:
    """Written past the entry, for what was read of it may be older than the lock."""
    db.session.execute(
        update(queries.OWN)
        .where(queries.OWN.c.id == correction.id)
        .values(use_count=correction.is_now)
    )
    entry = db.session.identity_map.get(identity_key(Innovation, correction.id))
    if entry is not None:
        db.session.expire(entry, ["use_count"])


@transaction()
def recount(actor: Actor, *, repair: bool = True) -> list[Correction]:
    """Compare every number of uses with the entries themselves and set right what differs.

    Each family is held before it is counted, so what is taken over meanwhile counts itself.
    """
    demand(_may_recount, actor)
    be_patient()
    found: list[Correction] = []
    for root_id in queries.miscounted_families():
        origin = db.session.get_one(Innovation, root_id)
        contributions.lock(actor, origin)
        if repair:
            found += count_uses(actor, root_id)
        else:
            wrong = queries.miscounted(root_id)
            found += [Correction(w.id, w.was, w.is_now, w.title) for w in wrong]
    return found


def _may_recount(actor: Actor) -> bool:
    """Those who run the platform."""
    return actor.is_admin()
