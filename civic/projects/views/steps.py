"""The steps of a project: approved, started, paused, completed, ended; and its contact."""

from __future__ import annotations

from flask import flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.projects import policy, service
from civic.projects.address import url_of_project
from civic.projects.forms.projects import (
    ApproveForm,
    ContactForm,
    EndForm,
    LessonsForm,
    PauseForm,
    ResumeForm,
)
from civic.projects.models import Project, TeamRole
from civic.projects.queries import projects
from civic.projects.views.room import bp


@bp.route("/<int:id>/genehmigen", methods=["GET", "POST"])
@login_required
def approve(id: int) -> BaseResponse:
    """The administration lets a project into public, or says why not."""
    project = projects.get(actor(), id)
    demand(policy.may_approve, actor(), project)
    form = ApproveForm()
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            words = form.reason.data or ""
            if form.decision.data == "approve":
                service.approve_project(actor(), project, remark=words)
                flash(_("The project is public now. The team hears of it."), "success")
            else:
                service.refuse_project(actor(), project, reason=words)
                flash(_("The team reads your reason and can change the project."), "info")
            return go_to(url_of_project(project))
    return page("projects/approve.html", form=form, project=project, status=form.status)


@bp.post("/<int:id>/vorschlagen")
@login_required
def propose(id: int) -> BaseResponse:
    """Propose it again, after it was changed."""
    project = projects.get(actor(), id)
    service.propose_again(actor(), project)
    flash(_("The administration has a look at it again."), "success")
    return go_to(url_of_project(project))


@bp.post("/<int:id>/starten")
@login_required
def start(id: int) -> BaseResponse:
    """The team stands, the work begins."""
    project = projects.get(actor(), id)
    service.start_project(actor(), project)
    flash(_("The project is under way. Good luck!"), "success")
    return go_to(url_of_project(project))


@bp.route("/<int:id>/pausieren", methods=["GET", "POST"])
@login_required
def pause(id: int) -> BaseResponse:
    """The administration holds a project up."""
    project = projects.get(actor(), id)
    demand(policy.may_pause, actor(), project)
    form = PauseForm()
    if form.validate_on_submit():
        with form.rules():
            service.pause_project(actor(), project, reason=form.reason.data or "")
            flash(_("The project is paused. Everybody can read why."), "info")
            return go_to(url_of_project(project))
    return page("projects/pause.html", form=form, project=project, status=form.status)


@bp.route("/<int:id>/fortsetzen", methods=["GET", "POST"])
@login_required
def resume(id: int) -> BaseResponse:
    """It may go on."""
    project = projects.get(actor(), id)
    demand(policy.may_resume, actor(), project)
    form = ResumeForm()
    if form.validate_on_submit():
        with form.rules():
            service.resume_project(actor(), project, remark=form.remark.data or "")
            flash(_("The project goes on."), "success")
            return go_to(url_of_project(project))
    return page("projects/resume.html", form=form, project=project, status=form.status)


@bp.route("/<int:id>/abschliessen", methods=["GET", "POST"])
@login_required
def complete(id: int) -> BaseResponse:
    """It is done; what came of it."""
    project = projects.get(actor(), id)
    demand(policy.may_complete, actor(), project)
    form = LessonsForm()
    if form.validate_on_submit():
        with form.rules():
            service.complete_project(actor(), project, lessons=form.lessons.data or "")
            flash(_("The project is completed. Thank you for all your work."), "success")
            return go_to(url_of_project(project))
    return page("projects/complete.html", form=form, project=project, status=form.status)


@bp.route("/<int:id>/beenden", methods=["GET", "POST"])
@login_required
def end(id: int) -> BaseResponse:
    """It ends before it is done."""
    project = projects.get(actor(), id)
    demand(policy.may_end, actor(), project)
    form = EndForm()
    is_lead = policy.may_edit(actor(), project)
    if form.validate_on_submit():
        with form.rules():
            service.end_project(actor(), project, words=form.words.data or "")
            flash(_("The project is ended. What was learnt from it stays."), "info")
            return go_to(url_of_project(project))
    return page(
        "projects/end.html", form=form, project=project, is_lead=is_lead, status=form.status
    )


@bp.route("/<int:id>/erkenntnisse", methods=["GET", "POST"])
@login_required
def lessons(id: int) -> BaseResponse:
    """Write down what others can learn, when it is over."""
    project = projects.get(actor(), id)
    demand(policy.may_conclude, actor(), project)
    form = LessonsForm(data={"lessons": project.lessons})
    if form.validate_on_submit():
        with form.rules():
            service.write_lessons(actor(), project, lessons=form.lessons.data or "")
            flash(_("Thank you. Everybody can now learn from it."), "success")
            return go_to(url_of_project(project))
    return page("projects/lessons.html", form=form, project=project, status=form.status)


@bp.route("/<int:id>/kontakt", methods=["GET", "POST"])
@login_required
def contact(id: int) -> BaseResponse:
    """The administration says who speaks for it in the team."""
    project = projects.get(actor(), id)
    demand(policy.may_steer, actor(), project)
    people = {one.id: one for one in projects.staff_for(project.municipality)}
    form = ContactForm(data={"person": contact_of(project)})
    form.offer(list(people.values()), actor().id)
    if form.validate_on_submit():
        with form.rules():
            service.name_contact(actor(), project, people.get(form.person.data))
            flash(_("Saved. The name stands with the team."), "success")
            return go_to(url_of_project(project))
    return page("projects/contact.html", form=form, project=project, status=form.status)


def contact_of(project: Project) -> int | None:
    """Who is the contact now; None until somebody was named (a form then begins with nobody)."""
    if request.method == "POST":
        return None
    return next((m.user_id for m in project.team if m.role is TeamRole.CONTACT), None)
