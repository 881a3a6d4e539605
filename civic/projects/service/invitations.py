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
from civic.activity import service as activity
from civic.core import clock, letters, limits
from civic.core.db import db, remove_in_batches, rows_of, transaction
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.core.language import N_
from civic.core.outbox import queue_mail
from civic.core.policy import demand
from civic.organisations.models import Organisation
from civic.projects import policy
from civic.projects.models import Project, TeamInvitation, TeamRole
from civic.projects.service.hold import admit, hold
from civic.projects.service.team import check_standing

LIFETIME = timedelta(days=14)
#: What ran out is kept so long, that a lead can send it again.
KEPT = timedelta(days=30)
BATCH = 1000
DAY = 86_400
#: Mails that one person has sent, that one team sends to one address, and that all teams together
#: send to it.
BY_PERSON = (limits.Limit(50, DAY),)
TO_ADDRESS = (limits.Limit(3, DAY),)
TO_ADDRESS_BY_ALL = (limits.Limit(10, DAY),)
WRONG_ACCOUNT = N_(
    "This invitation was sent to another e-mail address than the one of your account. "
    "Sign in with the account that it belongs to, or have yourself invited with your address."
)
OVER = N_("This project takes nobody up any more.")


def invite(actor: Actor, project: Project, *, email: str, role: TeamRole, language: str) -> None:
    """Mail an invitation; an older one to the same address is worthless from now on.

    `language`: of the mail, where nobody with this address is here. Raises `RuleBroken` for what
    is no address, `TooMany` beyond what anybody needs.
    """
    demand(policy.may_lead, actor, project)
    address = normal_address(email)
    _count(actor, project, address.lower())
    _invite(actor, project, address, role, language)


def resend_invitation(actor: Actor, invitation: TeamInvitation, *, language: str) -> None:
    """Mail it once more, with a new link and new time; the older link is worthless."""
    project = invitation.project
    demand(policy.may_lead, actor, project)
    _count(actor, project, invitation.email_key)
    _invite(actor, project, invitation.email_key, invitation.role, language)


def _count(actor: Actor, project: Project, key: str) -> None:
    limits.hit(f"team invites:{actor.id}", BY_PERSON)
    limits.hit(f"team {project.id} invites {key}", TO_ADDRESS)
    limits.hit(f"teams invite {key}", TO_ADDRESS_BY_ALL)


@transaction()
def _invite(actor: Actor, project: Project, address: str, role: TeamRole, language: str) -> None:
    hold(actor, project)
    demand(policy.may_lead, actor, project)
    key = address.lower()
    db.session.execute(
        delete(TeamInvitation).where(
            TeamInvitation.project_id == project.id, TeamInvitation.email_key == key
        )
    )
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.add(
        TeamInvitation(
            project_id=project.id,
            email_key=key,
            role=TeamRole.LEAD if role is TeamRole.LEAD else TeamRole.MEMBER,
            token_hash=hash_token(token),
            invited_by_id=actor.id,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    _send(actor, project, address, language, token)


def _send(actor: Actor, project: Project, address: str, language: str, token: str) -> None:
    """In the language of whoever has this address here, which only the mail itself can tell."""
    known = accounts.by_email(address.lower())
    words = letters.write(
        "projects/mail/invited.txt",
        known.language if known is not None and known.is_confirmed else language,
        project=project,
        inviter=actor,
        link=letters.absolute(f"/projekte/einladung/{token}"),
        days=LIFETIME.days,
    )
    queue_mail([address], words.subject, words.text)


@transaction()
def revoke_invitation(actor: Actor, invitation: TeamInvitation) -> None:
    """Make the link worthless."""
    demand(policy.may_lead, actor, invitation.project)
    _use_up(invitation)


@transaction()
def accept_invitation(
    actor: Actor, invitation: TeamInvitation, *, organisation: Organisation | None = None
) -> bool:
    """Join the team with the role that was offered; False if one is in it already.

    Raises `RuleBroken` for an account with another address or a project that is over, `Missing`
    where the invitation was used or revoked in this very moment.
    """
    _demand_own(actor, invitation)
    project, role = invitation.project, invitation.role
    hold(actor, project)
    if not policy.is_open_to_the_invited(project):
        raise RuleBroken(OVER)
    check_standing(actor, organisation)
    if not _use_up(invitation):
        raise Missing
    if not admit(project, actor, role, organisation=organisation):
        return False
    activity.record(actor, "project.member_joined", project)
    activity.record(actor, "team.joined", project, to=project.leads)
    return True


@transaction()
def decline_invitation(actor: Actor, invitation: TeamInvitation) -> None:
    """Say no; those who lead see that the invitation is gone, and nothing more."""
    _demand_own(actor, invitation)
    _use_up(invitation)


def forget_expired(actor: Actor) -> int:
    """Remove invitations that ran out long ago; returns how many."""
    del actor
    old = select(TeamInvitation.id).where(TeamInvitation.expires_at < clock.now() - KEPT)
    return remove_in_batches(old, BATCH)


def _demand_own(actor: Actor, invitation: TeamInvitation) -> None:
    if not isinstance(actor, User) or not actor.is_confirmed:
        raise Forbidden("may_accept")
    if not policy.may_accept(actor, invitation, actor.email_key):
        raise RuleBroken(WRONG_ACCOUNT)


def _use_up(invitation: TeamInvitation) -> bool:
    """The deletion decides: of two clicks at the same moment one gets the row."""
    gone = db.session.execute(
        delete(TeamInvitation)
        .where(TeamInvitation.id == invitation.id)
        .execution_options(synchronize_session=False)
    )
    db.session.expunge(invitation)
    return rows_of(gone) == 1
