"""`record` is how news enters the house: one row and one signal, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Iterable

from blinker import Signal

from civic.accounts.models import Actor
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core import clock, html
from civic.core.db import db, transaction

#: Headings inside a note stand below the heading that the page gives it.
NOTE_LEVEL = 3

recorded = Signal("An activity was written, inside the transaction that caused it.")


@transaction()
def record(
    actor: Actor,
    verb: str,
    thing: Contribution,
    *,
    note: str | None = None,
    detail: str | None = None,
    to: Iterable[int] = (),
) -> Activity:
    """Say once what happened; whoever wants to know listens to `recorded`.

    `to`: numbers of the people whom it concerns by name, where its verb is of the kind "team".
    Who acts on what they published for an organisation acts in its name.
    """
    own = actor.id == thing.author_id
    activity = Activity(
        actor_id=actor.id or None,  # the house itself is no person
        verb=verb,
        contribution_id=thing.id,
        organisation_id=thing.organisation_id if own else None,
        to_ids=sorted(set(to)) or None,
        at=clock.now(),
        note=note,
        note_html=html.render(note, top=NOTE_LEVEL) if note else None,
        detail=detail,
    )
    db.session.add(activity)
    recorded.send(activity)
    return activity
