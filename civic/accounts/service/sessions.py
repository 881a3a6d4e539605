"""Signed-in browsers: each is a row, so each can be seen and ended."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, update

from civic.accounts.models import Actor, User, UserSession, hash_token
from civic.core import clock
from civic.core.db import db, transaction, writing

DEVICE_LENGTH = 60


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
            device=device[:DEVICE_LENGTH],
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
    """End one session of the actor; somebody else's is not touched."""
    db.session.execute(
        delete(UserSession).where(UserSession.id == session_id, UserSession.user_id == actor.id)
    )


@transaction()
def close_other_sessions(actor: Actor, *, keep: int) -> None:
    """End all sessions of the actor but the one they are using."""
    end_sessions(actor, keep=keep)


def end_sessions(person: Actor, *, keep: int = 0) -> None:
    """End all sessions of a person within a larger act: a new password, a block, a farewell."""
    db.session.execute(
        delete(UserSession).where(UserSession.user_id == person.id, UserSession.id != keep)
    )
