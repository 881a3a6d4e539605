"""The milestones of a project: for everybody to read, for the team to set and settle."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import clock, paging
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.projects import policy, service
from civic.projects.forms.work import MilestoneForm, SettleForm
from civic.projects.models import Milestone, MilestoneState, Project
from civic.projects.queries import plan, projects, work
from civic.projects.queries.progress import line_of
from civic.projects.views.room import bp

PAGE_SIZE = 20


@bp.get("/<int:id>/meilensteine")
def milestones(id: int) -> Response:
    """All milestones of a project, drawn and listed."""
    project = projects.get(actor(), id)
    cursor = request.args.get("nach", "")
    return page(
        "projects/milestones.html",
        fragment="milestone_list",
        project=project,
        line=line_of(project, plan.milestones_of(project), clock.today()),
        pace=work.pace(project),
        window=paging.window(plan.milestone_list(project), plan.MILESTONES, cursor, PAGE_SIZE),
    )


@bp.route("/<int:id>/meilensteine/neu", methods=["GET", "POST"])
@login_required
def new_milestone(id: int) -> BaseResponse:
    """Set a milestone."""
    project = projects.get(actor(), id)
    demand(policy.may_work, actor(), project)
    form = MilestoneForm()
    if form.validate_on_submit():
        with form.rules():
            milestone = service.add_milestone(
                actor(), project, title=form.title.data or "", due_on=form.due_on.data
            )
            flash(_("The milestone is set."), "success")
            return go_to(_place_of(milestone))
    return page(
        "projects/milestone.html", form=form, project=project, milestone=None, status=form.status
    )


@bp.route("/meilensteine/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit_milestone(id: int) -> BaseResponse:
    """Other words, another day."""
    milestone = _asked(id)
    form = MilestoneForm(data={"title": milestone.title, "due_on": milestone.due_on})
    if form.validate_on_submit():
        with form.rules():
            service.edit_milestone(
                actor(), milestone, title=form.title.data or "", due_on=form.due_on.data
            )
            flash(_("Your changes are saved."), "success")
            return go_to(_place_of(milestone))
    return page(
        "projects/milestone.html",
        form=form,
        project=milestone.project,
        milestone=milestone,
        status=form.status,
    )


@bp.route("/meilensteine/<int:id>/abschliessen", methods=["GET", "POST"])
@login_required
def settle_milestone(id: int) -> BaseResponse:
    """Reached or dropped, with what came of it; also to set these words right."""
    milestone = _asked(id)
    form = SettleForm(data=_data_of(milestone))
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            service.settle_milestone(actor(), milestone, **form.words)
            flash(_("Thank you. Everybody can now read what came of it."), "success")
            return go_to(_place_of(milestone))
    return page(
        "projects/settle_milestone.html",
        form=form,
        project=milestone.project,
        milestone=milestone,
        status=form.status,
    )


def _data_of(milestone: Milestone) -> dict[str, object]:
    if milestone.state is MilestoneState.PLANNED:
        return {"state": MilestoneState.REACHED.value, "settled_on": clock.today()}
    return {
        "state": milestone.state.value,
        "settled_on": milestone.settled_on,
        "result": milestone.result,
    }


@bp.route("/meilensteine/<int:id>/oeffnen", methods=["GET", "POST"])
@login_required
def reopen_milestone(id: int) -> BaseResponse:
    """It is ahead again; asked first, for the words about it go."""
    milestone = _asked(id)
    if request.method == "POST":
        service.reopen_milestone(actor(), milestone)
        flash(_("The milestone is open again."), "info")
        return go_to(_place_of(milestone))
    return page("projects/reopen_milestone.html", milestone=milestone, project=milestone.project)


@bp.route("/meilensteine/<int:id>/entfernen", methods=["GET", "POST"])
@login_required
def remove_milestone(id: int) -> BaseResponse:
    """Take it out of the plan; asked first."""
    milestone = _asked(id)
    if request.method == "POST":
        back = url_for("projects.milestones", id=milestone.project_id)
        service.remove_milestone(actor(), milestone)
        flash(_("The milestone is removed."), "info")
        return go_to(back)
    return page("projects/remove_milestone.html", milestone=milestone, project=milestone.project)


def _asked(id: int) -> Milestone:
    """The milestone, for those who may change it."""
    milestone = plan.milestone(actor(), id)
    demand(policy.may_work, actor(), milestone.project)
    return milestone


def _place_of(milestone: Milestone) -> str:
    project: Project = milestone.project
    return url_for("projects.milestones", id=project.id) + f"#milestone_{milestone.id}"
