"""Finding accounts, their sessions and the links that were mailed to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import (
    AccountToken,
    Membership,
    Role,
    TokenPurpose,
    User,
    UserSession,
    hash_token,
)
from civic.core.db import db

#: Asked by every page of a signed-in person, hence put together once.
_LIVE = (
    select(UserSession)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.created_at > bindparam("not_before"),
        UserSession.last_seen_at > bindparam("seen_after"),
    )
    .options(
        joinedload(UserSession.user)
        .joinedload(User.memberships)
        .joinedload(Membership.municipality)
    )
)


def live_session(token_hash: str, not_before: datetime, seen_after: datetime) -> UserSession | None:
    """The session of a browser with its person and their roles, in one query.

    `not_before`: the oldest start, `seen_after`: the longest silence that is allowed.
    """
    return db.session.scalar(
        _LIVE, {"token_hash": token_hash, "not_before": not_before, "seen_after": seen_after}
    )


def sessions_of(user: User, not_before: datetime, seen_after: datetime) -> Select[UserSession]:
    """The browsers in which a person is signed in, last used first."""
    return (
        select(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.created_at > not_before,
            UserSession.last_seen_at > seen_after,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )


def by_email(key: str) -> User | None:
    return db.session.scalar(select(User).where(User.email_key == key))


def name_is_taken(key: str, *, except_for: int | None = None) -> bool:
    """Whether somebody else bears a name that looks like this one."""
    holder = db.session.scalar(select(User.id).where(User.name_key == key))
    return holder is not None and holder != except_for


def live_token(token: str, purpose: TokenPurpose, now: datetime) -> AccountToken | None:
    """A mailed link that still works, with its person; looking does not use it up."""
    return db.session.scalar(
        select(AccountToken)
        .where(
            AccountToken.token_hash == hash_token(token),
            AccountToken.purpose == purpose,
            AccountToken.expires_at > now,
        )
        .options(joinedload(AccountToken.user))
    )


def platform_admins() -> int:
    """How many people can run the platform."""
    return (
        db.session.scalar(
            select(func.count(func.distinct(User.id)))
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.role == Role.ADMIN,
                Membership.municipality_id.is_(None),
                User.confirmed_at.is_not(None),
                User.blocked_at.is_(None),
                User.left_at.is_(None),
            )
        )
        or 0
    )


def never_confirmed(before: datetime) -> Select[User]:
    """Accounts that were opened before this moment and whose address nobody confirmed."""
    return select(User).where(
        User.confirmed_at.is_(None),
        User.created_at < before,
        User.origin.is_(None),
        User.left_at.is_(None),
    )
