"""What a person changes about their own account: profile, password, address."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from civic.accounts import queries
from civic.accounts.address import normal_address
from civic.accounts.models import Actor, TokenPurpose, User
from civic.accounts.service.entry import NAME_TAKEN
from civic.accounts.service.guards import NEW_ADDRESS, NEW_NAME, ask_password, own_account
from civic.accounts.service.links import forget_links, redeem, send, send_link
from civic.accounts.service.sessions import end_sessions
from civic.core import clock, limits, names, passwords
from civic.core.db import db, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import LANGUAGES, N_
from civic.core.logs import log
from civic.core.outbox import forget_recipient
from civic.municipalities.models import Municipality


@transaction()
def change_profile(actor: Actor, *, name: str, home: Municipality | None, language: str) -> None:
    """Change the name that others see, the home municipality and the language."""
    user = own_account(actor)
    _rename(user, names.fold(name))
    user.home_id = home.id if home else None
    if language not in LANGUAGES:
        raise RuleBroken(N_("Please choose one of the languages."), "language")
    user.language = language


def _rename(user: User, name: str) -> None:
    if name == user.name:
        return
    key = names.skeleton(name)
    if queries.name_is_taken(key, except_for=user.id):
        raise RuleBroken(NAME_TAKEN, "name")
    limits.hit(f"new name {user.id}", NEW_NAME)
    try:
        with db.session.begin_nested():
            user.name, user.name_key = name, key
    except IntegrityError as taken:
        raise RuleBroken(NAME_TAKEN, "name") from taken


def change_password(actor: Actor, *, current_password: str, password: str, keep: int) -> None:
    """Set a new password. All sessions but `keep` end, and mailed reset links are worthless."""
    user = own_account(actor)
    passwords.check_strength(password, (user.name, user.email or ""))
    ask_password(user, current_password, field="current_password")
    hashed = passwords.hash_password(password)
    with transaction():
        user.password_hash = hashed
        forget_links(user, TokenPurpose.RESET)
        end_sessions(user, keep=keep)
        if user.email:
            send("password_changed", user.email, user.language, user=user)
        log.info("password changed", user=user.id)


def request_new_address(actor: Actor, *, email: str, password: str) -> None:
    """Mail a link to the new address; the old one is told at once, while it still counts.

    Where mails came back, the link may go to the same address once more, to show that it works.
    If the new address belongs to another account, its owner is told, and the page says nothing.
    """
    user = own_account(actor)
    address = normal_address(email)
    is_same = address.lower() == user.email_key
    if is_same and user.email_refused_at is None:
        raise RuleBroken(N_("This is already your address."), "email")
    ask_password(user, password, field="password")
    with transaction():
        limits.hit(f"new address {user.id}", NEW_ADDRESS)
        holder = queries.by_email(address.lower())
        if holder is None or holder.confirmed_at is None or is_same:
            send_link(user, TokenPurpose.CHANGE_EMAIL, "new_address", address)
        else:
            send("known", holder.email or address, holder.language)
        if user.email and not is_same:
            send("address_notice", user.email, user.language, user=user)


@transaction()
def confirm_new_address(actor: Actor, token: str) -> None:
    """Move the account to the address whose mails its owner has shown to read.

    Only the person who asked may do it, signed in. What was mailed to the old address is
    forgotten with it, and links sent there no longer work.
    """
    user = own_account(actor)
    owner, email = redeem(token, TokenPurpose.CHANGE_EMAIL)
    if owner.id != user.id:
        raise Missing
    _clear_pending(email)
    if user.email:
        forget_recipient(user.email)
    try:
        with db.session.begin_nested():
            user.email, user.email_key = email, email.lower()
            user.email_refused_at = None
    except IntegrityError as taken:
        raise RuleBroken(N_("This address has got an account in the meantime.")) from taken
    forget_links(user)
    log.info("address changed", user=user.id)


@transaction()
def mark_address_refused(actor: Actor, address: str) -> None:
    """Note that mail servers refuse an address; its person sees it at the next sign-in.

    Nothing is taken from them. What can wait is not mailed until the address is confirmed again.
    """
    del actor
    user = queries.by_email(address.lower())
    if user is not None and user.email_refused_at is None:
        user.email_refused_at = clock.now()
        log.info("address refused", user=user.id)


def _clear_pending(email: str) -> None:
    """Whoever signed up with this address and never confirmed it does not own it."""
    holder = queries.by_email(email.lower())
    if holder is not None and holder.confirmed_at is None:
        db.session.delete(holder)
        db.session.flush()
