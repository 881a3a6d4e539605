"""Asking to become a member, and answering who asks."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import paging
from civic.core.errors import Missing
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.organisations import policy, queries, service
from civic.organisations.address import url_of_organisation
from civic.organisations.forms import AnswerForm, AskForm
from civic.organisations.views.blueprint import bp, led

PAGE_SIZE = 20


@bp.route("/organisationen/<int:id>/anfragen/neu", methods=["GET", "POST"])
@login_required
def ask(id: int) -> BaseResponse:
    """Ask the owners, with a message."""
    organisation = queries.get(id)
    demand(policy.may_ask, actor(), organisation)
    form = AskForm()
    if form.validate_on_submit():
        with form.rules():
            service.ask_to_join(actor(), organisation, message=form.message.data)
            flash(_("Your request is on its way. You get the answer by mail."), "success")
            return go_to(url_of_organisation(organisation))
    return page(
        "organisations/ask.html",
        form=form,
        organisation=organisation,
        asked=queries.open_request(actor(), organisation),
        status=form.status,
    )


@bp.post("/organisationen/<int:id>/anfragen/zurueckziehen")
@login_required
def withdraw(id: int) -> BaseResponse:
    """Take one's own request back; asking again is possible."""
    organisation = queries.get(id)
    asked = queries.open_request(actor(), organisation)
    if asked is None:
        raise Missing
    service.withdraw_request(actor(), asked)
    flash(_("Your request is withdrawn."), "success")
    return go_to(url_of_organisation(organisation))


@bp.get("/organisationen/<int:id>/anfragen")
@login_required
def requests(id: int) -> Response:
    """Who waits for an answer, the longest first."""
    organisation = led(id)
    waiting = queries.requests(organisation)
    cursor = request.args.get("nach", "")
    return page(
        "organisations/requests.html",
        fragment="request_list",
        organisation=organisation,
        window=paging.window(waiting, queries.BY_WAITING, cursor, PAGE_SIZE, scalars=True),
        count=queries.waiting_count(organisation),
    )


@bp.route("/organisationen/<int:id>/anfragen/<int:number>", methods=["GET", "POST"])
@login_required
def answer(id: int, number: int) -> BaseResponse:
    """Accept or decline somebody who asks."""
    organisation = led(id)
    asked = queries.request(organisation, number)
    form = AnswerForm()
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            is_accepted = form.decision.data == "accept"
            service.answer_request(
                actor(), asked, is_accepted=is_accepted, answer=form.answer.data or ""
            )
            flash(_("Your answer is on its way."), "success")
            return go_to(url_for(".requests", id=id))
    return page(
        "organisations/answer.html",
        form=form,
        organisation=organisation,
        asked=asked,
        status=form.status,
    )
