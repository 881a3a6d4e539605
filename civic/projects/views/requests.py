"""Who asks to join a team and who is invited into it."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor, member
from civic.core import clock, paging
from civic.core.language import current_language
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.redirects import safe_next
from civic.core.urls import url_for
from civic.projects import policy, service
from civic.projects.forms.team import AcceptForm, AnswerForm, InviteForm
from civic.projects.models import Project, TeamInvitation, TeamRole
from civic.projects.queries import projects, team
from civic.projects.views.room import bp
from civic.projects.views.team import my_organisations

PAGE_SIZE = 20


def led(id: int) -> Project:
    """A project, for those who lead it."""
    project = projects.get(actor(), id)
    demand(policy.may_lead, actor(), project)
    return project


# -- who asks --------------------------------------------------------------------------------


@bp.get("/<int:id>/anfragen")
@login_required
def requests(id: int) -> Response:
    """Who waits for an answer, longest first."""
    project = led(id)
    statement = team.requests(project)
    cursor = request.args.get("nach", "")
    return page(
        "projects/requests.html",
        fragment="request_list",
        project=project,
        window=paging.window(statement, team.BY_WAITING, cursor, PAGE_SIZE, scalars=True),
        count=paging.count(statement),
    )


@bp.route("/<int:id>/anfragen/<int:request_id>", methods=["GET", "POST"])
@login_required
def answer(id: int, request_id: int) -> BaseResponse:
    """Accept or decline, with an answer."""
    project = led(id)
    asked = team.request(project, request_id)
    form = AnswerForm()
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            service.answer_request(
                actor(),
                asked,
                is_accepted=form.decision.data == "accept",
                answer=form.answer.data or "",
                fills=bool(form.fills.data),
            )
            flash(_("Your answer is on its way."), "success")
            return go_to(url_for("projects.requests", id=project.id))
    return page("projects/answer.html", form=form, project=project, asked=asked, status=form.status)


@bp.post("/<int:id>/anfragen/<int:request_id>/zurueckziehen")
@login_required
def withdraw(id: int, request_id: int) -> BaseResponse:
    """Take one's own request back."""
    own = team.own_request(actor(), id, request_id)
    asked = own or team.request(projects.get(actor(), id), request_id)
    service.withdraw_request(actor(), asked)
    flash(_("Your request is taken back."), "info")
    back = url_for("projects.members", id=id)
    return go_to(safe_next(request.form.get("next"), back))


# -- who is invited --------------------------------------------------------------------------


@bp.route("/<int:id>/einladungen", methods=["GET", "POST"])
@login_required
def invitations(id: int) -> BaseResponse:
    """Invite somebody by mail, and see who has not answered."""
    project = led(id)
    form = InviteForm()
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            send_invitation(form, project)
            flash(_("The invitation is on its way."), "success")
            return go_to(url_for("projects.invitations", id=project.id))
    return page(
        "projects/invitations.html",
        fragment="invitation_list",
        form=form,
        project=project,
        window=unanswered(project),
        now=clock.now(),
        status=form.status,
    )


def unanswered(project: Project) -> paging.Window[TeamInvitation]:
    """A page of the invitations that nobody has answered."""
    cursor = request.args.get("nach", "")
    return paging.window(
        team.invitations(project), team.LATEST_INVITATION, cursor, PAGE_SIZE, scalars=True
    )


def send_invitation(form: InviteForm, project: Project) -> None:
    """Raises `RuleBroken` and `TooMany`."""
    service.invite(
        actor(),
        project,
        email=form.email.data or "",
        role=TeamRole(form.role.data),
        language=current_language(),
    )


@bp.post("/<int:id>/einladungen/<int:invitation_id>/nochmals")
@login_required
def resend(id: int, invitation_id: int) -> BaseResponse:
    """Mail it once more, with a new link and new time."""
    project = led(id)
    sent = team.invitation(project, invitation_id)
    service.resend_invitation(actor(), sent, language=current_language())
    flash(_("The invitation is on its way."), "success")
    return go_to(url_for("projects.invitations", id=project.id))


@bp.post("/<int:id>/einladungen/<int:invitation_id>/zurueckziehen")
@login_required
def revoke(id: int, invitation_id: int) -> BaseResponse:
    """Make the link of an invitation worthless."""
    project = led(id)
    service.revoke_invitation(actor(), team.invitation(project, invitation_id))
    flash(_("The invitation is taken back; its link no longer works."), "info")
    return go_to(url_for("projects.invitations", id=project.id))


@bp.get("/einladung/<token>")
def invitation(token: str) -> BaseResponse:
    """What the link of a mail leads to: who invites into what, and a button to say yes or no."""
    invited = team.invitation_behind(token)
    return invited_page(invited, url_for("projects.invitation", token=token))


@bp.post("/einladung/<token>")
@login_required
def answer_invitation(token: str) -> BaseResponse:
    """Yes or no, in the account that owns the address."""
    return invitation(token)


@bp.route("/einladungen/<int:number>", methods=["GET", "POST"])
@login_required
def my_invitation(number: int) -> BaseResponse:
    """The same for whoever owns the address and is signed in: they need no link."""
    mine = team.invitations_to(member().email_key) if member().is_confirmed else ()
    invited = next((one for one in mine if one.id == number), None)
    return invited_page(invited, url_for("projects.my_invitation", number=number))


def invited_page(invited: TeamInvitation | None, own_url: str) -> BaseResponse:
    """Say yes or no; `own_url` is where the page is."""
    if invited is None:
        return page("projects/dead_link.html", status=404)
    form = AcceptForm()
    form.organisation.offer(my_organisations() if actor().is_confirmed else ())
    if actor().is_authenticated and form.validate_on_submit():
        with form.rules():
            return go_to(settled(form, invited))
    return page(
        "projects/invitation.html",
        form=form,
        own_url=own_url,
        invited=invited,
        is_own=is_own(invited),
        is_over=not policy.is_open_to_the_invited(invited.project),
        status=form.status,
    )


def is_own(invited: TeamInvitation) -> bool:
    """Whether the viewer owns the address that was written to."""
    return actor().is_confirmed and policy.may_accept(actor(), invited, member().email_key)


def settled(form: AcceptForm, invited: TeamInvitation) -> str:
    """Yes or no to an invitation; where to go then. Raises `RuleBroken`."""
    project = invited.project
    if request.form.get("decision") == "decline":
        service.decline_invitation(actor(), invited)
        flash(_("You have said no. The link no longer works."), "info")
        return url_for("projects.index")
    service.accept_invitation(actor(), invited, organisation=form.organisation.organisation)
    flash(_("You are in the team now. Welcome!"), "success")
    return url_for("projects.members", id=project.id)
