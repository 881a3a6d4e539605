"""The logo of an organisation: shown, changed, removed."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import pictures
from civic.core.db import release
from civic.core.errors import Missing
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.security import takes_files
from civic.core.storage import store
from civic.core.urls import url_for
from civic.organisations import policy, queries, service
from civic.organisations.address import LOGO_MARK, file_of, url_of_organisation
from civic.organisations.forms import LogoForm
from civic.organisations.views.blueprint import bp

#: The address changes with the picture, so a browser may keep it for good.
FOR_GOOD = "public, max-age=31536000, immutable"
#: An address without the mark of this very picture shows another one soon.
FOR_A_MINUTE = "public, max-age=60"


@bp.get("/organisationen/<int:id>/logo")
def logo(id: int) -> Response:
    """The picture itself, `?groesse=gross` in the larger of two sizes."""
    key = queries.get(id).logo_key
    if key is None:
        raise Missing
    is_large = request.args.get("groesse") == "gross"
    release()
    with store().open(file_of(key, large=is_large)) as file:
        response = Response(file.read(), content_type=pictures.MEDIA_TYPE)
    is_marked = request.args.get("v") == key[-LOGO_MARK:]
    response.headers["Cache-Control"] = FOR_GOOD if is_marked else FOR_A_MINUTE
    return response


@bp.route("/organisationen/<int:id>/logo/bearbeiten", methods=["GET", "POST"])
@takes_files
@login_required
def change_logo(id: int) -> BaseResponse:
    """Send a picture."""
    organisation = queries.get(id)
    demand(policy.may_edit, actor(), organisation)
    form = LogoForm()
    if form.validate_on_submit():
        with form.rules():
            sent = request.files.get("logo")
            service.set_logo(actor(), organisation, sent.read() if sent else b"")
            flash(_("The logo is saved."), "success")
            return go_to(url_of_organisation(organisation))
    return page("organisations/logo.html", form=form, organisation=organisation, status=form.status)


@bp.post("/organisationen/<int:id>/logo/entfernen")
@login_required
def remove_logo(id: int) -> BaseResponse:
    """Show initials again; another picture can be sent at any time."""
    organisation = queries.get(id)
    service.remove_logo(actor(), organisation)
    flash(_("The logo is removed."), "success")
    return go_to(url_for(".change_logo", id=id))
