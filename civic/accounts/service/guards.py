"""How often something about an account may be tried, and the question for the present password.

An address of the network may be a whole town hall, a school or the wifi of a citizens' meeting.
So a sign-in that succeeds is taken off the counts again, and sign-ups are counted generously
for a network and strictly for the one e-mail address that gets the mails.
"""

from __future__ import annotations

from typing import Final

from civic.accounts import policy
from civic.accounts.models import Actor, User
from civic.core import limits, passwords
from civic.core.db import release, transaction
from civic.core.errors import Forbidden, RuleBroken
from civic.core.language import N_
from civic.core.limits import Limit
from civic.core.policy import demand

HOUR: Final = 3600
DAY: Final = 24 * HOUR

SIGN_IN = (Limit(10, 300),)
SIGN_IN_ALL = (Limit(1000, 300),)
SIGN_UP_FROM = (Limit(20, HOUR), Limit(60, DAY))
CONFIRM_MAIL = (Limit(3, 6 * HOUR),)
RESET = (Limit(5, DAY),)
RESET_FROM = (Limit(20, HOUR),)
NEW_ADDRESS = (Limit(2, DAY),)
NEW_NAME = (Limit(5, DAY),)
OWN_PASSWORD = (Limit(10, 300),)


@transaction()
def count_sign_in(key: str, source: str) -> None:
    """Count before the password is looked at, so that parallel guesses cannot slip through."""
    limits.hit("sign-in", SIGN_IN_ALL)
    limits.hit(f"sign-in from {source}", SIGN_IN)
    limits.hit(f"sign-in as {key}", SIGN_IN)


@transaction()
def forgive_sign_in(key: str, source: str) -> None:
    """Whoever knew the password was not guessing: take the attempt off the counts."""
    limits.give_back(f"sign-in from {source}", SIGN_IN)
    limits.give_back(f"sign-in as {key}", SIGN_IN)


@transaction()
def count_sign_up(key: str, source: str) -> None:
    limits.hit(f"sign-up from {source}", SIGN_UP_FROM)
    limits.hit(f"confirm mail {key}", CONFIRM_MAIL)


@transaction()
def count_confirm_mail(key: str, source: str) -> None:
    limits.hit(f"mail from {source}", RESET_FROM)
    limits.hit(f"confirm mail {key}", CONFIRM_MAIL)


@transaction()
def count_reset(key: str, source: str) -> None:
    limits.hit(f"mail from {source}", RESET_FROM)
    limits.hit(f"reset {key}", RESET)


def own_account(actor: Actor) -> User:
    """The account of the actor, for acts on oneself. Raises `Forbidden` for anybody else."""
    if not isinstance(actor, User):
        raise Forbidden("account.edit")
    demand(policy.may_edit, actor, actor)
    return actor


def ask_password(user: User, password: str, *, field: str) -> None:
    """Let an act go on only with the present password; raises `RuleBroken` on the field."""
    limits.hit(f"password of {user.id}", OWN_PASSWORD)
    stored = user.password_hash
    release()
    if not passwords.matches(stored, password):
        raise RuleBroken(N_("This is not your present password."), field)
