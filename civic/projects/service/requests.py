"""Asking to join a team, for what it looks for or just so, and the answer."""

from __future__ import annotations

from sqlalchemy import update

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import clock, limits
from civic.core.db import db, insert_once, rows_of, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.organisations.models import Organisation, RequestState
from civic.projects import policy
from civic.projects.models import (
    Opening,
    OpeningState,
    Project,
    TeamRequest,
    TeamRole,
)
from civic.projects.service.hold import admit, hold
from civic.projects.service.team import check_standing

#: Each request is a mail to those who lead.
ASKING = (limits.Limit(20, 86_400),)
SHORTEST_MESSAGE = 20
SHORTEST_ANSWER = 10
ASKED = N_("You have asked this team already. Please wait for the answer, or take it back first.")
DECIDED = N_("Somebody has answered this request in the meantime.")


def ask_to_join(
    actor: Actor,
    project: Project,
    *,
    message: str,
    opening: Opening | None = None,
    organisation: Organisation | None = None,
) -> None:
    """Ask those who lead, with a message; with an opening it is an application for it.

    Raises `RuleBroken` where one has asked already, `TooMany` beyond 20 a day.
    """
    _demand(actor, project, opening)
    if len(message) < SHORTEST_MESSAGE:
        raise RuleBroken(
            N_("Please introduce yourself in at least %(least)s characters."),
            "message",
            least=SHORTEST_MESSAGE,
        )
    limits.hit(f"team request:{actor.id}", ASKING)
    _ask(actor, project, message, opening, organisation)


def _demand(actor: Actor, project: Project, opening: Opening | None) -> None:
    if opening is None:
        demand(policy.may_ask, actor, project)
    else:
        demand(policy.may_apply, actor, opening)


@transaction()
def _ask(
    actor: Actor,
    project: Project,
    message: str,
    opening: Opening | None,
    organisation: Organisation | None,
) -> None:
    hold(actor, project)
    _demand(actor, project, opening)
    check_standing(actor, organisation)
    is_new = insert_once(
        TeamRequest,
        {
            "project_id": project.id,
            "user_id": actor.id,
            "opening_id": opening.id if opening else None,
            "organisation_id": organisation.id if organisation else None,
            "message": message,
            "state": RequestState.OPEN,
            "answer": "",
            "created_at": clock.now(),
        },
    )
    if not is_new:
        raise RuleBroken(ASKED)
    activity.record(actor, "team.asked", project, note=message, to=project.leads)


@transaction()
def withdraw_request(actor: Actor, request: TeamRequest) -> None:
    """Take one's own request back. Raises `RuleBroken` where it was answered by now."""
    if request.user_id == actor.id and request.state is not RequestState.OPEN:
        raise RuleBroken(DECIDED)
    demand(policy.may_withdraw, actor, request)
    _settle(actor, request, RequestState.WITHDRAWN, "")


@transaction()
def answer_request(
    actor: Actor, request: TeamRequest, *, is_accepted: bool, answer: str, fills: bool = False
) -> None:
    """Accept or decline; declining needs a word. Who asked hears of it.

    `fills`: with this person the team has found whom it looked for. Raises `RuleBroken` when
    another lead has answered.
    """
    project = request.project
    hold(actor, project)
    db.session.refresh(request)
    if request.state is not RequestState.OPEN:
        raise RuleBroken(DECIDED)
    demand(policy.may_answer, actor, request)
    if is_accepted and not request.user.is_confirmed:
        raise RuleBroken(N_("This person cannot sign in at present. Answer later, or decline."))
    if not is_accepted and len(answer) < SHORTEST_ANSWER:
        raise RuleBroken(N_("Please say in a sentence why you decline."), "answer")
    _settle(actor, request, _outcome(is_accepted=is_accepted), answer)
    if is_accepted:
        _take_in(request, fills=fills)
    activity.record(
        actor,
        "team.accepted" if is_accepted else "team.declined",
        project,
        note=answer or None,
        to=[request.user_id],
    )


def _outcome(*, is_accepted: bool) -> RequestState:
    return RequestState.ACCEPTED if is_accepted else RequestState.DECLINED


def _take_in(request: TeamRequest, *, fills: bool) -> None:
    opening = request.opening
    admit(
        request.project,
        request.user,
        TeamRole.MEMBER,
        task=opening.title if opening else "",
        organisation=request.organisation,
    )
    if opening is not None and fills:
        opening.state = OpeningState.FILLED
    activity.record(request.user, "project.member_joined", request.project)


def _settle(actor: Actor, request: TeamRequest, state: RequestState, answer: str) -> None:
    """One statement decides: of two answers at the same moment the second finds nothing open."""
    settled = db.session.execute(
        update(TeamRequest)
        .where(TeamRequest.id == request.id, TeamRequest.state == RequestState.OPEN)
        .values(
            state=state, answer=answer, answered_at=clock.now(), answered_by_id=actor.id or None
        )
        .execution_options(synchronize_session="fetch")
    )
    if rows_of(settled) == 0:
        raise RuleBroken(DECIDED)
