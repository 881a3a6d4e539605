"""A person leaves the platform: their organisations go on, with somebody else who owns them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from civic.accounts.models import System, User
from civic.core.db import db, transaction
from civic.organisations.models import (
    Organisation,
    OrganisationInvitation,
    OrganisationLogEntry,
    OrganisationMember,
    OrganisationRequest,
    OrganisationRole,
)
from civic.organisations.service.log import note
from civic.organisations.service.mails import tell
from civic.organisations.service.people import hold
from civic.organisations.service.standing import shut

ROLES = list(OrganisationRole)


@transaction()
def forget_member(actor: User, *, erase: bool) -> None:
    """Take a person out of everything. What they published for an organisation stays with it.

    Where they were the last owner, the organisation passes to the editor who is there longest, else
    to the member who is; with nobody left it is closed. With `erase` the logs no longer point at
    the row that is left of the person.
    """
    for organisation in _organisations_of(actor):
        _take_out(actor, organisation)
    db.session.execute(delete(OrganisationRequest).where(OrganisationRequest.user_id == actor.id))
    db.session.execute(
        delete(OrganisationInvitation).where(OrganisationInvitation.email_key == actor.email_key)
    )
    if erase:
        _erase_from_logs(actor)


def _organisations_of(person: User) -> Sequence[Organisation]:
    """In the order of numbers, so that two who leave do not wait for each other."""
    return db.session.scalars(
        select(Organisation)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(OrganisationMember.user_id == person.id)
        .order_by(Organisation.id)
    ).all()


def _take_out(person: User, organisation: Organisation) -> None:
    members = hold(organisation)
    own = next((member for member in members if member.user_id == person.id), None)
    if own is None:
        return
    others = [m for m in members if m is not own and m.user.is_authenticated]
    organisation.members.remove(own)
    db.session.flush()
    note(person, organisation, "organisation.member_left")
    is_owned = any(m.role is OrganisationRole.OWNER for m in others)
    if own.role is OrganisationRole.OWNER and not is_owned and not organisation.is_closed:
        _pass_on(organisation, others)


def _pass_on(organisation: Organisation, others: Sequence[OrganisationMember]) -> None:
    able = [member for member in others if member.user.is_confirmed]
    if not able:
        note(System(), organisation, "organisation.closed")
        shut(organisation)
        return
    heir = min(able, key=lambda m: (ROLES.index(m.role), m.joined_at, m.user_id))
    heir.role = OrganisationRole.OWNER
    db.session.flush()
    note(System(), organisation, "organisation.inherited", person_id=heir.user_id)
    tell([heir.user], "inherited", organisation)


def _erase_from_logs(person: User) -> None:
    for column in (OrganisationLogEntry.actor_id, OrganisationLogEntry.person_id):
        db.session.execute(
            update(OrganisationLogEntry)
            .where(column == person.id)
            .values({column.key: None})
            .execution_options(synchronize_session=False)
        )
    db.session.expire_all()
