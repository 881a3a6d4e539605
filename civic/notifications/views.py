"""The list of notices, the choices, saved searches, the link in mails, and the delivery log."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.contributions import queries as contributions
from civic.contributions.models import Contribution
from civic.core import paging
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.outbox import mail_states
from civic.core.page import go_to, page, wants_fragment
from civic.core.policy import demand
from civic.core.security import csrf
from civic.core.urls import url_for
from civic.follows import queries as follows
from civic.notifications import policy, service
from civic.notifications.address import place_of_act, read_token
from civic.notifications.forms import PreferencesForm
from civic.notifications.models import Category
from civic.notifications.queries import lists

PAGE_SIZE = 10
LOG_SIZE = 50

bp = Blueprint("notifications", __name__)


@bp.get("/konto/mitteilungen")
@login_required
def index() -> Response:
    """What a person was told, put together by thing."""
    statement, order = lists.groups(actor())
    window = paging.window(statement, order, request.args.get("nach", ""), PAGE_SIZE)
    ids = [group.id for group in window.items]
    return page(
        "notifications/index.html",
        fragment="notice_list",
        window=window,
        lines=lists.lines(actor(), ids),
        followed=follows.followed(actor(), ids),
    )


@bp.get("/konto/mitteilungen/beitraege/<int:id>")
@login_required
def thing(id: int) -> Response:
    """All that a person was told about one thing."""
    found = lists.lines(actor(), [id], lists.MOST_LINES).get(id)
    if not found:
        raise Missing
    return page("notifications/thing.html", lines=found, most=lists.MOST_LINES)


@bp.post("/konto/mitteilungen/<int:id>/oeffnen")
@login_required
def open_notice(id: int) -> BaseResponse:
    """Go to what a notice tells of; with that, what was told about the thing counts as read."""
    notice = lists.get(actor(), id)
    service.mark_read(actor(), notice.contribution_id)
    return go_to(place_of_act(notice.activity))


@bp.post("/konto/mitteilungen/<int:id>/gelesen")
@login_required
def read_one(id: int) -> BaseResponse:
    """Mark what was told about a thing as read, and stay on the list."""
    service.mark_read(actor(), lists.get(actor(), id).contribution_id)
    return _list_again()


@bp.post("/konto/mitteilungen/gelesen")
@login_required
def read_all() -> BaseResponse:
    service.mark_read(actor())
    return _list_again()


def _list_again() -> BaseResponse:
    place = request.args.get("nach") or None
    return index() if wants_fragment() else go_to(url_for("notifications.index", nach=place))


@bp.route("/konto/mitteilungen/einstellungen", methods=["GET", "POST"])
@login_required
def settings() -> BaseResponse:
    form = PreferencesForm.of(lists.preferences(actor()))
    if form.validate_on_submit():
        with form.rules():
            service.set_preferences(actor(), form.chosen)
            flash(_("Saved. It holds from now on."), "success")
            return go_to(url_for("notifications.settings"))
    return page("notifications/settings.html", form=form, status=form.status)


@bp.get("/konto/suchen")
@login_required
def searches() -> Response:
    """The filters of lists that a person keeps."""
    kept = db.session.scalars(lists.subscriptions(actor())).all()
    return page("notifications/searches.html", fragment="search_list", kept=kept)


@bp.post("/konto/suchen")
@login_required
def subscribe() -> BaseResponse:
    """Keep the filter of a list: its page sends `endpoint` and the filters of its address."""
    params = request.form.to_dict(flat=False)
    service.subscribe(actor(), request.form.get("endpoint", ""), params)
    flash(_("The search is saved. When something new fits, you hear of it."), "success")
    return go_to(url_for("notifications.searches"))


@bp.post("/konto/suchen/<int:id>/entfernen")
@login_required
def remove_search(id: int) -> BaseResponse:
    if service.unsubscribe(actor(), id):
        flash(_("The search is removed. You hear no more of it."), "success")
    return go_to(url_for("notifications.searches"))


@bp.get("/mitteilungen/abbestellen/<token>")
def ask_to_end(token: str) -> Response:
    """The page behind the link of a mail: a button, for looking at a link changes nothing."""
    person, category = _named_in(token)
    return page("notifications/end.html", token=token, category=category, is_own=_is(person))


@bp.post("/mitteilungen/abbestellen/<token>")
@csrf.exempt  # RFC 8058: a mail program has neither session nor token
def end(token: str) -> Response:
    """End such mails, for whoever has the link; mail programs post here without a page."""
    person, category = _named_in(token)
    ended = None if request.form.get("scope") == "all" else category
    service.end_mails(actor(), person, ended)
    return page("notifications/ended.html", category=ended)


def _named_in(token: str) -> tuple[int, Category | None]:
    named = read_token(token)
    if named is None:
        raise Missing
    return named


def _is(person: int) -> bool:
    return actor().is_authenticated and actor().id == person


@bp.get("/beitraege/<int:id>/mitteilungen")
@login_required
def log(id: int) -> Response:
    """Who was told of what, and what became of the mails; for the administration of the place."""
    about = _logged_thing(id)
    statement = lists.log(about)
    window = paging.window(statement, lists.LATEST, request.args.get("nach", ""), LOG_SIZE)
    return page(
        "notifications/log.html",
        fragment="delivery_log",
        about=about,
        window=window,
        count=paging.count(statement),
        deliveries=mail_states([row.mail_id for row in window.items if row.mail_id]),
        named=policy.NAMED,
    )


def _logged_thing(id: int) -> Contribution:
    about = contributions.get(actor(), id)
    demand(policy.may_read_log, actor(), about)
    return about
