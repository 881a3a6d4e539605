"""Confirming that an organisation is real, and closing one."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core.forms import Form
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.organisations import policy, queries, service
from civic.organisations.address import url_of_organisation
from civic.organisations.forms import ReasonForm, SeenForm
from civic.organisations.views.blueprint import bp


@bp.route("/organisationen/<int:id>/bestaetigen", methods=["GET", "POST"])
@login_required
def verify(id: int) -> BaseResponse:
    """The administration looks at an organisation and says that it is real."""
    organisation = queries.get(id)
    demand(policy.may_verify, actor(), organisation)
    form = SeenForm(data={"seen": queries.standing_of(organisation)})
    if form.validate_on_submit():
        with form.rules():
            service.verify_organisation(actor(), organisation, seen=form.seen.data or "")
            flash(_("The organisation is confirmed, and its page says so."), "success")
            return go_to(url_of_organisation(organisation))
    return page(
        "organisations/verify.html",
        organisation=organisation,
        owners=queries.owners(organisation),
        form=form,
        status=form.status,
    )


@bp.route("/organisationen/<int:id>/bestaetigung/zuruecknehmen", methods=["GET", "POST"])
@login_required
def unverify(id: int) -> BaseResponse:
    """The administration takes its word back, with a reason for the owners."""
    organisation = queries.get(id)
    demand(policy.may_verify, actor(), organisation)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.rules():
            service.withdraw_verification(actor(), organisation, reason=form.reason.data)
            flash(_("The confirmation is taken back. The owners get your reason."), "success")
            return go_to(url_of_organisation(organisation))
    return page(
        "organisations/unverify.html", organisation=organisation, form=form, status=form.status
    )


@bp.route("/organisationen/<int:id>/schliessen", methods=["GET", "POST"])
@login_required
def close(id: int) -> BaseResponse:
    """End an organisation, after a page that says what stays."""
    organisation = queries.get(id)
    demand(policy.may_close, actor(), organisation)
    form = Form()
    if form.validate_on_submit():
        service.close_organisation(actor(), organisation)
        flash(_("The organisation is closed."), "success")
        return go_to(url_of_organisation(organisation))
    count = queries.member_count(organisation)
    return page("organisations/close.html", organisation=organisation, form=form, count=count)
