"""Who is in a team: seeing it, coming, going, and who leads."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core.errors import Missing
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.organisations import queries as organisations
from civic.organisations.models import Organisation
from civic.projects import policy, service
from civic.projects.address import url_of_project
from civic.projects.forms.team import AskForm, JoinForm, LeaveForm, RemoveForm
from civic.projects.models import Project, TeamMember, TeamRole
from civic.projects.queries import projects, team
from civic.projects.views.room import bp


@bp.get("/<int:id>/team")
def members(id: int) -> Response:
    """Who is in the team, and for whom; how to join it."""
    project = projects.get(actor(), id)
    leads = policy.may_lead(actor(), project)
    return page(
        "projects/team.html",
        project=project,
        my_request=team.my_request(actor(), project),
        openings=team.number_of_openings(project),
        waiting=team.number_waiting(project) if leads else 0,
    )


def my_organisations() -> Sequence[Organisation]:
    """The organisations for which the person may stand in a team."""
    held = organisations.memberships(actor())
    return [one.organisation for one in held if not one.organisation.is_closed]


@bp.route("/<int:id>/beitreten", methods=["GET", "POST"])
@login_required
def join(id: int) -> BaseResponse:
    """Walk into an open team; ask those who lead another."""
    project = projects.get(actor(), id)
    if policy.may_join(actor(), project):
        return joining(project)
    demand(policy.may_ask, actor(), project)
    return asking(project)


def joining(project: Project) -> BaseResponse:
    """Into an open team."""
    form = JoinForm()
    form.organisation.offer(my_organisations())
    if form.validate_on_submit():
        with form.rules():
            named = form.organisation.organisation
            service.join_team(actor(), project, task=form.task.data or "", organisation=named)
            flash(_("You are in the team now. Welcome!"), "success")
            return go_to(url_for("projects.members", id=project.id))
    return page("projects/join.html", form=form, project=project, status=form.status)


def asking(project: Project) -> BaseResponse:
    """With a message to those who lead."""
    form = AskForm()
    form.organisation.offer(my_organisations())
    if form.validate_on_submit():
        with form.rules():
            named = form.organisation.organisation
            words = form.message.data or ""
            service.ask_to_join(actor(), project, message=words, organisation=named)
            flash(_("Your message is on its way. You hear of the answer."), "success")
            return go_to(url_for("projects.members", id=project.id))
    return page(
        "projects/ask.html",
        form=form,
        project=project,
        opening=None,
        my_request=team.my_request(actor(), project),
        status=form.status,
    )


@bp.route("/<int:id>/team/ich", methods=["GET", "POST"])
@login_required
def myself(id: int) -> BaseResponse:
    """What one does in the team, and for whom one is there."""
    project = projects.get(actor(), id)
    own = place_of(project, actor().id)
    demand(policy.may_work, actor(), project)
    form = JoinForm(data={"task": own.task, "organisation": str(own.organisation_id or "")})
    form.organisation.offer(my_organisations())
    if form.validate_on_submit():
        with form.rules():
            named = form.organisation.organisation
            service.describe_self(actor(), project, task=form.task.data or "", organisation=named)
            flash(_("Your changes are saved."), "success")
            return go_to(url_for("projects.members", id=project.id))
    return page("projects/myself.html", form=form, project=project, status=form.status)


@bp.route("/<int:id>/verlassen", methods=["GET", "POST"])
@login_required
def leave(id: int) -> BaseResponse:
    """Go; whoever leads alone says who leads from now on."""
    project = projects.get(actor(), id)
    demand(policy.may_leave, actor(), project)
    form = LeaveForm()
    form.offer(heirs_of(project))
    if form.validate_on_submit():
        with form.rules():
            service.leave_team(actor(), project, heir_id=form.heir.data)
            flash(_("You are no longer in this team. Thank you for your work."), "info")
            return go_to(after_leaving(project))
    return page(
        "projects/leave.html",
        form=form,
        project=project,
        leads_alone=policy.leads_alone(project, actor().id),
        status=form.status,
    )


def heirs_of(project: Project) -> Sequence[object]:
    """Who could lead in the place of the one who goes."""
    return [m.user for m in project.team if m.role is TeamRole.MEMBER and m.user.is_confirmed]


def after_leaving(project: Project) -> str:
    """The project, where one may still see it."""
    return url_of_project(project) if project.is_visible else url_for("projects.index")


@bp.post("/<int:id>/team/abgeben")
@login_required
def step_down(id: int) -> BaseResponse:
    """Lead no more, and stay."""
    project = projects.get(actor(), id)
    service.step_down(actor(), project)
    flash(_("You are a member of the team now and no longer lead it."), "info")
    return go_to(url_for("projects.members", id=project.id))


@bp.route("/<int:id>/team/<int:user_id>/leitung", methods=["GET", "POST"])
@login_required
def give_lead(id: int, user_id: int) -> BaseResponse:
    """Let a member lead, too; asked first, for nobody can take it back."""
    project = projects.get(actor(), id)
    person = place_of(project, user_id)
    demand(policy.may_change_member, actor(), person)
    if request.method == "POST":
        service.give_lead(actor(), project, user_id)
        flash(_("%(name)s leads the project as well now.", name=person.user.name), "success")
        return go_to(url_for("projects.members", id=project.id))
    return page("projects/give_lead.html", project=project, place=person)


@bp.route("/<int:id>/team/<int:user_id>/entfernen", methods=["GET", "POST"])
@login_required
def remove_member(id: int, user_id: int) -> BaseResponse:
    """Take somebody out of the team, with a reason."""
    project = projects.get(actor(), id)
    person = place_of(project, user_id)
    demand(policy.may_change_member, actor(), person)
    form = RemoveForm()
    name = person.user.name
    if form.validate_on_submit():
        with form.rules():
            service.remove_member(actor(), project, user_id, reason=form.reason.data or "")
            flash(_("%(name)s is no longer in the team.", name=name), "info")
            return go_to(url_for("projects.members", id=project.id))
    return page(
        "projects/remove_member.html", form=form, project=project, name=name, status=form.status
    )


def place_of(project: Project, user_id: int) -> TeamMember:
    """One person's place in the team; `Missing` for everybody else."""
    found = next((member for member in project.team if member.user_id == user_id), None)
    if found is None:
        raise Missing
    return found
