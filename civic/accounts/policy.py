"""Who may do what with an account, and how long a browser stays signed in."""

from datetime import datetime, timedelta

from civic.accounts.models import Actor, Role, User, UserSession
from civic.core.policy import Rule

#: A session ends after this silence, and in any case after this age.
IDLE = timedelta(hours=12)
OLDEST = timedelta(days=30)
#: The same for those who may do more, often at desks that others pass by.
IDLE_AT_WORK = timedelta(minutes=30)
WORKING_ROLES = frozenset({Role.STAFF, Role.MODERATOR, Role.ADMIN})


def may_edit(actor: Actor, user: User) -> bool:
    """People change their own account; nobody changes it for them."""
    return actor.is_authenticated and actor.id == user.id


def may_sign_in(user: User) -> bool:
    """An account with a confirmed address whose person neither left nor was blocked.

    Imported accounts have no address and no password; nobody may ever sign in as one of them.
    """
    return user.is_confirmed and user.origin is None and user.email_key is not None


def may_block(actor: Actor, user: User) -> bool:
    """Those who run the platform block accounts, but not their own."""
    return actor.is_admin() and actor.id != user.id and user.left_at is None


def may_grant(actor: Actor) -> bool:
    """Roles are given by those who run the platform."""
    return actor.is_admin()


def is_live(session: UserSession, now: datetime) -> bool:
    """Whether a signed-in browser still is, for the person and the roles they hold."""
    at_work = any(m.role in WORKING_ROLES for m in session.user.memberships)
    idle = IDLE_AT_WORK if at_work else IDLE
    return (
        session.user.is_authenticated
        and now - session.last_seen_at < idle
        and now - session.created_at < OLDEST
    )


RULES: dict[str, Rule] = {
    "account.edit": may_edit,
    "account.block": may_block,
    "account.grant": may_grant,
}
