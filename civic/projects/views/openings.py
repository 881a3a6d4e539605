"""What a team looks for: put up, changed, applied for."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import paging
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.projects import policy, service
from civic.projects.forms.team import AskForm, OpeningForm
from civic.projects.models import Opening, OpeningState, Project
from civic.projects.queries import projects, team
from civic.projects.service import Wanted
from civic.projects.views.room import bp
from civic.projects.views.team import my_organisations

#: More than a team looks for at a time, so that a link to one of them leads to this page.
PAGE_SIZE = 30
#: Words of the address for what becomes of an opening.
ENDS = {
    "gefunden": OpeningState.FILLED,
    "schliessen": OpeningState.CLOSED,
    "wieder": OpeningState.OPEN,
}


@bp.get("/<int:id>/gesucht")
def openings(id: int) -> Response:
    """What this team looks for, and what it has looked for."""
    project = projects.get(actor(), id)
    cursor = request.args.get("nach", "")
    return page(
        "projects/openings.html",
        fragment="opening_rows",
        project=project,
        window=paging.window(team.openings_of(project), team.OPEN_FIRST, cursor, PAGE_SIZE),
        my_request=team.my_request(actor(), project),
    )


@bp.route("/<int:id>/gesucht/neu", methods=["GET", "POST"])
@login_required
def new_opening(id: int) -> BaseResponse:
    """Say what the team looks for."""
    project = projects.get(actor(), id)
    demand(policy.may_lead, actor(), project)
    form = OpeningForm()
    if form.validate_on_submit():
        with form.rules():
            service.add_opening(actor(), project, wanted_of(form))
            flash(_("It stands on the page and in the list of everything wanted."), "success")
            return go_to(url_for("projects.openings", id=project.id))
    return page(
        "projects/opening.html", form=form, project=project, opening=None, status=form.status
    )


def wanted_of(form: OpeningForm) -> Wanted:
    """What the form says."""
    return Wanted(
        title=form.title.data or "",
        text=form.text.data or "",
        hours=form.hours.data or "",
        until_on=form.until_on.data,
    )


def asked_for(id: int, opening_id: int) -> tuple[Project, Opening]:
    """The project and one thing that it looks for."""
    project = projects.get(actor(), id)
    return project, team.opening(project, opening_id)


@bp.route("/<int:id>/gesucht/<int:opening_id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit_opening(id: int, opening_id: int) -> BaseResponse:
    """Other words, another day."""
    project, opening = asked_for(id, opening_id)
    demand(policy.may_lead, actor(), project)
    form = OpeningForm(obj=opening)
    if form.validate_on_submit():
        with form.rules():
            service.edit_opening(actor(), opening, wanted_of(form))
            flash(_("Your changes are saved."), "success")
            return go_to(url_for("projects.openings", id=project.id))
    return page(
        "projects/opening.html", form=form, project=project, opening=opening, status=form.status
    )


@bp.post("/<int:id>/gesucht/<int:opening_id>/<any(gefunden, schliessen, wieder):end>")
@login_required
def settle_opening(id: int, opening_id: int, end: str) -> BaseResponse:
    """Found, no longer wanted, or wanted again: each can be taken back by another."""
    project, opening = asked_for(id, opening_id)
    service.settle_opening(actor(), opening, ENDS[end])
    flash(_("Saved: %(title)s", title=opening.title), "success")
    return go_to(url_for("projects.openings", id=project.id) + f"#opening_{opening.id}")


@bp.route("/<int:id>/gesucht/<int:opening_id>/bewerben", methods=["GET", "POST"])
@login_required
def apply(id: int, opening_id: int) -> BaseResponse:
    """Apply, with a message to those who lead."""
    project, opening = asked_for(id, opening_id)
    demand(policy.may_apply, actor(), opening)
    form = AskForm()
    form.organisation.offer(my_organisations())
    if form.validate_on_submit():
        with form.rules():
            send_application(form, project, opening)
            flash(_("Your message is on its way. You hear of the answer."), "success")
            return go_to(url_for("projects.openings", id=project.id))
    return page(
        "projects/ask.html",
        form=form,
        project=project,
        opening=opening,
        my_request=team.my_request(actor(), project),
        status=form.status,
    )


def send_application(form: AskForm, project: Project, opening: Opening) -> None:
    """Raises `RuleBroken`."""
    service.ask_to_join(
        actor(),
        project,
        message=form.message.data or "",
        opening=opening,
        organisation=form.organisation.organisation,
    )
