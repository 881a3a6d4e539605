"""Organisations, their people, who asks and who is invited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, case, func, select, type_coerce
from sqlalchemy.orm import joinedload, load_only

from civic.accounts.models import Actor, User, hash_token
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.organisations.models import (
    SPEAKING,
    Organisation,
    OrganisationInvitation,
    OrganisationLogEntry,
    OrganisationMember,
    OrganisationRequest,
    OrganisationRole,
    RequestState,
)

#: In plain letters, so that Ö stands beside O on every database.
BY_NAME = Order((("slug", Organisation.slug), ("id", Organisation.id)), descending=False)
#: Owners first, then by how long somebody is there; ids tell apart who came at the same moment.
_RANK = case(
    {role.value: rank for rank, role in enumerate(OrganisationRole)},
    value=type_coerce(OrganisationMember.role, String),
)
BY_RANK = Order(
    (
        ("rank", _RANK),
        ("joined_at", OrganisationMember.joined_at),
        ("user_id", OrganisationMember.user_id),
    ),
    descending=False,
)
BY_WAITING = Order((("id", OrganisationRequest.id),), descending=False)
LATEST_INVITATION = Order((("id", OrganisationInvitation.id),))
LATEST_ENTRY = Order((("at", OrganisationLogEntry.at), ("id", OrganisationLogEntry.id)))

_ONE = (
    select(Organisation)
    .where(Organisation.id == bindparam("id"))
    .options(joinedload(Organisation.municipality))
)
#: Asked by every page on which a signed-in person may write.
_SPEAKING_FOR = (
    select(Organisation)
    .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
    .where(
        OrganisationMember.user_id == bindparam("viewer"),
        OrganisationMember.role.in_(sorted(SPEAKING)),
        Organisation.closed_at.is_(None),
    )
    .options(
        load_only(
            Organisation.name, Organisation.slug, Organisation.logo_key, Organisation.closed_at
        )
    )
    .order_by(Organisation.slug, Organisation.id)
)
_MEMBERS = (
    select(func.count())
    .select_from(OrganisationMember)
    .where(OrganisationMember.organisation_id == bindparam("organisation"))
)
_WAITING = (
    select(func.count())
    .select_from(OrganisationRequest)
    .where(
        OrganisationRequest.organisation_id == bindparam("organisation"),
        OrganisationRequest.state == RequestState.OPEN,
    )
)


def get(id: int) -> Organisation:
    """One organisation with its municipality, closed or not; `Missing` where there is none."""
    organisation = db.session.scalar(_ONE, {"id": id})
    if organisation is None:
        raise Missing
    return organisation


def speaking_for(actor: Actor) -> Sequence[Organisation]:
    """The organisations in whose name a person may publish, by name. A visitor asks nothing."""
    if not actor.is_confirmed:
        return []
    return db.session.scalars(_SPEAKING_FOR, {"viewer": actor.id}).all()


def standing_of(organisation: Organisation) -> str:
    """What a municipality confirms: its name, its kind and where it belongs."""
    return f"{organisation.name_key} {organisation.kind} {organisation.municipality_id}"


def name_is_taken(key: str, *, except_for: int | None = None) -> bool:
    """Whether another organisation bears a name that looks like this one."""
    holder = db.session.scalar(select(Organisation.id).where(Organisation.name_key == key))
    return holder is not None and holder != except_for


# -- people ----------------------------------------------------------------------------------


def member_count(organisation: Organisation) -> int:
    return db.session.scalar(_MEMBERS, {"organisation": organisation.id}) or 0


def members(organisation: Organisation) -> Select[*tuple[Any, ...]]:
    """Rows (`OrganisationMember`, and what `BY_RANK` needs) of everybody in it."""
    return (
        select(
            OrganisationMember,
            _RANK.label("rank"),
            OrganisationMember.joined_at,
            OrganisationMember.user_id,
        )
        .where(OrganisationMember.organisation_id == organisation.id)
        .options(joinedload(OrganisationMember.user))
    )


def member(organisation: Organisation, user_id: int) -> OrganisationMember:
    """One person's place in it; `Missing` for everybody else."""
    found = db.session.get(
        OrganisationMember,
        (organisation.id, user_id),
        options=[joinedload(OrganisationMember.user)],
    )
    if found is None:
        raise Missing
    return found


def owners(organisation: Organisation) -> Sequence[User]:
    """Those who own it and are here, longest first."""
    return db.session.scalars(
        select(User)
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(
            OrganisationMember.organisation_id == organisation.id,
            OrganisationMember.role == OrganisationRole.OWNER,
            is_here(),
        )
        .order_by(OrganisationMember.joined_at, User.id)
    ).all()


def speakers(organisation_id: int) -> Sequence[User]:
    """Those who speak for it and are here."""
    return db.session.scalars(
        select(User)
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.role.in_(sorted(SPEAKING)),
            is_here(),
        )
        .order_by(User.id)
    ).all()


