"""The logo: written anew from its pixels, kept in the store of files in two sizes.

Whatever fails on the way leaves neither row nor file; what a process leaves behind that is killed
in between, a job finds.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from civic.accounts.models import Actor
from civic.core import clock, limits, pictures
from civic.core.db import after_commit, after_rollback, db, release, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.pictures import Picture
from civic.core.policy import demand
from civic.core.storage import StorageError, store
from civic.organisations import policy
from civic.organisations.address import file_of
from civic.organisations.models import Organisation
from civic.organisations.service.log import note

FOLDER = "logos"
#: Pixels; the larger is for screens with two dots a pixel.
WIDTHS = (128, 256)
MOST_BYTES = 10 * 2**20
#: A file without a row is left alone for so long: its row may be on its way.
GRACE = timedelta(days=1)
#: Above this number, and half of all logos, it is not leftovers: it is the wrong database.
SUSPICIOUS = 100
#: Each one is written anew, which takes a processor's time.
PACE = (limits.Limit(20, 3600),)


class Suspicious(Exception):
    """More logos are without an organisation than can have been left; nothing was removed."""


def set_logo(actor: Actor, organisation: Organisation, data: bytes) -> None:
    """Take this picture as the logo, in place of the one that is there.

    Slow: call it outside of a transaction. Raises `RuleBroken` for what is no picture,
    `StorageError` where no file can be kept, `TooMany` beyond what anybody needs.
    """
    demand(policy.may_edit, actor, organisation)
    if len(data) > MOST_BYTES:
        raise RuleBroken(
            N_("This file is larger than %(most)s MB. Please choose a smaller one."),
            "logo",
            most=MOST_BYTES // 2**20,
        )
    limits.hit(f"logo:{actor.id}", PACE)
    release()
    picture = pictures.encode(data, WIDTHS, field="logo")
    key = _put(picture)
    _take(actor, organisation, key)


def _put(picture: Picture) -> str:
    """Keep both sizes, or none; no lock is held meanwhile."""
    key = f"{FOLDER}/{secrets.token_hex(16)}"
    try:
        store().put(file_of(key), picture.sizes[min(picture.sizes)])
        store().put(file_of(key, large=True), picture.largest)
    except BaseException as fault:
        _drop(key)
        if isinstance(fault, StorageError):
            fault.field = "logo"
        raise
    return key


@transaction()
def remove_logo(actor: Actor, organisation: Organisation) -> None:
    """Show initials again."""
    demand(policy.may_edit, actor, organisation)
    _change(organisation, None)
    note(actor, organisation, "organisation.edited")


@transaction()
def _take(actor: Actor, organisation: Organisation, key: str) -> None:
    after_rollback(partial(_drop, key))
    demand(policy.may_edit, actor, organisation)
    _change(organisation, key)
    note(actor, organisation, "organisation.edited")


def _change(organisation: Organisation, key: str | None) -> None:
    if organisation.logo_key is not None:
        after_commit(partial(_drop, organisation.logo_key))
    organisation.logo_key = key


def tidy_logos(actor: Actor) -> int:
    """Remove files that no organisation names; returns how many.

    Files of the last day are left alone: their row may be on its way. Raises `Suspicious` where
    most files would go, for then the store is not that of this database.
    """
    del actor
    before = clock.now() - GRACE
    files = [(file.key, file.changed_at) for file in store().walk(FOLDER)]
    named = set(db.session.scalars(select(Organisation.logo_key)))
    release()
    left = [key for key, at in files if at < before and key.rpartition("-")[0] not in named]
    if len(left) > SUSPICIOUS and len(left) * 2 > len(files):
        raise Suspicious
    for key in left:
        store().delete(key)
    return len(left)


def _drop(key: str) -> None:
    """What cannot be removed now, `tidy_logos` removes."""
    for is_large in (False, True):
        with suppress(StorageError):
            store().delete(file_of(key, large=is_large))
