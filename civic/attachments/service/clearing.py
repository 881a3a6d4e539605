"""What goes away: files whose thing is gone, whose row was never written, whose author leaves.

The order is always the file first and its row last, so that nothing forgets a file that lies there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from civic.accounts.models import Actor, User
from civic.attachments import policy, queries
from civic.attachments.models import Attachment
from civic.attachments.service.intake import FOLDER
from civic.core import clock
from civic.core.db import db, release, transaction
from civic.core.logs import log
from civic.core.policy import demand
from civic.core.storage import store
from civic.core.work import jobs

CLEAR = "attachments.clear"
#: A file of this age without a row belongs to an upload that was killed.
ABANDONED = timedelta(days=1)
BATCH = 500
#: So many are removed in one night, whatever the store holds.
MOST_REMOVED = 10_000
#: Above this number, and half of all files, it is not leftovers: it is the wrong database.
SUSPICIOUS = 100
KEY = re.compile(rf"({FOLDER}/[0-9a-f]{{2}}/[0-9a-f]{{32}})[-.].*")


class Suspicious(Exception):
    """More files are without a row than uploads can have left; nothing was removed."""


@dataclass(frozen=True)
class Orphans:
    """What a look through the store found."""

    #: Keys of files without a row.
    keys: list[str]
    #: How many files there are of this room.
    files: int

    @property
    def are_suspicious(self) -> bool:
        return len(self.keys) > SUSPICIOUS and len(self.keys) * 2 > self.files


@transaction()
def remove_later(actor: Actor, file: Attachment) -> None:
    """Nobody sees the file any more; it is removed once this is committed."""
    del actor
    file.contribution_id = None
    jobs.enqueue(CLEAR)


@transaction()
def forget(actor: User, *, erase: bool) -> None:
    """A person leaves. With `erase` all that they uploaded goes too, wherever it was.

    Files of their own things, which the rooms above have removed before, go in any case.
    """
    if erase:
        own = update(Attachment).where(Attachment.author_id == actor.id)
        db.session.execute(own.values(contribution_id=None))
    if db.session.scalar(queries.of_nothing().limit(1)) is not None:
        jobs.enqueue(CLEAR)


def clear_gone(actor: Actor) -> int:
    """Remove the files whose thing is gone, then their rows; returns how many.

    Raises `StorageError`; what was removed until then stays so, and the next run goes on.
    """
    demand(policy.may_sweep, actor)
    number = 0
    while batch := [(file.id, file.keys) for file in _next_gone()]:
        release()
        for id, keys in batch:
            for key in keys:
                store().delete(key)
            _remove_row(id)
            number += 1
    return number


def _next_gone() -> Iterable[Attachment]:
    return db.session.scalars(queries.of_nothing().limit(BATCH))


@transaction()
def _remove_row(id: int) -> None:
    db.session.execute(delete(Attachment).where(Attachment.id == id))


def sweep(actor: Actor, *, even_many: bool = False) -> int:
    """Remove what killed uploads have left in the store for more than a day; returns how many.

    Raises `Suspicious`, unless `even_many`: a house that was given another one's store would
    otherwise empty it over night.
    """
    demand(policy.may_sweep, actor)
    found = find_orphans(actor)
    if found.are_suspicious and not even_many:
        raise Suspicious
    gone = found.keys[:MOST_REMOVED]
    for key in gone:
        store().delete(key)
    half_written = store().tidy(clock.now() - ABANDONED)
    if gone or half_written:
        log.info("store of files swept", orphans=len(gone), half_written=half_written)
    return len(gone) + half_written


def find_orphans(actor: Actor) -> Orphans:
    """Files of this room in the store that no row names, older than a day."""
    demand(policy.may_sweep, actor)
    before = clock.now() - ABANDONED
    number, batch, orphans = 0, dict[str, str](), list[str]()
    for file in store().walk(FOLDER):
        number += 1
        if (key := KEY.fullmatch(file.key)) and file.changed_at < before:
            batch[file.key] = key[1]
        if len(batch) >= BATCH:
            orphans += _without_row(batch)
            batch.clear()
    orphans += _without_row(batch)
    return Orphans(orphans, number)


def find_lost(actor: Actor) -> list[int]:
    """Numbers of files whose bytes are not in the store (all, or some sizes of a picture)."""
    demand(policy.may_sweep, actor)
    there = {file.key for file in store().walk(FOLDER)}
    lost, last = list[int](), 0
    while batch := [(file.id, file.keys) for file in queries.after(last, BATCH)]:
        release()
        for id, keys in batch:
            # Asked again: it may have come since the walk.
            if not all(key in there or store().exists(key) for key in keys):
                lost.append(id)
        last = batch[-1][0]
    return lost


def _without_row(batch: dict[str, str]) -> list[str]:
    """Of file -> key of its row: those files whose row is not there."""
    known = queries.known_keys(sorted(set(batch.values())))
    release()
    return [file for file, key in batch.items() if key not in known]
