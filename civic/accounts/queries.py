"""Finding accounts and their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Membership, User, UserSession
from civic.core.db import db


def live_session(token_hash: str, not_before: datetime, seen_after: datetime) -> UserSession | None:
    """The session of a browser with its person and their roles, in one query.

    `not_before`: the oldest start, `seen_after`: the longest silence that is allowed.
    """
    return db.session.scalar(
        select(UserSession)
        .where(
            UserSession.token_hash == token_hash,
            UserSession.created_at > not_before,
            UserSession.last_seen_at > seen_after,
        )
        .options(
            joinedload(UserSession.user)
            .joinedload(User.memberships)
            .joinedload(Membership.municipality)
        )
    )


def sessions_of(user: User) -> Select[tuple[UserSession]]:
    """The browsers in which a person is signed in, last used first."""
    return (
        select(UserSession)
        .where(UserSession.user_id == user.id)
        .order_by(UserSession.last_seen_at.desc())
    )


def by_email(key: str) -> User | None:
    return db.session.scalar(select(User).where(User.email_key == key))
