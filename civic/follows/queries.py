"""What a person follows. Only the person sees it; others see at most how many follow a thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import Select, bindparam, func, select

from civic.accounts.models import Actor
from civic.contributions import queries as contributions
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.paging import Order
from civic.follows.models import Follow

#: What was marked last comes first.
LATEST = Order((("followed_at", Follow.created_at), ("id", Contribution.id)))

_FOLLOWERS = (
    select(func.count())
    .select_from(Follow)
    .where(Follow.contribution_id == bindparam("thing"), Follow.quiet_at.is_(None))
)
_FOLLOWED = select(Follow.contribution_id).where(
    Follow.user_id == bindparam("viewer"),
    Follow.contribution_id.in_(bindparam("things", expanding=True)),
    Follow.quiet_at.is_(None),
)


class HasId(Protocol):
    """A thing or its card."""

    @property
    def id(self) -> int: ...


def followed(viewer: Actor, ids: Iterable[int]) -> set[int]:
    """Which of these things the viewer follows; one query for a whole list."""
    wanted = list(ids)
    if not wanted or not viewer.is_authenticated:
        return set()
    return set(db.session.scalars(_FOLLOWED, {"viewer": viewer.id, "things": wanted}))


def follower_count(thing: HasId) -> int:
    """How many people follow a thing."""
    return db.session.scalar(_FOLLOWERS, {"thing": thing.id}) or 0


def watch_list(viewer: Actor, kinds: Iterable[str]) -> Select[Any]:
    """Cards of what the viewer follows, with `followed_at`. What was hidden since is left out."""
    return (
        contributions.cards()
        .add_columns(Follow.created_at.label("followed_at"))
        .join(Follow, Follow.contribution_id == Contribution.id)
        .where(
            Follow.user_id == viewer.id,
            Follow.quiet_at.is_(None),
            Contribution.kind.in_(list(kinds)),
        )
    )
