"""The same two acts, shown as a box beside a thing or as a small mark under a comment."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.contributions import queries as contributions
from civic.contributions.address import url_of
from civic.contributions.models import Contribution
from civic.core.page import go_to, page, wants_fragment
from civic.core.redirects import safe_next
from civic.votes import queries, service

bp = Blueprint("votes", __name__, url_prefix="/beitraege/<int:id>/stimme")


@bp.post("")
@login_required
def cast(id: int) -> BaseResponse:
    thing = contributions.get(actor(), id)
    service.cast_vote(actor(), thing, seen=request.form.get("version", type=int))
    return _answer(thing)


@bp.post("/zurueckziehen")
@login_required
def withdraw(id: int) -> BaseResponse:
    thing = contributions.get(actor(), id)
    service.withdraw_vote(actor(), thing)
    return _answer(thing)


def _answer(thing: Contribution) -> BaseResponse:
    is_mark = "mark" in request.form
    if wants_fragment():
        return _mark(thing) if is_mark else _box(thing)
    page_of_button = safe_next(request.form.get("next"), url_of(thing)).partition("#")[0]
    place = f"vote_mark_{thing.id}" if is_mark else "vote_box"
    return go_to(f"{page_of_button}#{place}")


def _box(thing: Contribution) -> Response:
    vote = queries.my_vote(actor(), thing)
    return page("votes/box.html", fragment="vote_box", about=thing, my_vote=vote)


def _mark(thing: Contribution) -> Response:
    marked = {name for name, ids in queries.marks(actor(), [thing.id]).items() if ids}
    return page("votes/mark.html", fragment="vote_mark", about=thing, marked=marked)
