"""Invitations by mail: each is good once, for one address, and for two weeks.

Whoever invites learns nothing about an address: a known one, an unknown one and that of a member
are written to alike, and none of the answers differs.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from civic.accounts import queries as accounts
from civic.accounts.address import normal_address
from civic.accounts.models import Actor, User, hash_token
from civic.core import clock, letters, limits
from civic.core.db import db, remove_in_batches, rows_of, transaction
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations import policy
from civic.organisations.models import Organisation, OrganisationInvitation, OrganisationRole
from civic.organisations.service.log import note
from civic.organisations.service.mails import write_to
from civic.organisations.service.people import admit, hold

LIFETIME = timedelta(days=14)
#: What ran out is kept so long, that an owner can send it again.
KEPT = timedelta(days=30)
BATCH = 1000
DAY = 86_400
#: Mails that one person has sent, that one organisation sends to one address, and that all
#: organisations together send to it.
BY_PERSON = (limits.Limit(50, DAY),)
TO_ADDRESS = (limits.Limit(3, DAY),)
TO_ADDRESS_BY_ALL = (limits.Limit(10, DAY),)
WRONG_ACCOUNT = N_(
    "This invitation was sent to another e-mail address than the one of your account. "
    "Sign in with the account that it belongs to, or have yourself invited with your address."
)


def invite(
    actor: Actor, organisation: Organisation, *, email: str, role: OrganisationRole, language: str
) -> None:
    """Mail an invitation; an older one to the same address is worthless from now on.

    `language`: of the mail, where nobody with this address is here. Raises `RuleBroken` for what
    is no address, `TooMany` beyond what anybody needs.
    """
    demand(policy.may_lead, actor, organisation)
    address = normal_address(email)
    _count(actor, organisation, address.lower())
    _invite(actor, organisation, address, role, language)


@transaction()
def _invite(
    actor: Actor, organisation: Organisation, address: str, role: OrganisationRole, language: str
) -> None:
    key = address.lower()
    hold(organisation)  # of two invitations to one address at the same moment the later one holds
    demand(policy.may_lead, actor, organisation)
    db.session.execute(
        delete(OrganisationInvitation).where(
            OrganisationInvitation.organisation_id == organisation.id,
            OrganisationInvitation.email_key == key,
        )
    )
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.add(
        OrganisationInvitation(
            organisation_id=organisation.id,
            email_key=key,
            role=role,
            token_hash=hash_token(token),
            invited_by_id=actor.id,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    note(actor, organisation, "organisation.member_invited", detail=role.value)
    _send(actor, organisation, address, language, token)


def resend_invitation(actor: Actor, invitation: OrganisationInvitation, *, language: str) -> None:
    """Mail it once more, with a new link and new time; the older link is worthless.

    Raises `TooMany` as `invite` does.
    """
    demand(policy.may_lead, actor, invitation.organisation)
    _count(actor, invitation.organisation, invitation.email_key)
    _resend(actor, invitation, language)


@transaction()
def _resend(actor: Actor, invitation: OrganisationInvitation, language: str) -> None:
    organisation = invitation.organisation
    token = secrets.token_urlsafe(32)
    invitation.token_hash = hash_token(token)
    invitation.expires_at = clock.now() + LIFETIME
    _send(actor, organisation, invitation.email_key, language, token)


@transaction()
def revoke_invitation(actor: Actor, invitation: OrganisationInvitation) -> None:
    """Make the link worthless."""
    demand(policy.may_lead, actor, invitation.organisation)
    if _use_up(invitation):
        note(actor, invitation.organisation, "organisation.invitation_revoked")


@transaction()
def accept_invitation(actor: Actor, invitation: OrganisationInvitation) -> bool:
    """Become a member with the role that was offered; False if one is a member already.

    Raises `RuleBroken` for an account with another address, `Missing` where the invitation was
    used or revoked in this very moment.
    """
    _demand_own(actor, invitation)
    organisation, role = invitation.organisation, invitation.role
    if not _use_up(invitation):
        raise Missing
    is_new = admit(organisation, actor.id, role)
    if is_new:
        note(actor, organisation, "organisation.member_joined", detail=role.value)
    return is_new


@transaction()
def decline_invitation(actor: Actor, invitation: OrganisationInvitation) -> None:
    """Say no; the owners see that the invitation is gone, and nothing more."""
    _demand_own(actor, invitation)
    _use_up(invitation)


def forget_expired(actor: Actor) -> int:
    """Remove invitations that ran out long ago; returns how many."""
    del actor
    old = select(OrganisationInvitation.id).where(
        OrganisationInvitation.expires_at < clock.now() - KEPT
    )
    return remove_in_batches(old, BATCH)


def _demand_own(actor: Actor, invitation: OrganisationInvitation) -> None:
    if not isinstance(actor, User) or not actor.is_confirmed:
        raise Forbidden("may_accept")
    if not policy.may_accept(actor, invitation, actor.email_key):
        raise RuleBroken(WRONG_ACCOUNT)


def _use_up(invitation: OrganisationInvitation) -> bool:
    """The deletion decides: of two clicks at the same moment one gets the row."""
    gone = db.session.execute(
        delete(OrganisationInvitation)
        .where(OrganisationInvitation.id == invitation.id)
        .execution_options(synchronize_session=False)
    )
    db.session.expunge(invitation)
    return rows_of(gone) == 1


def _count(actor: Actor, organisation: Organisation, key: str) -> None:
    limits.hit(f"organisation invites:{actor.id}", BY_PERSON)
    limits.hit(f"organisation {organisation.id} invites {key}", TO_ADDRESS)
    limits.hit(f"organisations invite {key}", TO_ADDRESS_BY_ALL)


def _send(
    actor: Actor, organisation: Organisation, address: str, language: str, token: str
) -> None:
    """In the language of whoever has this address here, which only the mail itself can tell."""
    known = accounts.by_email(address.lower())
    write_to(
        address,
        known.language if known is not None and known.is_confirmed else language,
        "invited",
        organisation=organisation,
        inviter=actor,
        link=letters.absolute(f"/organisationen/einladung/{token}"),
        days=LIFETIME.days,
    )
