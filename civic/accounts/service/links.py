"""Links in mails: made, sent, and good for one use. The database keeps only their hash."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from civic.accounts.address import link_to
from civic.accounts.models import AccountToken, TokenPurpose, User, hash_token
from civic.core import clock, letters
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.outbox import queue_mail

LIFETIMES = {
    TokenPurpose.CONFIRM: timedelta(days=3),
    TokenPurpose.RESET: timedelta(hours=1),
    TokenPurpose.CHANGE_EMAIL: timedelta(days=1),
}


def issue(user: User, purpose: TokenPurpose, email: str) -> str:
    """A new secret for one address; older ones for the same purpose are worthless from now on."""
    forget_links(user, purpose)
    token = secrets.token_urlsafe(32)
    db.session.add(
        AccountToken(
            token_hash=hash_token(token),
            user_id=user.id,
            purpose=purpose,
            email=email,
            expires_at=clock.now() + LIFETIMES[purpose],
        )
    )
    return token


def redeem(token: str, purpose: TokenPurpose) -> tuple[User, str]:
    """Use a link up: its person and the address it was sent to. Raises `Missing`.

    The deletion decides: of two clicks at the same moment one gets the row.
    """
    row = db.session.execute(
        delete(AccountToken)
        .where(
            AccountToken.token_hash == hash_token(token),
            AccountToken.purpose == purpose,
            AccountToken.expires_at > clock.now(),
        )
        .returning(AccountToken.user_id, AccountToken.email)
    ).one_or_none()
    if row is None:
        raise Missing
    return db.session.get_one(User, row.user_id), row.email


def forget_links(user: User, *purposes: TokenPurpose) -> None:
    """Make mailed links of a person worthless; without a purpose all of them."""
    db.session.execute(
        delete(AccountToken).where(
            AccountToken.user_id == user.id, AccountToken.purpose.in_(purposes or TokenPurpose)
        )
    )


def addresses_with_links(user: User) -> set[str]:
    """The addresses to which links of a person are on their way."""
    wanted = select(AccountToken.email).where(AccountToken.user_id == user.id)
    return set(db.session.scalars(wanted))


def send_link(user: User, purpose: TokenPurpose, letter: str, email: str) -> None:
    """Mail a new link to the address, in the words of `templates/accounts/mail/<letter>.txt`."""
    send(letter, email, user.language, link=link_to(purpose, issue(user, purpose, email)))


def send(letter: str, email: str, language: str, **values: Any) -> None:
    """Queue a mail about an account."""
    words = letters.write(f"accounts/mail/{letter}.txt", language, **values)
    queue_mail([email], words.subject, words.text)
