"""Calendars to subscribe to: one for everybody, and one for each member of a team."""

from __future__ import annotations

from collections.abc import Callable
from pkgutil import resolve_name

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.contributions.address import url_of
from civic.core.language import slugify
from civic.core.letters import absolute
from civic.core.page import go_to, page
from civic.core.urls import url_for
from civic.projects import service
from civic.projects.models import Project
from civic.projects.queries import calendar as calendars
from civic.projects.queries import projects, work
from civic.projects.queries.calendar import Entry
from civic.projects.views.room import bp


@bp.get("/<int:id>/kalender.ics")
def calendar(id: int) -> Response:
    """Time frame and milestones, for whoever may see the project."""
    project = projects.get(actor(), id)
    return _answer(project, calendars.of_project(project))


@bp.get("/kalender/<token>.ics")
def team_calendar(token: str) -> Response:
    """Tasks and milestones of a team, for the member to whom the secret belongs."""
    project = calendars.place_of(token).project
    response = _answer(project, calendars.of_team(project))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer(project: Project, entries: list[Entry]) -> Response:
    # The library is large, and most processes never write a calendar.
    write: Callable[..., bytes] = resolve_name("civic.projects.views.ical:write")
    written = write(project.title, entries, absolute(url_of(project)))
    response = Response(written, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'inline; filename="{slugify(project.title)}.ics"'
    return response


@bp.get("/<int:id>/kalender")
@login_required
def calendar_access(id: int) -> Response:
    """How the calendar of the team comes into one's own, and how that ends."""
    project = work.inside(actor(), id)
    return _access(project, "")


@bp.post("/<int:id>/kalender")
@login_required
def open_calendar(id: int) -> Response:
    """Make a secret address, shown on this page and never again."""
    project = work.inside(actor(), id)
    token = service.open_calendar(actor(), project)
    return _access(project, absolute(url_for("projects.team_calendar", token=token)))


def _access(project: Project, address: str) -> Response:
    return page(
        "projects/calendar.html",
        project=project,
        address=address,
        place=project.member(actor()),
        public_address=absolute(url_for("projects.calendar", id=project.id)),
    )


@bp.route("/<int:id>/kalender/widerrufen", methods=["GET", "POST"])
@login_required
def close_calendar(id: int) -> BaseResponse:
    """End the secret address; asked first, for every calendar that reads it stops."""
    project = work.inside(actor(), id)
    if request.method == "GET":
        return page("projects/end_calendar.html", project=project)
    service.close_calendar(actor(), project)
    flash(_("The address has ended. Calendars that read it get nothing any more."), "info")
    return go_to(url_for("projects.calendar_access", id=project.id))
