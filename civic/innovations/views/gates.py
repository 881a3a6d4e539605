"""The way of an innovation: its history, proposals of the team, decisions."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.activity.queries import history
from civic.core import paging
from civic.core.language import translate
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.innovations import policy, service
from civic.innovations.address.steps import step_words
from civic.innovations.forms.gates import AGREE, REFUSE, DecideForm, EndForm, ProposeForm
from civic.innovations.models import Gate, GateState, Innovation, Stage
from civic.innovations.queries import gates as queries
from civic.innovations.views import bp, room

PAGE_SIZE = 20
#: Acts that stand in the history beside the gates, and how many of them.
EDITS = ("innovation.registered", "innovation.edited", "innovation.measured")
MOST_EDITS = 20


@bp.get("/<int:id>/verlauf")
def gates(id: int) -> Response:
    """Every step with its evidence and decision; steps back and the end as well."""
    innovation = room.get(id)
    listed = queries.history(actor(), innovation)
    return page(
        "innovations/gates.html",
        **room.head(innovation),
        window=paging.window(
            listed, queries.ORDER, request.args.get("nach", ""), PAGE_SIZE, scalars=True
        ),
        acts=history(innovation, EDITS, MOST_EDITS),
    )


@bp.route("/<int:id>/schritt", methods=["GET", "POST"])
@login_required
def propose(id: int) -> BaseResponse:
    """The team proposes a step on, or back."""
    innovation = room.get(id)
    demand(policy.may_propose, actor(), innovation)
    form = ProposeForm()
    form.to.choices = [
        (stage.value, step_words(innovation.state, stage))
        for stage in queries.steps(innovation)
        if stage is not Stage.ENDED
    ]
    if form.validate_on_submit():
        with form.rules():
            gate = service.propose_step(actor(), innovation, Stage(form.to.data), evidence_of(form))
            return go_to(after_proposal(gate))
    return page("innovations/propose.html", **proposal(innovation, form))


@bp.route("/<int:id>/beenden", methods=["GET", "POST"])
@login_required
def end(id: int) -> BaseResponse:
    """The team proposes the honest end, with what was learned."""
    innovation = room.get(id)
    demand(policy.may_edit, actor(), innovation)
    form = EndForm(data={"lessons": innovation.lessons})
    if form.validate_on_submit():
        with form.rules():
            lessons = form.lessons.data or ""
            gate = service.propose_step(
                actor(), innovation, Stage.ENDED, evidence_of(form), lessons
            )
            return go_to(after_proposal(gate))
    return page("innovations/end.html", **proposal(innovation, form))


def proposal(innovation: Innovation, form: ProposeForm | EndForm) -> dict[str, Any]:
    """What both pages of proposals show."""
    waiting = room.waiting(innovation)
    return {"innovation": innovation, "form": form, "waiting": waiting, "status": form.status}


def evidence_of(form: ProposeForm | EndForm) -> service.Evidence:
    return service.Evidence(
        figures=form.figures.data or "",
        costs=form.costs.data or "",
        voices=form.voices.data or "",
        documents=form.documents.data or "",
    )


def after_proposal(gate: Gate) -> str:
    """Who may also decide goes on at once; the others see it wait."""
    innovation = gate.innovation
    if policy.may_decide(actor(), innovation):
        flash(_("The step is proposed. You may enter the decision right away."), "success")
        return url_for("innovations.decide", id=innovation.id, gate_id=gate.id)
    flash(_("The step is proposed. Those who decide about it have been told."), "success")
    return room.history_url(innovation)


@bp.route("/<int:id>/schritt/<int:gate_id>/zuruecknehmen", methods=["GET", "POST"])
@login_required
def withdraw(id: int, gate_id: int) -> BaseResponse:
    """Take a proposal back, after a page that says what happens."""
    innovation = room.get(id)
    gate = queries.get(actor(), innovation, gate_id)
    demand(policy.may_propose, actor(), innovation)
    if request.method == "POST":
        service.withdraw_proposal(actor(), gate)
        flash(_("The proposal is taken back."), "info")
        return go_to(room.history_url(innovation))
    return page("innovations/withdraw.html", innovation=innovation, gate=gate)


@bp.route("/<int:id>/schritt/<int:gate_id>/entscheiden", methods=["GET", "POST"])
@login_required
def decide(id: int, gate_id: int) -> BaseResponse:
    """Administration or lead organisation decide about a proposal."""
    innovation = room.get(id)
    gate = queries.get(actor(), innovation, gate_id)
    demand(policy.may_decide, actor(), innovation)
    if gate.state is not GateState.PROPOSED:
        flash(_("This step is decided already, or was taken back."), "info")
        return go_to(room.history_url(innovation))
    form = DecideForm()
    form.verdict.choices = [(AGREE, _("Agreed")), (REFUSE, _("Not agreed"))]
    if form.validate_on_submit():
        with form.rules():
            settle(gate, form)
            return go_to(room.history_url(innovation))
    return page(
        "innovations/decide.html", innovation=innovation, gate=gate, form=form, status=form.status
    )


def settle(gate: Gate, form: DecideForm) -> None:
    """Write down what was decided."""
    verdict = service.Verdict(
        body=form.body.data or "", decided_on=form.decided_on.data, reason=form.reason.data or ""
    )
    if form.verdict.data == AGREE:
        service.agree_to_step(actor(), gate, verdict)
        stage = translate(Stage(gate.to_stage).label)
        flash(_("The decision is published. The innovation now stands at: %(stage)s", stage=stage))
    else:
        service.refuse_step(actor(), gate, verdict)
        flash(_("The team has been told that the step was not agreed to, and why."), "info")
