"""Who supports what. Names leave this room only for mails to the supporters themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Select, bindparam, func, select

from civic.accounts.models import Actor
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.votes.models import Vote

_MINE = (
    select(Vote)
    .where(Vote.contribution_id == bindparam("thing"), Vote.user_id == bindparam("viewer"))
    .execution_options(populate_existing=True)
)
_ALL_MINE = select(Vote.contribution_id).where(
    Vote.user_id == bindparam("viewer"),
    Vote.contribution_id.in_(bindparam("things", expanding=True)),
)
_BY_VERSION = (
    select(Vote.version, func.count().label("number"))
    .where(Vote.contribution_id == bindparam("thing"))
    .group_by(Vote.version)
    .order_by(Vote.version)
)


class HasId(Protocol):
    """A thing or its card."""

    @property
    def id(self) -> int: ...


def my_vote(viewer: Actor, thing: HasId) -> Vote | None:
    """The viewer's vote for a thing, with the version it was given for."""
    if not viewer.is_authenticated:
        return None
    return db.session.scalar(_MINE, {"thing": thing.id, "viewer": viewer.id})


def my_votes(viewer: Actor, ids: Iterable[int]) -> set[int]:
    """Which of these things the viewer voted for; one query for a whole list."""
    wanted = list(ids)
    if not wanted or not viewer.is_authenticated:
        return set()
    return set(db.session.scalars(_ALL_MINE, {"viewer": viewer.id, "things": wanted}))


def marks(viewer: Actor, ids: Sequence[int]) -> dict[str, set[int]]:
    """The mark "voted" on these things, for rooms that show acts without knowing them."""
    return {"voted": my_votes(viewer, ids)}


def votes_by_version(thing: HasId) -> dict[int, int]:
    """How many votes each version of the text has, by its number."""
    rows = db.session.execute(_BY_VERSION, {"thing": thing.id})
    return {row.version: row.number for row in rows}


def number_of_votes(thing_id: int) -> int:
    """How many votes a thing has, counted; `Contribution.vote_count` should say the same."""
    counted = select(func.count()).select_from(Vote).where(Vote.contribution_id == thing_id)
    return db.session.scalar(counted) or 0


def miscounted() -> Select[Any]:
    """Ids of things whose counter differs from the number of their votes, in the order of ids."""
    counted = (
        select(Vote.contribution_id, func.count().label("number"))
        .group_by(Vote.contribution_id)
        .subquery()
    )
    return (
        select(Contribution.id)
        .outerjoin(counted, counted.c.contribution_id == Contribution.id)
        .where(Contribution.vote_count != func.coalesce(counted.c.number, 0))
        .order_by(Contribution.id)
    )
