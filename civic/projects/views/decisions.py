"""What was decided about a project; the record with all that became of it."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import clock, paging
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.projects import policy, service
from civic.projects.forms.work import ChangeDecisionForm, DecisionForm, RemoveDecisionForm
from civic.projects.models import Decision
from civic.projects.queries import decisions as records
from civic.projects.queries import projects
from civic.projects.views.room import bp

PAGE_SIZE = 20


@bp.get("/<int:id>/beschluesse")
def decisions(id: int) -> Response:
    """All decisions about a project, the latest first, and what was taken off the list."""
    project = projects.get(actor(), id)
    cursor = request.args.get("nach", "")
    return page(
        "projects/decisions.html",
        fragment="decision_list",
        project=project,
        window=paging.window(records.listing(project), records.NEWEST, cursor, PAGE_SIZE),
        count=paging.count(records.listing(project)),
        removed=records.removed(project, service.DECISION_REMOVED),
    )


@bp.get("/beschluesse/<int:id>")
def decision(id: int) -> Response:
    """One decision, and every change of its record."""
    found = records.get(actor(), id)
    trace = records.trace(found, (service.DECISION_CHANGED, service.DECISION_RECORDED))
    cursor = request.args.get("nach", "")
    return page(
        "projects/decision.html",
        fragment="trace",
        decision=found,
        project=found.project,
        window=paging.window(trace, records.LATEST, cursor, PAGE_SIZE, scalars=True),
    )


@bp.route("/<int:id>/beschluesse/neu", methods=["GET", "POST"])
@login_required
def new_decision(id: int) -> BaseResponse:
    """Write down what was decided."""
    project = projects.get(actor(), id)
    demand(policy.may_work, actor(), project)
    form = DecisionForm(data={"decided_on": clock.today()})
    if form.validate_on_submit():
        with form.rules():
            made = service.record_decision(actor(), project, _words_of(form))
            flash(_("The decision is written down."), "success")
            return go_to(url_for("projects.decision", id=made.id))
    return page(
        "projects/decision_form.html",
        form=form,
        project=project,
        decision=None,
        status=form.status,
    )


@bp.route("/beschluesse/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit_decision(id: int) -> BaseResponse:
    """Set the record right; what it said stays readable."""
    found = _asked(id)
    form = ChangeDecisionForm(obj=found)
    if form.validate_on_submit():
        with form.rules():
            reason = form.reason.data or ""
            service.edit_decision(actor(), found, _words_of(form), reason=reason)
            flash(_("Your changes are saved."), "success")
            return go_to(url_for("projects.decision", id=found.id))
    return page(
        "projects/decision_form.html",
        form=form,
        project=found.project,
        decision=found,
        status=form.status,
    )


@bp.route("/beschluesse/<int:id>/entfernen", methods=["GET", "POST"])
@login_required
def remove_decision(id: int) -> BaseResponse:
    """Take the record away, with a reason that stays."""
    found = _asked(id)
    form = RemoveDecisionForm()
    if form.validate_on_submit():
        with form.rules():
            back = url_for("projects.decisions", id=found.project_id)
            service.remove_decision(actor(), found, reason=form.reason.data or "")
            flash(_("The record is removed. Your reason stands below the list."), "info")
            return go_to(back)
    return page(
        "projects/remove_decision.html",
        form=form,
        project=found.project,
        decision=found,
        status=form.status,
    )


def _asked(id: int) -> Decision:
    """The decision, for those who may change the record."""
    found = records.get(actor(), id)
    demand(policy.may_work, actor(), found.project)
    return found


def _words_of(form: DecisionForm) -> service.Wording:
    return service.Wording(
        title=form.title.data or "",
        text=form.text.data or "",
        body=form.body.data or "",
        place=form.place.data or "",
        decided_on=form.decided_on.data,
    )
