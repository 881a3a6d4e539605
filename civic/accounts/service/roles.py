"""What those who run the platform do with accounts: roles and blocks."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from civic.accounts import policy, queries
from civic.accounts.address import normal_address
from civic.accounts.models import Actor, Membership, Role, TokenPurpose, User
from civic.accounts.service.entry import NAME_TAKEN
from civic.accounts.service.links import forget_links, issue
from civic.accounts.service.sessions import end_sessions
from civic.core import clock, names
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.logs import log
from civic.core.policy import demand
from civic.municipalities.models import Municipality


@transaction()
def create_admin(actor: Actor, *, email: str, name: str) -> str:
    """Open an account that runs the platform; returns the secret of a link for its password.

    Called once more before a password was set, it gives a new link.
    """
    demand(policy.may_grant, actor)
    address = normal_address(email)
    user = queries.by_email(address.lower())
    if user is not None and user.password_hash is not None:
        raise RuleBroken(N_("There is an account with this address already."), "email")
    if user is None:
        user = _open_account(address, names.fold(name))
    user.confirmed_at = user.confirmed_at or clock.now()
    grant_role(actor, user, Role.ADMIN)
    return issue(user, TokenPurpose.RESET, address)


def _open_account(address: str, name: str) -> User:
    user = User(
        email=address,
        email_key=address.lower(),
        name=name,
        name_key=names.skeleton(name),
        language="de",
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as taken:
        raise RuleBroken(NAME_TAKEN, "name") from taken
    return user


@transaction()
def grant_role(
    actor: Actor, user: User, role: Role, municipality: Municipality | None = None
) -> bool:
    """Give a role in a municipality or on the whole platform; False when it is held already."""
    demand(policy.may_grant, actor)
    if user.left_at is not None or user.origin is not None:
        raise RuleBroken(N_("This account cannot hold a role."))
    if _held(user, role, municipality) is not None:
        return False
    user.memberships.append(Membership(role=role, municipality=municipality))
    db.session.flush()
    log.info("role granted", user=user.id, role=role.value, by=actor.id)
    return True


@transaction()
def revoke_role(
    actor: Actor, user: User, role: Role, municipality: Municipality | None = None
) -> bool:
    """Take a role back; False when it was not held. One person must be left to run the platform."""
    demand(policy.may_grant, actor)
    held = _held(user, role, municipality)
    if held is None:
        return False
    if municipality is None and role is Role.ADMIN:
        demand_another_admin(user)
    user.memberships.remove(held)
    db.session.flush()
    log.info("role revoked", user=user.id, role=role.value, by=actor.id)
    return True


def demand_another_admin(user: User) -> None:
    """Raise `RuleBroken` if without this person nobody could run the platform."""
    if user.is_admin() and queries.platform_admins() == 1:
        raise RuleBroken(
            N_("Nobody else runs the platform. Please give this role to another person first.")
        )


@transaction()
def block_account(actor: Actor, user: User) -> None:
    """Shut somebody out at once, in every browser."""
    demand(policy.may_block, actor, user)
    demand_another_admin(user)
    user.blocked_at = user.blocked_at or clock.now()
    end_sessions(user)
    forget_links(user)
    log.info("account blocked", user=user.id, by=actor.id)


@transaction()
def unblock_account(actor: Actor, user: User) -> None:
    """Let somebody in again."""
    demand(policy.may_block, actor, user)
    user.blocked_at = None
    log.info("account unblocked", user=user.id, by=actor.id)


def _held(user: User, role: Role, municipality: Municipality | None) -> Membership | None:
    wanted = municipality.id if municipality else None
    return next(
        (m for m in user.memberships if m.role is role and m.municipality_id == wanted), None
    )
