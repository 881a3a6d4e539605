"""Curating topics: the platform's list and those of single municipalities."""

from __future__ import annotations

from flask import Blueprint, Response, flash
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core.db import db
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.municipalities.models import Municipality
from civic.municipalities.queries import by_slug
from civic.topics import policy, queries, service
from civic.topics.forms import TopicForm
from civic.topics.models import Topic

bp = Blueprint("topics", __name__)


@bp.route("/verwaltung/themen", methods=["GET", "POST"])
@login_required
def index() -> Response | BaseResponse:
    """The topics of all municipalities."""
    return _curate(None)


@bp.route("/verwaltung/themen/<int:id>", methods=["GET", "POST"])
@login_required
def edit(id: int) -> Response | BaseResponse:
    return _rename(id, None)


@bp.route("/kommunen/<slug>/themen", methods=["GET", "POST"])
@login_required
def local(slug: str) -> Response | BaseResponse:
    """The topics that one municipality adds to them."""
    return _curate(by_slug(slug))


@bp.route("/kommunen/<slug>/themen/<int:id>", methods=["GET", "POST"])
@login_required
def edit_local(slug: str, id: int) -> Response | BaseResponse:
    return _rename(id, by_slug(slug))


def _curate(town: Municipality | None) -> Response | BaseResponse:
    demand(policy.may_curate, actor(), town)
    form = TopicForm()
    if form.validate_on_submit():
        with form.rules():
            service.create_topic(actor(), town, **_names(form))
            flash(_("The topic is on the list."), "success")
            return go_to(_list_url(town))
    topics = db.session.execute(queries.kept_by(town)).all()
    shared = [] if town is None else db.session.execute(queries.kept_by(None)).all()
    return page(
        "topics/index.html",
        status=form.status,
        form=form,
        town=town,
        topics=topics,
        shared=shared,
        edit_url=lambda topic: _edit_url(topic, town),
    )


def _rename(id: int, town: Municipality | None) -> Response | BaseResponse:
    demand(policy.may_curate, actor(), town)
    topic = queries.get(id, town)
    form = TopicForm(obj=topic)
    if form.validate_on_submit():
        with form.rules():
            service.rename_topic(actor(), topic, **_names(form))
            flash(_("The topic has its new name."), "success")
            return go_to(_list_url(town))
    return page(
        "topics/edit.html",
        status=form.status,
        form=form,
        topic=topic,
        town=town,
        list_url=_list_url(town),
        edit_url=_edit_url(topic, town),
    )


def _names(form: TopicForm) -> dict[str, str]:
    return {"name_de": form.name_de.data, "name_en": form.name_en.data or ""}


def _list_url(town: Municipality | None) -> str:
    return url_for(".local", slug=town.slug) if town else url_for(".index")


def _edit_url(topic: Topic, town: Municipality | None) -> str:
    if town:
        return url_for(".edit_local", slug=town.slug, id=topic.id)
    return url_for(".edit", id=topic.id)
