"""The pages that the law asks for, their editing, and the way to report a barrier."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.config import Config
from civic.core import html
from civic.core.language import LANGUAGES, current_language
from civic.core.limits import Limit, hit
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.redirects import safe_next
from civic.core.urls import url_for
from civic.pages import policy, queries, service
from civic.pages.forms import FeedbackForm, TextForm
from civic.pages.models import PageName

bp = Blueprint("pages", __name__)

PAGES = f"<any({', '.join(PageName)}):name>"
HOUR = 3600


@bp.url_defaults
def _german(endpoint: str, values: dict[str, Any]) -> None:
    """Code says `page`, the address says `seite`."""
    if endpoint == "pages.feedback" and "page" in values:
        values["seite"] = values.pop("page")


@bp.get(f"/{PAGES}")
def show(name: str) -> Response:
    kind = PageName(name)
    text = queries.shown(kind, current_language())
    return page("pages/show.html", kind=kind, text=text)


@bp.route(f"/{PAGES}/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(name: str) -> Response | BaseResponse:
    demand(policy.may_edit, actor())
    kind, language = PageName(name), _chosen_language()
    own = queries.own(kind, language)
    form = TextForm(obj=own or queries.shipped(kind, language))
    if form.validate_on_submit():
        with form.rules():
            is_own = service.set_text(actor(), kind, language, form.body.data or "")
            said = _("The text is saved.") if is_own else _("The shipped text is shown again.")
            flash(said, "success")
            return go_to(url_for(".show", name=name))
    return _editor(kind, language, form, is_own=own is not None, status=form.status)


@bp.post(f"/{PAGES}/bearbeiten/vorschau")
@login_required
def preview(name: str) -> Response:
    """The text as others will see it; nothing is saved."""
    demand(policy.may_edit, actor())
    form = TextForm()
    shown = html.render(form.body.data or "")
    return _editor(PageName(name), _chosen_language(), form, is_own=True, preview=shown)


def _editor(
    kind: PageName,
    language: str,
    form: TextForm,
    *,
    is_own: bool,
    status: int = 200,
    **more: Any,
) -> Response:
    return page(
        "pages/edit.html",
        fragment="body_preview",
        status=status,
        kind=kind,
        language=language,
        languages=LANGUAGES,
        form=form,
        is_own=is_own,
        **more,
    )


def _chosen_language() -> str:
    asked = request.args.get("sprache", "")
    return asked if asked in LANGUAGES else current_language()


@bp.route("/barrierefreiheit/melden", methods=["GET", "POST"])
def feedback() -> Response | BaseResponse:
    form = FeedbackForm(page=request.args.get("seite", ""))
    where = safe_next(form.page.data, "/")
    if form.validate_on_submit():
        hit(f"feedback:{request.remote_addr}", [Limit(5, HOUR)])
        config: Config = current_app.extensions["civic_config"]
        with form.rules():
            service.report_barrier(
                actor(),
                page=where,
                body=form.body.data,
                email=form.email.data or "",
                contact=config.contact_email,
            )
            return go_to(url_for(".thanks", seite=where))
    return page("pages/feedback.html", status=form.status, form=form, where=where)


@bp.get("/barrierefreiheit/melden/danke")
def thanks() -> Response:
    return page("pages/thanks.html", where=safe_next(request.args.get("seite"), "/"))
