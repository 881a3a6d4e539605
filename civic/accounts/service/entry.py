"""Coming in: signing up, confirming the address, signing in, and the forgotten password.

No answer tells whether an address has an account: what differs is only what the mail says, and
the costly steps (hashing, a mail) are taken in either case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError

from civic.accounts import policy, queries
from civic.accounts.address import address_key, loose_key, normal_address
from civic.accounts.models import Actor, TokenPurpose, User
from civic.accounts.service import guards
from civic.accounts.service.links import forget_links, redeem, send, send_link
from civic.accounts.service.sessions import end_sessions, open_session
from civic.core import clock, names, passwords
from civic.core.db import db, release, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.logs import log
from civic.municipalities.models import Municipality

NAME_TAKEN = N_("This name, or one that looks like it, is taken. Please choose another.")


class Entry(NamedTuple):
    """Somebody who knew the password; without a token their address is not confirmed yet."""

    user: User
    token: str | None


@dataclass(frozen=True)
class _Applicant:
    """What the sign-up form says, checked and in its stored form."""

    email: str
    name: str
    password_hash: str
    language: str
    home_id: int | None

    @property
    def email_key(self) -> str:
        return self.email.lower()


def sign_up(
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    language: str,
    home: Municipality | None,
    source: str,
) -> None:
    """Open an account and mail a link that confirms its address.

    Signing up again before that replaces name and password, and the older link is worthless.
    With an address that has an account nothing changes: its owner gets a mail that says so.
    """
    del actor
    address, name = normal_address(email), names.fold(name)
    passwords.check_strength(password, (name, address))
    home_id = home.id if home else None
    _demand_free_name(name, queries.by_email(address.lower()))
    guards.count_sign_up(address.lower(), source)
    hashed = passwords.hash_password(password)
    with transaction():
        _admit(_Applicant(address, name, hashed, language, home_id))


def _demand_free_name(name: str, owner: User | None) -> None:
    """A person who signs up once more may keep the name; an account that stands may not lend it.

    The answer is the same whether or not the address has a confirmed account.
    """
    again = owner.id if owner and _is_pending(owner) else None
    if queries.name_is_taken(names.skeleton(name), except_for=again):
        raise RuleBroken(NAME_TAKEN, "name")


def _is_pending(user: User) -> bool:
    return user.confirmed_at is None and user.blocked_at is None


def _admit(applicant: _Applicant) -> None:
    user = queries.by_email(applicant.email_key)
    if user is not None and not _is_pending(user):
        send("known", user.email or applicant.email, user.language)
        return
    user = user or User(email=applicant.email, email_key=applicant.email_key)
    if _store(user, applicant):
        send_link(user, TokenPurpose.CONFIRM, "confirm", user.email or applicant.email)


def _store(user: User, applicant: _Applicant) -> bool:
    """Write the account; False when the same address signed up in this very moment."""
    try:
        with db.session.begin_nested():
            user.name = applicant.name
            user.name_key = names.skeleton(applicant.name)
            user.password_hash = applicant.password_hash
            user.language = applicant.language
            user.home_id = applicant.home_id
            user.created_at = clock.now()
            db.session.add(user)
    except IntegrityError as taken:
        if queries.by_email(applicant.email_key) is not None and user.id is None:
            return False
        raise RuleBroken(NAME_TAKEN, "name") from taken
    return True


@transaction()
def send_again(actor: Actor, *, email: str, source: str) -> None:
    """Mail the confirmation once more, if this address waits for one."""
    del actor
    key = address_key(email)
    guards.count_confirm_mail(key, source)
    user = queries.by_email(key)
    if user is None or user.email is None:
        return
    if _is_pending(user):
        send_link(user, TokenPurpose.CONFIRM, "confirm", user.email)
    else:
        send("known", user.email, user.language)


@transaction()
def confirm_address(actor: Actor, token: str) -> None:
    """Open the account for sign-in: its owner reads the mails of its address."""
    del actor
    user, email = redeem(token, TokenPurpose.CONFIRM)
    if user.email != email:
        raise Missing
    user.confirmed_at = user.confirmed_at or clock.now()
    user.email_refused_at = None


def sign_in(actor: Actor, *, email: str, password: str, device: str, source: str) -> Entry:
    """Let somebody in who knows the password. Raises `RuleBroken`, always with the same words."""
    del actor
    key = loose_key(email)
    guards.count_sign_in(key, source)
    user = queries.by_email(key)
    stored = user.password_hash if user else None
    release()
    if not passwords.matches(stored, password) or user is None:
        log.info("sign-in refused")
        raise RuleBroken(N_("The e-mail address or the password is wrong."))
    guards.forgive_sign_in(key, source)
    if _is_pending(user):
        return Entry(user, None)
    if not policy.may_sign_in(user):
        raise RuleBroken(N_("This account is blocked. If that is a mistake, please write to us."))
    _renew_hash(user, password)
    log.info("signed in", user=user.id)
    return Entry(user, open_session(user, user, device=device))


def _renew_hash(user: User, password: str) -> None:
    """Move an old hash to today's costs; only now is the password at hand."""
    if user.password_hash is None or not passwords.is_outdated(user.password_hash):
        return
    release()
    hashed = passwords.hash_password(password)
    with transaction():
        user.password_hash = hashed


@transaction()
def request_reset(actor: Actor, *, email: str, source: str) -> None:
    """Mail a link for a new password, if this address has an account that may sign in."""
    del actor
    key = address_key(email)
    guards.count_reset(key, source)
    user = queries.by_email(key)
    if user is not None and user.email is not None and user.is_authenticated:
        send_link(user, TokenPurpose.RESET, "reset", user.email)


def reset_password(actor: Actor, token: str, *, password: str) -> None:
    """Set a new password with a mailed link; every browser has to sign in again.

    The link proves the address as well, so an account that waited for that is confirmed.
    Raises `Missing` for a link that does not work (any more), `RuleBroken` for a weak password.
    """
    del actor
    link = queries.live_token(token, TokenPurpose.RESET, clock.now())
    if link is None:
        raise Missing
    passwords.check_strength(password, (link.user.name, link.email))
    release()
    hashed = passwords.hash_password(password)
    with transaction():
        _replace_password(token, hashed)


def _replace_password(token: str, hashed: str) -> None:
    user, email = redeem(token, TokenPurpose.RESET)
    if user.email != email or not user.is_authenticated:
        raise Missing
    user.password_hash = hashed
    user.confirmed_at = user.confirmed_at or clock.now()
    user.email_refused_at = None  # the link has come by mail
    forget_links(user)
    end_sessions(user)
    send("password_changed", email, user.language, user=user)
    log.info("password reset", user=user.id)
