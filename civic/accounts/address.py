"""E-mail addresses: their form, the key under which one is taken, and where mailed links lead."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from civic.accounts.models import TokenPurpose
from civic.core import letters
from civic.core.errors import RuleBroken
from civic.core.language import N_

MAX_LENGTH = 254
#: Where a mailed link leads.
PATHS = {
    TokenPurpose.CONFIRM: "/bestaetigen/",
    TokenPurpose.RESET: "/passwort-neu/",
    TokenPurpose.CHANGE_EMAIL: "/konto/email/",
}


def normal_address(typed: str) -> str:
    """The address as mail servers take it (a domain with umlauts in its ASCII form).

    Raises `RuleBroken` on the field `email`. Whether the address exists is found out by a mail.
    """
    try:
        found = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise RuleBroken(
            N_("Please enter an e-mail address such as name@example.org."), "email"
        ) from error
    return found.ascii_email or found.normalized


def address_key(typed: str) -> str:
    """Two spellings of one mailbox have the same key: capitals make no difference in practice."""
    return normal_address(typed).lower()


def loose_key(typed: str) -> str:
    """The key for looking up; what cannot be an address finds nobody and raises nothing."""
    try:
        return address_key(typed)
    except RuleBroken:
        return typed.strip().lower()[:MAX_LENGTH]


def link_to(purpose: TokenPurpose, token: str) -> str:
    """The whole address of a link, for a mail or the console."""
    return letters.absolute(PATHS[purpose] + token)
