"""The page of an innovation, registering and editing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, redirect, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.attachments import queries as attachments
from civic.comments.forms import CommentForm
from civic.comments.queries import thread
from civic.core import html
from civic.core.errors import RuleBroken
from civic.core.language import N_, current_language, slugify, translate
from civic.core.numbers import number_in
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.follows import queries as follows
from civic.innovations import policy, queries, service
from civic.innovations.address import url_of_innovation
from civic.innovations.forms.entries import MOST_BODY, EditForm, NewForm
from civic.innovations.models import Innovation, Stage
from civic.innovations.queries import figures
from civic.innovations.views import bp, room
from civic.municipalities import queries as municipalities
from civic.organisations.current import voices
from civic.projects.models import Project
from civic.testbeds import queries as testbeds
from civic.topics import queries as topics
from civic.votes import queries as votes

NOT_THERE = N_(
    "You register for a municipality whose administration you belong to, or in the name of an "
    "organisation for which you speak."
)


@bp.get("/<int:id>")
@bp.get("/<int:id>-<slug>")
def show(id: int, slug: str = "") -> BaseResponse:
    """The page of an innovation; an old or missing slug leads to the present one."""
    innovation = room.get(id)
    if slug != slugify(innovation.title):
        return redirect(url_of_innovation(innovation), 301)
    head = room.head(innovation)
    return page(
        "innovations/show.html",
        **head,
        **people_of(innovation),
        pilots=pilots_of(innovation, head["earlier"]),
        series=figures.series(innovation),
        topics=topics.of_thing(innovation.id),
        thread=thread(
            actor(),
            innovation,
            sort=request.args.get("sortierung", ""),
            cursor=request.args.get("nach", ""),
        ),
        comment_form=CommentForm(formdata=None),
    )


def pilots_of(innovation: Innovation, earlier: Sequence[Any]) -> list[Any]:
    """Where it was tried: as this entry, and before that as the project that it was."""
    things = [innovation, *(card for card in earlier if card.id == innovation.project_id)]
    return [pilot for thing in things for pilot in testbeds.pilots_of(thing)]


def people_of(innovation: Innovation) -> dict[str, Any]:
    """Who stands behind it, and what the viewer has said to it."""
    return {
        "my_vote": votes.my_vote(actor(), innovation),
        "is_followed": bool(follows.followed(actor(), [innovation.id])),
        "follower_count": follows.follower_count(innovation),
    }


@bp.route("/neu", methods=["GET", "POST"])
@login_required
def new() -> BaseResponse:
    """Register an innovation: of a project that one leads, or for administration or association."""
    project = project_asked_for()
    if project is None:
        demand(policy.may_register_somewhere, actor(), voices())
    form = new_form(project)
    if form.validate_on_submit():
        with form.rules():
            innovation = register(form, project)
            flash(_("The innovation is in the register. Add what others need to know."), "success")
            return go_to(url_for("innovations.edit", id=innovation.id))
    return page("innovations/new.html", form=form, project=project, status=form.status)


def project_asked_for() -> Project | None:
    """The project in the address, which the person must lead."""
    asked = number_in(request.args.get("projekt"))
    if not asked:
        return None
    project = queries.project(actor(), asked)
    demand(policy.may_register_from, actor(), project)
    return project


def new_form(project: Project | None) -> NewForm:
    """Begun with the words of the project, or in the municipality where the person works."""
    place = testbeds.workplace(actor()) or municipalities.by_id(actor().home_id)
    form = NewForm(data={"municipality": place} if project is None else begun_with(project))
    form.topics.choices = topics.choices(current_language())
    form.stage.choices = [(stage.value, translate(stage.label)) for stage in service.BEGINNINGS]
    if project is None:
        form.municipality.offer(municipalities)
        form.voice.offer(voices())
    else:
        del form.municipality
        del form.voice
    return form


def begun_with(project: Project) -> dict[str, object]:
    return {
        "title": project.title[:120],
        "body": project.goal,
        "topics": [topic.slug for topic in topics.of_thing(project.id)],
        "stage": Stage.CONCEPT.value,
    }


def register(form: NewForm, project: Project | None) -> Innovation:
    """Call the service with what was written."""
    entry = service.Entry(
        title=form.title.data or "",
        body=form.body.data or "",
        slugs=form.topics.data or [],
        stage=Stage(form.stage.data),
    )
    if project is not None:
        source = service.Source(project=project)
        return service.register_innovation(actor(), project.municipality, entry, source)
    place, organisation = form.municipality.place, form.voice.organisation
    if place is None or not policy.may_register(actor(), place, organisation=organisation):
        raise RuleBroken(NOT_THERE, "municipality")
    return service.register_innovation(
        actor(), place, entry, service.Source(organisation=organisation)
    )


@bp.route("/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """Change the entry."""
    innovation = room.get(id)
    demand(policy.may_edit, actor(), innovation)
    form = edit_form(innovation)
    if form.validate_on_submit():
        with form.rules():
            service.edit_entry(
                actor(), innovation, form.values(), form.topics.data or [], form.seen.data or ""
            )
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_innovation(innovation))
    return page("innovations/edit.html", form=form, innovation=innovation, status=form.status)


def edit_form(innovation: Innovation) -> EditForm:
    form = EditForm(
        obj=innovation,
        data={
            "topics": [topic.slug for topic in topics.of_thing(innovation.id)],
            "seen": queries.state_of(innovation),
        },
    )
    form.offer_licences()
    form.topics.choices = topics.choices(current_language())
    if request.method == "GET":
        form.show_licence(innovation.licence)
    return form


@bp.post("/vorschau")
@login_required
def preview() -> Response:
    """One of the two long texts as it will look."""
    template = "innovations/preview.html"
    if request.args.get("feld") == "lessons":
        text_html = html.render(request.form.get("lessons", "")[:MOST_BODY], top=3)
        return page(template, fragment="lessons_preview", name="lessons", text_html=text_html)
    text_html = html.render(request.form.get("body", "")[:MOST_BODY])
    return page(template, fragment="body_preview", name="body", text_html=text_html)


@bp.get("/<int:id>/unterlagen")
def files(id: int) -> Response:
    """Documents, pictures and data to take along."""
    innovation = room.get(id)
    return page(
        "innovations/files.html",
        **room.head(innovation),
        files=attachments.of_thing(actor(), innovation),
        series=figures.with_values(figures.series(innovation)),
    )