def others(organisation: Organisation, actor: Actor) -> Sequence[OrganisationMember]:
    """Everybody else in it who is here, for handing over to one of them."""
    return db.session.scalars(
        select(OrganisationMember)
        .join(User, User.id == OrganisationMember.user_id)
        .where(
            OrganisationMember.organisation_id == organisation.id,
            OrganisationMember.user_id != actor.id,
            is_here(),
        )
        .options(joinedload(OrganisationMember.user))
        .order_by(_RANK, OrganisationMember.joined_at, OrganisationMember.user_id)
    ).all()


def is_here() -> ColumnElement[bool]:
    """A condition on people: neither blocked nor gone."""
    return User.blocked_at.is_(None) & User.left_at.is_(None)


def memberships(actor: Actor) -> Sequence[OrganisationMember]:
    """The organisations of a person with their role in each, by name."""
    return db.session.scalars(
        select(OrganisationMember)
        .join(Organisation, Organisation.id == OrganisationMember.organisation_id)
        .where(OrganisationMember.user_id == actor.id)
        .options(joinedload(OrganisationMember.organisation).joinedload(Organisation.municipality))
        .order_by(Organisation.closed_at.is_not(None), Organisation.slug, Organisation.id)
    ).all()


# -- who asks --------------------------------------------------------------------------------


def waiting_count(organisation: Organisation) -> int:
    """How many people wait for an answer."""
    return db.session.scalar(_WAITING, {"organisation": organisation.id}) or 0


def requests(organisation: Organisation) -> Select[OrganisationRequest]:
    """Those who wait for an answer; for `BY_WAITING`."""
    return (
        select(OrganisationRequest)
        .where(
            OrganisationRequest.organisation_id == organisation.id,
            OrganisationRequest.state == RequestState.OPEN,
        )
        .options(joinedload(OrganisationRequest.user))
    )


def request(organisation: Organisation, id: int) -> OrganisationRequest:
    """One request to this organisation; `Missing` for those to others."""
    found = db.session.get(OrganisationRequest, id, options=[joinedload(OrganisationRequest.user)])
    if found is None or found.organisation_id != organisation.id:
        raise Missing
    return found


def open_request(actor: Actor, organisation: Organisation) -> OrganisationRequest | None:
    """What the person asked and nobody has answered."""
    if not actor.is_authenticated:
        return None
    return db.session.scalar(
        select(OrganisationRequest).where(
            OrganisationRequest.organisation_id == organisation.id,
            OrganisationRequest.user_id == actor.id,
            OrganisationRequest.state == RequestState.OPEN,
        )
    )


def requests_of(actor: Actor, limit: int) -> Sequence[OrganisationRequest]:
    """What a person asked lately and what was answered, newest first."""
    return db.session.scalars(
        select(OrganisationRequest)
        .where(OrganisationRequest.user_id == actor.id)
        .options(joinedload(OrganisationRequest.organisation))
        .order_by(OrganisationRequest.id.desc())
        .limit(limit)
    ).all()


# -- who is invited --------------------------------------------------------------------------


def invitations(organisation: Organisation) -> Select[OrganisationInvitation]:
    """Invitations that nobody has answered, those that ran out too; for `LATEST_INVITATION`."""
    return (
        select(OrganisationInvitation)
        .where(OrganisationInvitation.organisation_id == organisation.id)
        .options(joinedload(OrganisationInvitation.invited_by))
    )


def invitation(organisation: Organisation, id: int) -> OrganisationInvitation:
    """One invitation of this organisation; `Missing` for those of others."""
    found = db.session.get(OrganisationInvitation, id)
    if found is None or found.organisation_id != organisation.id:
        raise Missing
    return found


def invitation_behind(token: str) -> OrganisationInvitation | None:
    """The invitation of a mailed link that still works; looking does not use it up."""
    return db.session.scalar(
        _live(clock.now()).where(OrganisationInvitation.token_hash == hash_token(token))
    )


def invitations_to(email_key: str | None) -> Sequence[OrganisationInvitation]:
    """What the owner of an address is invited to; they need no link, for the address is theirs."""
    if email_key is None:
        return []
    return db.session.scalars(
        _live(clock.now())
        .where(OrganisationInvitation.email_key == email_key)
        .order_by(OrganisationInvitation.id.desc())
    ).all()


def _live(now: datetime) -> Select[OrganisationInvitation]:
    return (
        select(OrganisationInvitation)
        .join(Organisation, Organisation.id == OrganisationInvitation.organisation_id)
        .where(OrganisationInvitation.expires_at > now, Organisation.closed_at.is_(None))
        .options(
            joinedload(OrganisationInvitation.organisation).joinedload(Organisation.municipality),
            joinedload(OrganisationInvitation.invited_by),
        )
    )


# -- what was done ---------------------------------------------------------------------------


def log(organisation: Organisation) -> Select[OrganisationLogEntry]:
    """What was done in it and in its name, with the people; for `LATEST_ENTRY`."""
    return (
        select(OrganisationLogEntry)
        .where(OrganisationLogEntry.organisation_id == organisation.id)
        .options(joinedload(OrganisationLogEntry.actor), joinedload(OrganisationLogEntry.person))
    )
