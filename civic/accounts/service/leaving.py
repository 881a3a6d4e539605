"""Going: the person is removed, what others answered to stays; and what nobody ever confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from sqlalchemy import delete, or_

from civic.accounts import policy, queries
from civic.accounts.models import AccountToken, Actor, User, UserSession
from civic.accounts.service.guards import ask_password, own_account
from civic.accounts.service.links import addresses_with_links, forget_links
from civic.accounts.service.roles import demand_another_admin
from civic.accounts.service.sessions import end_sessions
from civic.core import clock
from civic.core.db import be_patient, db, rows_of, transaction
from civic.core.logs import log
from civic.core.outbox import forget_recipient
from civic.core.policy import demand

#: An address that nobody confirmed is kept this long (docs: retention).
UNCONFIRMED = timedelta(days=7)


class Farewell(Protocol):
    """What a room does with its rows when a person leaves."""

    def __call__(self, user: User, /, *, erase: bool) -> None: ...


def delete_account(actor: Actor, *, password: str, erase: bool, forget: Sequence[Farewell]) -> None:
    """Remove the person. Their contributions stay as those of a former member, or go (`erase`).

    `forget`: what each room does with its own rows. All of it happens, or nothing.
    """
    user = own_account(actor)
    demand_another_admin(user)
    ask_password(user, password, field="password")
    _leave(user, erase=erase, forget=forget)


def leave_again(actor: Actor, user: User, *, erase: bool, forget: Sequence[Farewell]) -> None:
    """After a restore from an older day: whoever had left since then is not brought back."""
    demand(policy.may_block, actor, user)
    _leave(user, erase=erase, forget=forget)


@transaction()
def _leave(user: User, *, erase: bool, forget: Sequence[Farewell]) -> None:
    be_patient()
    for farewell in forget:
        farewell(user, erase=erase)
    _remove_person(user)
    log.info("account deleted", user=user.id)


def _remove_person(user: User) -> None:
    """Empty the row that contributions and votes point at, and all that hangs on it."""
    for address in _addresses_of(user):
        forget_recipient(address)
    end_sessions(user)
    forget_links(user)
    user.memberships.clear()
    user.email = user.email_key = None
    user.name, user.name_key = "", None
    user.password_hash = user.home_id = user.email_refused_at = None
    user.language = "de"
    user.left_at = clock.now()
    db.session.flush()


def _addresses_of(user: User) -> set[str]:
    """Their address, and a new one that they asked for and nobody else has."""
    asked = {a for a in addresses_with_links(user) if queries.by_email(a.lower()) is None}
    return asked | ({user.email} if user.email else set())


@transaction()
def remove_unconfirmed(actor: Actor) -> int:
    """Remove accounts whose address was not confirmed within the time; returns how many."""
    del actor
    found = db.session.scalars(queries.never_confirmed(clock.now() - UNCONFIRMED)).all()
    for user in found:
        if user.email:
            forget_recipient(user.email)
        db.session.delete(user)
    return len(found)


@transaction()
def forget_expired(actor: Actor) -> int:
    """Remove links and sessions that no longer work; returns how many."""
    del actor
    now = clock.now()
    links = db.session.execute(delete(AccountToken).where(AccountToken.expires_at <= now))
    sessions = db.session.execute(
        delete(UserSession).where(
            or_(
                UserSession.created_at <= now - policy.OLDEST,
                UserSession.last_seen_at <= now - policy.IDLE,
            )
        )
    )
    return rows_of(links) + rows_of(sessions)
