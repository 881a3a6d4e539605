"""Pages and pieces of a thread: reading, saying, answering, changing, taking back."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.comments import policy, queries, service
from civic.comments.address import place_of
from civic.comments.forms import CommentForm
from civic.comments.models import Comment
from civic.contributions import queries as contributions
from civic.contributions.models import Contribution
from civic.core.errors import Missing
from civic.core.page import go_to, page, wants_fragment
from civic.core.policy import demand
from civic.organisations.current import voices

bp = Blueprint("comments", __name__)


@bp.get("/beitraege/<int:id>/kommentare")
def index(id: int) -> Response:
    """What is said about a thing, without the thing."""
    return _thread(_thing(id), CommentForm(formdata=None))


@bp.post("/beitraege/<int:id>/kommentare")
@login_required
def add(id: int) -> BaseResponse:
    """Say something: back to it on the thing's page, or the thread with it on top."""
    about = _thing(id)
    demand(policy.may_write, actor(), about)
    form = comment_form("comment")
    if form.validate_on_submit():
        with form.rules():
            named = form.organisation.organisation
            comment = service.add_comment(actor(), about, body=form.body.data, organisation=named)
            flash(_("Your comment is published."), "success")
            if not wants_fragment():
                return go_to(place_of(comment))
            return _thread(about, CommentForm(formdata=None), fresh=comment.id)
    return _thread(about, form)


@bp.get("/kommentare/<int:id>")
def show(id: int) -> Response:
    """One comment with its replies; for a reply its parent with the replies from there on."""
    comment = queries.get(actor(), id)
    voice = queries.conversation(comment, cursor=request.args.get("nach", ""))
    return page(
        "comments/show.html",
        fragment="comment_replies",
        about=comment.about,
        comment=comment,
        voice=voice,
        fresh=0,
    )


@bp.route("/kommentare/<int:id>/antworten", methods=["GET", "POST"])
@login_required
def reply(id: int) -> BaseResponse:
    """Answer a comment: a page of its own, or a form that opens below the comment."""
    comment = queries.get(actor(), id)
    demand(policy.may_write, actor(), comment.about)
    form = comment_form(f"comment_reply_{id}")
    if form.validate_on_submit():
        with form.rules():
            return _answered(comment, form)
    elif request.method == "GET":
        demand(policy.may_reply, actor(), comment)
    return page(
        "comments/reply.html",
        fragment="comment_reply",
        status=form.status,
        comment=comment,
        about=comment.about,
        form=form,
        is_open="schliessen" not in request.args or not wants_fragment(),
    )


@bp.route("/kommentare/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """Change one's words while the time for it runs."""
    comment = queries.get(actor(), id)
    demand(policy.may_remove, actor(), comment)
    form = CommentForm(data={"body": comment.body})
    del form.organisation
    if form.validate_on_submit():
        with form.rules():
            service.edit_comment(actor(), comment, body=form.body.data)
            flash(_("Your changes are saved."), "success")
            return go_to(place_of(comment))
    elif request.method == "GET":
        demand(policy.may_edit, actor(), comment)
    until = queries.editable_until(comment)
    return page("comments/edit.html", status=form.status, comment=comment, form=form, until=until)


@bp.route("/kommentare/<int:id>/entfernen", methods=["GET", "POST"])
@login_required
def remove(id: int) -> BaseResponse:
    """Take one's words back, after a page that says what happens then."""
    comment = queries.get(actor(), id)
    if request.method == "POST":
        service.remove_comment(actor(), comment)
        flash(_("Your comment was removed."), "success")
        return go_to(place_of(comment))
    demand(policy.may_remove, actor(), comment)
    return page("comments/remove.html", comment=comment, back_url=place_of(comment))


def comment_form(place: str) -> CommentForm:
    """What somebody sent, with the names in which they may say it."""
    form = CommentForm(place=place)
    form.organisation.offer(voices())
    return form


def _thing(id: int) -> Contribution:
    """What a thread can be about: anything that is no comment itself."""
    thing = contributions.get(actor(), id)
    if isinstance(thing, Comment):
        raise Missing
    return thing


def _thread(about: Contribution, form: CommentForm, *, fresh: int = 0) -> Response:
    sort = queries.Sort.NEWEST if fresh else request.args.get("sortierung")
    cursor = "" if fresh else request.args.get("nach", "")
    return page(
        "comments/index.html",
        fragment="comment_thread",
        status=form.status,
        about=about,
        thread=queries.thread(actor(), about, sort=sort, cursor=cursor, fresh=fresh),
        comment_form=form,
    )


def _answered(comment: Comment, form: CommentForm) -> BaseResponse:
    """Publish a reply. For htmx the comment with its replies takes the place of itself, so the
    form below it closes; a browser goes where the reply is read.
    """
    body, named = form.body.data, form.organisation.organisation
    about = comment.about
    answer = service.add_comment(actor(), about, body=body, parent=comment, organisation=named)
    flash(_("Your reply is published."), "success")
    if not wants_fragment():
        return go_to(place_of(answer))
    voice = queries.with_fresh_reply(answer)
    response = page(
        "comments/show.html",
        fragment="comment_item",
        about=answer.about,
        comment=voice.comment,
        voice=voice,
        fresh=answer.id,
    )
    response.headers["HX-Retarget"] = f"#comment_item_{voice.comment.id}"
    return response
