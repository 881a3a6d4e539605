"""Pages of municipalities: the list, one of them, its settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.config import Config
from civic.contributions import queries as contributions
from civic.contributions.address import listed_kinds
from civic.core import html, paging
from civic.core.db import db
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.municipalities import queries
from civic.municipalities.models import Municipality
from civic.places import policy, service
from civic.places.forms import SettingsForm

# Others link to `municipalities.show`: the pages bear the name of what they show.
bp = Blueprint("municipalities", __name__, url_prefix="/kommunen")

PAGE_SIZE = 30
LIVING_SIZE = 10
#: More of those below than this are found through the list.
MOST_BELOW = 60


@bp.get("")
def index() -> Response:
    text = " ".join(request.args.get("q", "").split())[:100]
    found = queries.listing(text)
    cursor = request.args.get("nach", "")
    return page(
        "places/index.html",
        fragment="municipality_list",
        text=text,
        count=paging.count(found),
        window=paging.window(found, queries.BY_NAME, cursor, PAGE_SIZE, scalars=True),
        contact=_contact(),
    )


@bp.get("/vorschlaege")
def suggestions() -> Response:
    """Municipalities for what somebody is typing; the field sends it under a name of its own."""
    text = next(iter(request.args.values()), "")[:100]
    return page("places/suggestions.html", fragment="place_options", towns=queries.near(text))


@bp.get("/<slug>")
def show(slug: str) -> Response:
    town = queries.by_slug(slug)
    living = contributions.living_in(town, listed_kinds())
    cursor = request.args.get("nach", "")
    return page(
        "places/show.html",
        fragment="living",
        town=town,
        above=db.session.scalars(queries.above(town)).all(),
        below=db.session.scalars(queries.below(town).limit(MOST_BELOW)).all(),
        count=paging.count(living),
        window=paging.window(living, contributions.NEWEST, cursor, LIVING_SIZE),
        contact=_contact(),
    )


@bp.route("/<slug>/einstellungen", methods=["GET", "POST"])
@login_required
def settings(slug: str) -> Response | BaseResponse:
    town = queries.by_slug(slug)
    demand(policy.may_edit, actor(), town)
    form = _settings_form(town)
    if form.validate_on_submit():
        with form.rules():
            service.edit_settings(actor(), town, **_values(form))
            flash(_("The settings are saved."), "success")
            return go_to(url_for(".show", slug=town.slug))
    return page("places/settings.html", status=form.status, form=form, town=town)


@bp.post("/<slug>/einstellungen/vorschau")
@login_required
def preview(slug: str) -> Response:
    """The welcome text as others will see it; nothing is saved."""
    town = queries.by_slug(slug)
    demand(policy.may_edit, actor(), town)
    form = _settings_form(town)
    return page(
        "places/settings.html",
        fragment="welcome_preview",
        form=form,
        town=town,
        preview=html.render(form.welcome.data or ""),
    )


def _settings_form(town: Municipality) -> SettingsForm:
    form = SettingsForm(obj=town)
    if not actor().is_admin():
        del form.is_active
    return form


def _values(form: SettingsForm) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


def _contact() -> str:
    config: Config = current_app.extensions["civic_config"]
    return config.contact_email
