"""Whoever left stays away, even when the database goes back to a day on which they were here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import cast

from civic.accounts import service as accounts
from civic.accounts.models import Actor, User
from civic.core import clock
from civic.core.db import db, insert_once, release, transaction
from civic.core.policy import demand
from civic.core.work import jobs
from civic.operation import ledger, policy, queries
from civic.operation.ledger import Gone
from civic.operation.models import Departure

#: Brings the ledger beside the backups up to date.
LEDGER_JOB = "operation.write_ledger"


@transaction()
def note_departure(actor: Actor, *, erase: bool) -> None:
    """A person leaves: keep number and times, in the transaction in which they go."""
    user = cast("User", actor)
    _note(Gone(user.id, user.created_at, clock.now(), erase))
    jobs.enqueue(LEDGER_JOB)


def _note(entry: Gone) -> None:
    insert_once(
        Departure,
        {
            "user_id": entry.user_id,
            "joined_at": entry.joined_at,
            "left_at": entry.left_at,
            "erased": entry.erased,
        },
    )


def write_ledger(actor: Actor, folder: Path) -> int:
    """Bring the ledger beside the backups up to date; returns how many it holds.

    What stands there already stays: this database may be younger than its ledger.
    """
    demand(policy.may_operate, actor)
    file = folder / ledger.NAME
    entries = ledger.read(file) | queries.departures()
    release()  # no transaction is open while a disk writes
    ledger.write(file, entries)
    return len(entries)


@transaction()
def repeat_departures(
    actor: Actor, entries: Collection[Gone], *, farewells: Sequence[accounts.Farewell]
) -> int:
    """Let those leave again who are back after a restore; returns how many were."""
    demand(policy.may_operate, actor)
    back = queries.returned(entries)
    for entry in sorted(back):
        with clock.at(entry.left_at):
            user = db.session.get_one(User, entry.user_id)
            accounts.leave_again(actor, user, erase=entry.erased, forget=farewells)
    for entry in entries:
        _note(entry)
    return len(back)
