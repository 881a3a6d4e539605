"""Asking to become a member, and the answer."""

from __future__ import annotations

from sqlalchemy import update

from civic.accounts.models import Actor
from civic.core import clock, limits
from civic.core.db import db, insert_once, rows_of, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations import policy, queries
from civic.organisations.models import (
    Organisation,
    OrganisationRequest,
    OrganisationRole,
    RequestState,
)
from civic.organisations.service.log import note
from civic.organisations.service.mails import tell
from civic.organisations.service.people import admit

#: Each request is a mail to the owners.
ASKING = (limits.Limit(10, 86_400),)
DECIDED = N_("Somebody has answered this request in the meantime.")


def ask_to_join(actor: Actor, organisation: Organisation, *, message: str) -> bool:
    """Ask the owners; True when this call made the request. Asking twice is asking once.

    Raises `TooMany` beyond 10 a day.
    """
    demand(policy.may_ask, actor, organisation)
    limits.hit(f"organisation request:{actor.id}", ASKING)
    return _ask(actor, organisation, message)


@transaction()
def _ask(actor: Actor, organisation: Organisation, message: str) -> bool:
    is_new = insert_once(
        OrganisationRequest,
        {
            "organisation_id": organisation.id,
            "user_id": actor.id,
            "message": message,
            "state": RequestState.OPEN,
            "answer": "",
            "created_at": clock.now(),
        },
    )
    if is_new:
        asked = queries.open_request(actor, organisation)
        tell(queries.owners(organisation), "asked", organisation, asked=asked)
    return is_new


@transaction()
def withdraw_request(actor: Actor, request: OrganisationRequest) -> None:
    """Take one's own request back."""
    demand(policy.may_withdraw, actor, request)
    _settle(request, RequestState.WITHDRAWN, "")


@transaction()
def answer_request(
    actor: Actor, request: OrganisationRequest, *, is_accepted: bool, answer: str
) -> None:
    """Accept or decline; declining needs a word. Who asked is told by mail.

    Raises `RuleBroken` when another owner has answered.
    """
    if request.state is not RequestState.OPEN:
        raise RuleBroken(DECIDED)
    demand(policy.may_answer, actor, request)
    if not is_accepted and not answer:
        raise RuleBroken(N_("Please say in a sentence why you decline."), "answer")
    organisation = request.organisation
    _settle(request, RequestState.ACCEPTED if is_accepted else RequestState.DECLINED, answer)
    if is_accepted:
        admit(organisation, request.user_id, OrganisationRole.MEMBER)
    verb = "organisation.request_accepted" if is_accepted else "organisation.request_declined"
    note(actor, organisation, verb, person_id=request.user_id)
    letter = "accepted" if is_accepted else "declined"
    tell([request.user], letter, organisation, answer=answer)


def _settle(request: OrganisationRequest, state: RequestState, answer: str) -> None:
    """One statement decides: of two answers at the same moment the second finds nothing open."""
    settled = db.session.execute(
        update(OrganisationRequest)
        .where(OrganisationRequest.id == request.id, OrganisationRequest.state == RequestState.OPEN)
        .values(state=state, answer=answer, answered_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )
    if rows_of(settled) == 0:
        raise RuleBroken(DECIDED)
