"""What people do with their accounts."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, update

from civic.accounts.models import Actor, User, UserSession
from civic.core import clock
from civic.core.db import db, transaction, writing

#: A session ends after this silence, and in any case after this age.
IDLE = timedelta(hours=12)
OLDEST = timedelta(days=30)
#: `last_seen_at` is written no more often than this.
TOUCH = timedelta(minutes=5)


def hash_token(token: str) -> str:
    """What the database keeps of a secret that somebody else holds."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction()
def open_session(actor: Actor, user: User, *, device: str) -> str:
    """Sign a browser in; returns the token for its cookie."""
    del actor
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            verified_at=now,
            device=device[:60],
        )
    )
    return token


def touch_session(actor: Actor, session_id: int) -> None:
    """Note that a session is in use."""
    del actor
    with writing():
        db.session.execute(
            update(UserSession).where(UserSession.id == session_id).values(last_seen_at=clock.now())
        )


@transaction()
def close_session(actor: Actor, session_id: int) -> None:
    """End one session of the actor."""
    db.session.execute(
        delete(UserSession).where(UserSession.id == session_id, UserSession.user_id == actor.id)
    )
