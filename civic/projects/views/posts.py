"""News of a project: the list, one of them with what is said about it, and the form."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.attachments import queries as attachments
from civic.comments.forms import CommentForm
from civic.comments.queries import Thread, thread
from civic.core import html, paging
from civic.core.errors import Forbidden
from civic.core.feature import Sign
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.projects import policy, service
from civic.projects.forms.work import INNER, MOST_BODY, PUBLIC, PostForm
from civic.projects.models import ProjectPost
from civic.projects.queries import posts as news
from civic.projects.queries import projects
from civic.projects.views.room import bp

PAGE_SIZE = 10


def url_of_post(post: Any) -> str:
    """The permanent address of news."""
    return url_for("projects.post", id=post.id)


def sign_of_post(post: Any) -> Sign:
    """Whether it stands, and for whom."""
    if post.hidden_at is not None:
        return Sign(str(_("Hidden")), "ended", "eye-off", 2)
    if post.published_at is None:
        return Sign(str(_("For the team only")), "", "lock", 2)
    return Sign(str(_("Published")), "", "comment", 2)


@bp.get("/<int:id>/nachrichten")
def posts(id: int) -> Response:
    """All news of a project; the team finds its inner ones among them."""
    project = projects.get(actor(), id)
    statement, values = news.listing(actor(), project), {"project": project.id}
    cursor = request.args.get("nach", "")
    return page(
        "projects/posts.html",
        fragment="post_list",
        project=project,
        window=paging.window(statement, news.NEWEST, cursor, PAGE_SIZE, params=values),
    )


@bp.get("/nachrichten/<int:id>")
def post(id: int) -> Response:
    """One piece of news with its pictures and what is said about it."""
    found = news.get(actor(), id)
    return page(
        "projects/post.html",
        post=found,
        project=found.project,
        files=attachments.of_thing(actor(), found),
        thread=_talk_about(found),
        comment_form=CommentForm(formdata=None),
    )


def _talk_about(post: ProjectPost) -> Thread | None:
    """The page of comments that the address asks for; inside nobody comments."""
    if post.published_at is None:
        return None
    args = request.args
    return thread(actor(), post, sort=args.get("sortierung", ""), cursor=args.get("nach", ""))


@bp.route("/<int:id>/nachrichten/neu", methods=["GET", "POST"])
@login_required
def new_post(id: int) -> BaseResponse:
    """Write news; pictures are added in the next step."""
    project = projects.get(actor(), id)
    demand(policy.may_work, actor(), project)
    is_inner = "innen" in request.args or not project.is_visible
    form = PostForm(data={"audience": INNER if is_inner else PUBLIC})
    form.offer(may_publish=project.is_visible)
    if form.validate_on_submit():
        with form.rules():
            made = service.add_post(actor(), project, **form.words)
            flash(_("Your news is saved. You can add pictures now."), "success")
            return go_to(url_of_post(made))
    return page(
        "projects/post_form.html", form=form, project=project, post=None, status=form.status
    )


@bp.route("/nachrichten/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit_post(id: int) -> BaseResponse:
    """Other words, or inner news for everybody."""
    found = _asked(id)
    audience = INNER if found.is_inner else PUBLIC
    form = PostForm(data={"title": found.title, "body": found.body, "audience": audience})
    form.offer(may_publish=found.project.is_visible, may_keep_inside=found.is_inner)
    if form.validate_on_submit():
        with form.rules():
            service.edit_post(actor(), found, **form.words)
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_post(found))
    return page(
        "projects/post_form.html",
        form=form,
        project=found.project,
        post=found,
        status=form.status,
    )


@bp.route("/nachrichten/<int:id>/entfernen", methods=["GET", "POST"])
@login_required
def remove_post(id: int) -> BaseResponse:
    """Take news away for good; asked first."""
    found = _asked(id)
    if request.method == "POST":
        back = url_for("projects.posts", id=found.project_id)
        service.remove_post(actor(), found)
        flash(_("The news is removed."), "info")
        return go_to(back)
    return page("projects/remove_post.html", post=found, project=found.project)


@bp.post("/nachrichten/vorschau")
@login_required
def preview_post() -> Response:
    """The text as it will look."""
    body = request.form.get("body", "")[:MOST_BODY]
    return page("projects/post_preview.html", fragment="body_preview", body_html=html.render(body))


def _asked(id: int) -> ProjectPost:
    """The post, for those who may change it."""
    found = news.get(actor(), id)
    demand(policy.may_work, actor(), found.project)
    if found.hidden_at is not None:
        raise Forbidden
    return found
