"""The button at a thing and the watch list of an account."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.contributions import queries as contributions
from civic.contributions.address import listed_kinds, url_of
from civic.contributions.models import Contribution
from civic.core import paging
from civic.core.page import go_to, page, wants_fragment
from civic.core.redirects import safe_next
from civic.follows import queries, service

PAGE_SIZE = 20

bp = Blueprint("follows", __name__)


@bp.get("/konto/merkliste")
@login_required
def index() -> Response:
    cards = queries.watch_list(actor(), listed_kinds())
    window = paging.window(cards, queries.LATEST, request.args.get("nach", ""), PAGE_SIZE)
    return page(
        "follows/index.html", fragment="watch_list", window=window, count=paging.count(cards)
    )


@bp.post("/beitraege/<int:id>/folgen")
@login_required
def follow(id: int) -> BaseResponse:
    thing = contributions.get(actor(), id)
    service.follow(actor(), thing)
    return _answer(thing)


@bp.post("/beitraege/<int:id>/entfolgen")
@login_required
def unfollow(id: int) -> BaseResponse:
    thing = contributions.get(actor(), id)
    service.unfollow(actor(), thing)
    if not wants_fragment():
        flash(_("You hear no more of “%(title)s”.", title=thing.title), "success")
    return _answer(thing)


def _answer(thing: Contribution) -> BaseResponse:
    if wants_fragment():
        return _button(thing)
    address = url_of(thing)
    button = address if "#" in address else f"{address}#follow_button"
    return go_to(safe_next(request.form.get("next"), button))


def _button(thing: Contribution) -> Response:
    is_followed = thing.id in queries.followed(actor(), [thing.id])
    return page(
        "follows/button.html", fragment="follow_button", about=thing, is_followed=is_followed
    )
