"""Hiding and restoring. Nothing is deleted, and nothing happens without a reason and a name.

The document of the search stays where it is: every query shows only what is visible, and a
restored thing is found again at once.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, update

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions.models import Contribution, Hiding
from civic.core import clock, letters, outbox
from civic.core.db import db, rows_of, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.moderation import policy
from civic.moderation.models import Decision, DecisionKind

SHORTEST_REASON = 10
LONGEST_REASON = 500


class _Step(NamedTuple):
    """What a kind of decision means."""

    verb: str
    letter: str
    hiding: Hiding | None
    #: The state of the thing in which it can be made.
    before: ColumnElement[bool]


_STEPS = {
    DecisionKind.HIDE: _Step(
        "moderation.hidden",
        "moderation/mail/hidden.txt",
        Hiding.MODERATED,
        Contribution.hidden_at.is_(None) | (Contribution.hidden_as == Hiding.BLOCKED),
    ),
    DecisionKind.BLOCK: _Step(
        "moderation.blocked",
        "moderation/mail/blocked.txt",
        Hiding.BLOCKED,
        Contribution.hidden_at.is_(None),
    ),
    DecisionKind.RESTORE: _Step(
        "moderation.restored",
        "moderation/mail/restored.txt",
        None,
        Contribution.hidden_at.is_not(None),
    ),
}


@transaction()
def hide(actor: Actor, thing: Contribution, *, reason: str) -> Decision:
    """Take a thing out of sight because it breaks the rules; also what was held back before."""
    return _decide(actor, thing, DecisionKind.HIDE, reason)


@transaction()
def block(actor: Actor, thing: Contribution, *, reason: str) -> Decision:
    """Hold a thing back while somebody looks at it."""
    return _decide(actor, thing, DecisionKind.BLOCK, reason)


@transaction()
def restore(actor: Actor, thing: Contribution, *, reason: str) -> Decision:
    """Show a hidden thing again."""
    return _decide(actor, thing, DecisionKind.RESTORE, reason)


def _decide(actor: Actor, thing: Contribution, kind: DecisionKind, reason: str) -> Decision:
    """The four beats of every decision. Of two moderators at the same moment only one decides."""
    demand(policy.may_moderate, actor, thing)
    step, reason = _STEPS[kind], _checked(reason)
    changed = db.session.execute(
        update(Contribution)
        .where(Contribution.id == thing.id, step.before)
        .values(
            hidden_at=clock.now() if step.hiding else None,
            hidden_as=step.hiding,
            hidden_reason=reason if step.hiding else None,
        )
        .execution_options(synchronize_session="fetch")
    )
    if rows_of(changed) == 0:
        raise RuleBroken(
            N_("Somebody has decided on this in the meantime. Please look at the page again.")
        )
    decision = Decision(
        contribution_id=thing.id, moderator_id=actor.id, kind=kind, reason=reason, at=clock.now()
    )
    db.session.add(decision)
    activity.record(actor, step.verb, thing, note=reason)
    _tell_author(thing, step.letter, reason)
    return decision


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(
            N_("Please give the reason in %(least)s to %(most)s characters."),
            "reason",
            least=SHORTEST_REASON,
            most=LONGEST_REASON,
        )
    return reason


def _tell_author(thing: Contribution, letter: str, reason: str) -> None:
    author = thing.author
    if author.email:
        path = f"/beitraege/{thing.id}/moderation"
        words = letters.write(letter, author.language, title=thing.title, reason=reason, path=path)
        outbox.queue_mail([author.email], words.subject, words.text)
