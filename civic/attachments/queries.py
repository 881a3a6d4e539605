"""Files of things, for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor
from civic.attachments import policy
from civic.attachments.models import Attachment
from civic.contributions.models import Contribution
from civic.contributions.policy import may_see as may_see_thing
from civic.core.db import db
from civic.core.errors import Missing

_OF_THING = (
    select(Attachment)
    .where(Attachment.contribution_id == bindparam("thing"))
    .order_by(Attachment.id)
)
_ONE = (
    select(Attachment)
    .where(Attachment.id == bindparam("id"))
    .options(
        joinedload(Attachment.contribution).joinedload(Contribution.municipality),
        joinedload(Attachment.contribution).joinedload(Contribution.organisation),
    )
)


def of_thing(viewer: Actor, thing: Contribution) -> list[Attachment]:
    """The files of a thing that the viewer may see, in the order in which they came."""
    if not may_see_thing(viewer, thing):
        return []
    files = db.session.scalars(_OF_THING, {"thing": thing.id})
    is_keeper = thing.is_kept_by(viewer)
    return [file for file in files if is_keeper or not file.is_inner]


def get(viewer: Actor, id: int) -> Attachment:
    """One file with its thing; `Missing` where there is none or the viewer may not know of it."""
    file = db.session.scalar(_ONE, {"id": id})
    if file is None or not policy.may_see(viewer, file):
        raise Missing
    return file


def number_of(thing: Contribution) -> int:
    """How many files a thing has, inner ones too."""
    statement = select(func.count()).where(Attachment.contribution_id == thing.id)
    return db.session.scalar(statement) or 0


def by_key(key: str) -> Attachment:
    """The row of a key that was just written."""
    return db.session.scalars(select(Attachment).where(Attachment.key == key)).one()


# -- for clearing up -------------------------------------------------------------------------


def of_nothing() -> Select[Attachment]:
    """Files whose thing is gone."""
    return select(Attachment).where(Attachment.contribution_id.is_(None)).order_by(Attachment.id)


def known_keys(keys: Sequence[str]) -> set[str]:
    """Those of these keys that have a row."""
    return set(db.session.scalars(select(Attachment.key).where(Attachment.key.in_(keys))))


def after(id: int, number: int) -> Sequence[Attachment]:
    """The next files by their number."""
    statement: Select[Any] = (
        select(Attachment).where(Attachment.id > id).order_by(Attachment.id).limit(number)
    )
    return db.session.scalars(statement).all()
