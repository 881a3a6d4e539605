"""Confirmed by its municipality or not, and the end of an organisation."""

from __future__ import annotations

from sqlalchemy import delete, update

from civic.accounts.models import Actor
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Outdated, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations import policy, queries
from civic.organisations.models import (
    Organisation,
    OrganisationInvitation,
    OrganisationRequest,
    RequestState,
)
from civic.organisations.service.log import note
from civic.organisations.service.mails import tell
from civic.organisations.service.people import hold

SHORTEST_REASON = 10


@transaction()
def verify_organisation(
    actor: Actor, organisation: Organisation, *, seen: str | None = None
) -> None:
    """The administration says that it is who it says it is. Saying it twice changes nothing.

    `seen` is `queries.standing_of` as they read it; `Outdated` if it is another one by now.
    """
    hold(organisation)
    db.session.refresh(organisation)
    demand(policy.may_verify, actor, organisation)
    if seen is not None and seen != queries.standing_of(organisation):
        raise Outdated(queries.standing_of(organisation))
    if organisation.is_verified:
        return
    organisation.verified_at = clock.now()
    note(actor, organisation, "organisation.verified")
    tell(queries.owners(organisation), "verified", organisation)


@transaction()
def withdraw_verification(actor: Actor, organisation: Organisation, *, reason: str) -> None:
    """The administration no longer stands for it; the owners get the reason by mail."""
    demand(policy.may_verify, actor, organisation)
    if len(reason) < SHORTEST_REASON:
        raise RuleBroken(
            N_("Please give a reason of at least %(least)s characters."),
            "reason",
            least=SHORTEST_REASON,
        )
    if not organisation.is_verified:
        return
    organisation.verified_at = None
    note(actor, organisation, "organisation.unverified")
    tell(queries.owners(organisation), "unverified", organisation, reason=reason)


@transaction()
def close_organisation(actor: Actor, organisation: Organisation) -> None:
    """Nothing more is done in its name. Its page and what it published stay.

    Owners are told by mail where it was not one of them.
    """
    hold(organisation)
    demand(policy.may_close, actor, organisation)
    owners = queries.owners(organisation)
    shut(organisation)
    note(actor, organisation, "organisation.closed")
    if all(owner.id != actor.id for owner in owners):
        tell(owners, "closed", organisation)


def shut(organisation: Organisation) -> None:
    """Close it within a larger act; nobody is invited to it or waits for it any more."""
    organisation.closed_at = clock.now()
    organisation.verified_at = None
    db.session.execute(
        delete(OrganisationInvitation).where(
            OrganisationInvitation.organisation_id == organisation.id
        )
    )
    db.session.execute(
        update(OrganisationRequest)
        .where(
            OrganisationRequest.organisation_id == organisation.id,
            OrganisationRequest.state == RequestState.OPEN,
        )
        .values(state=RequestState.DECLINED, answered_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()
