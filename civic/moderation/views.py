"""The pages on which moderators decide, and the one on which authors read what was decided."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.contributions import queries as contributions
from civic.contributions.address import url_of
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.moderation import policy, queries, service
from civic.moderation.forms import SUGGESTIONS, HideForm, ReasonForm, suggested

bp = Blueprint("moderation", __name__, url_prefix="/beitraege/<int:id>")


def _thing(id: int) -> Contribution:
    """The thing, for those who may decide on it."""
    thing = contributions.get(actor(), id)
    demand(policy.may_moderate, actor(), thing)
    return thing


@bp.route("/ausblenden", methods=["GET", "POST"])
@login_required
def hide(id: int) -> BaseResponse:
    thing = _thing(id)
    form = HideForm(data={"reason": suggested(request.args.get("grund", "")), "kind": "hide"})
    form.offer()
    if form.validate_on_submit():
        act = service.block if form.kind.data == "block" else service.hide
        with form.rules():
            act(actor(), thing, reason=form.reason.data)
            flash(_("It is out of sight now. The author gets your reason by mail."), "success")
            return go_to(url_of(thing))
    return page(
        "moderation/hide.html", about=thing, form=form, suggestions=SUGGESTIONS, status=form.status
    )


@bp.route("/einblenden", methods=["GET", "POST"])
@login_required
def restore(id: int) -> BaseResponse:
    thing = _thing(id)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.rules():
            service.restore(actor(), thing, reason=form.reason.data)
            flash(_("Everybody can see it again."), "success")
            return go_to(url_of(thing))
    return page("moderation/restore.html", about=thing, form=form, status=form.status)


@bp.get("/moderation")
@login_required
def history(id: int) -> Response:
    """What was decided on a thing, for its author and those who decide."""
    thing = contributions.get(actor(), id)
    if not policy.may_read_decisions(actor(), thing):
        raise Missing
    decisions = db.session.scalars(queries.decisions(thing)).all()
    return page("moderation/history.html", about=thing, decisions=decisions)
