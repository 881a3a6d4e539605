"""Coming, going and roles. Somebody always owns an organisation.

Who takes an owner away holds the organisation's row first and then looks at who is left. So of two
owners who leave at the same moment one goes and the other is told that they are the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor, User
from civic.core import clock
from civic.core.db import db, insert_once, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations import policy, queries
from civic.organisations.models import (
    Organisation,
    OrganisationMember,
    OrganisationRole,
    RequestState,
)
from civic.organisations.service.log import note
from civic.organisations.service.mails import tell

LAST_OWNER = N_(
    "Nobody else owns this organisation. Please hand it over to another member first, or close it."
)


@transaction()
def join_organisation(actor: Actor, organisation: Organisation) -> None:
    """Walk into an open organisation."""
    demand(policy.may_join, actor, organisation)
    if admit(organisation, actor.id, OrganisationRole.MEMBER):
        note(actor, organisation, "organisation.member_joined")


@transaction()
def leave_organisation(actor: Actor, organisation: Organisation) -> None:
    """Go. What was published in its name stays with it."""
    hold(organisation)
    demand(policy.may_leave, actor, organisation)
    member = queries.member(organisation, actor.id)
    _demand_another_owner(organisation, member)
    organisation.members.remove(member)
    db.session.flush()
    note(actor, organisation, "organisation.member_left")


@transaction()
def remove_member(actor: Actor, organisation: Organisation, user_id: int) -> None:
    """Take somebody out; they are told by mail. Going oneself is `leave_organisation`."""
    member = _held(actor, organisation, user_id)
    if user_id == actor.id:
        raise RuleBroken(N_("To go yourself, please use “Leave the organisation”."))
    _demand_another_owner(organisation, member)
    person = member.user
    organisation.members.remove(member)
    db.session.flush()
    note(actor, organisation, "organisation.member_removed", person_id=user_id)
    tell([person], "removed", organisation)


@transaction()
def change_role(
    actor: Actor, organisation: Organisation, user_id: int, role: OrganisationRole
) -> bool:
    """Give a member another role; True when that changed something."""
    member = _held(actor, organisation, user_id)
    if member.role is role:
        return False
    if role is OrganisationRole.OWNER:
        _demand_active(member)
    _demand_another_owner(organisation, member)
    member.role = role
    db.session.flush()
    note(actor, organisation, "organisation.role_changed", detail=role.value, person_id=user_id)
    if role is OrganisationRole.OWNER:
        tell([member.user], "owner", organisation)
    return True


@transaction()
def hand_over(actor: Actor, organisation: Organisation, user_id: int) -> None:
    """Make another member the owner in one's place; the actor stays as an editor."""
    heir = _held(actor, organisation, user_id)
    own = queries.member(organisation, actor.id)
    if heir is own:
        raise RuleBroken(N_("Please choose another member."), "heir")
    _demand_active(heir)
    heir.role, own.role = OrganisationRole.OWNER, OrganisationRole.EDITOR
    db.session.flush()
    note(actor, organisation, "organisation.handed_over", person_id=user_id)
    tell([heir.user], "owner", organisation)


def hold(organisation: Organisation) -> Sequence[OrganisationMember]:
    """Lock the organisation until the transaction ends, and read anew who is in it.

    Raises `Missing` when it is gone. Things that are published meanwhile do not wait for it.
    """
    found = db.session.scalar(
        select(Organisation.id)
        .where(Organisation.id == organisation.id)
        .with_for_update(key_share=True)
    )
    if found is None:
        raise Missing
    db.session.refresh(organisation, ("closed_at", "members"))
    return db.session.scalars(
        select(OrganisationMember)
        .where(OrganisationMember.organisation_id == organisation.id)
        .options(joinedload(OrganisationMember.user))
        .execution_options(populate_existing=True)
    ).all()


def admit(organisation: Organisation, user_id: int, role: OrganisationRole) -> bool:
    """Make somebody a member; False if they are one. What they had asked is settled with it."""
    is_new = insert_once(
        OrganisationMember,
        {
            "organisation_id": organisation.id,
            "user_id": user_id,
            "role": role,
            "joined_at": clock.now(),
        },
    )
    db.session.expire(organisation, ("members",))
    person = db.session.get_one(User, user_id)
    if asked := queries.open_request(person, organisation):
        asked.state, asked.answered_at = RequestState.ACCEPTED, clock.now()
    return is_new


def _held(actor: Actor, organisation: Organisation, user_id: int) -> OrganisationMember:
    """A member as they are now, for somebody who decides about members."""
    hold(organisation)
    demand(policy.may_lead, actor, organisation)
    return queries.member(organisation, user_id)


def _demand_active(member: OrganisationMember) -> None:
    if not member.user.is_confirmed:
        raise RuleBroken(N_("This person cannot sign in at present. Please choose another member."))


def _demand_another_owner(organisation: Organisation, member: OrganisationMember) -> None:
    """Raise `RuleBroken` if without this member nobody here would own it."""
    if organisation.is_closed or member.role is not OrganisationRole.OWNER:
        return
    if all(owner.id == member.user_id for owner in queries.owners(organisation)):
        raise RuleBroken(LAST_OWNER)
