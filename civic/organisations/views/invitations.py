"""Inviting people by mail, and the page behind the link of such a mail."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.accounts.models import User
from civic.core import clock, paging
from civic.core.forms import Form
from civic.core.language import current_language
from civic.core.page import go_to, page
from civic.core.urls import url_for
from civic.organisations import policy, queries, service
from civic.organisations.address import url_of_organisation
from civic.organisations.forms import InviteForm
from civic.organisations.models import Organisation, OrganisationInvitation, OrganisationRole
from civic.organisations.views.blueprint import bp, led

PAGE_SIZE = 20


@bp.route("/organisationen/<int:id>/einladungen", methods=["GET", "POST"])
@login_required
def invitations(id: int) -> BaseResponse:
    """Invite somebody; below stands who has been invited and has not answered."""
    organisation = led(id)
    form = InviteForm()
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            service.invite(
                actor(),
                organisation,
                email=form.email.data,
                role=OrganisationRole(form.role.data),
                language=current_language(),
            )
            flash(_("An invitation is on its way to %(email)s.", email=form.email.data), "success")
            return go_to(url_for(".invitations", id=id))
    return invitation_page(organisation, form)


def invitation_page(organisation: Organisation, form: InviteForm) -> Response:
    sent = queries.invitations(organisation)
    cursor = request.args.get("nach", "")
    return page(
        "organisations/invitations.html",
        fragment="invitation_list",
        organisation=organisation,
        form=form,
        now=clock.now(),
        window=paging.window(sent, queries.LATEST_INVITATION, cursor, PAGE_SIZE, scalars=True),
        status=form.status,
    )


@bp.post("/organisationen/<int:id>/einladungen/<int:number>/erneut")
@login_required
def resend(id: int, number: int) -> BaseResponse:
    """Mail an invitation once more; the older link no longer works."""
    invitation = queries.invitation(led(id), number)
    service.resend_invitation(actor(), invitation, language=current_language())
    flash(
        _("A new link is on its way to %(email)s. The older one no longer works.",
          email=invitation.email_key),
        "success",
    )  # fmt: skip
    return go_to(url_for(".invitations", id=id))


@bp.post("/organisationen/<int:id>/einladungen/<int:number>/zurueckziehen")
@login_required
def revoke(id: int, number: int) -> BaseResponse:
    """Make a link worthless; the person can be invited again."""
    service.revoke_invitation(actor(), queries.invitation(led(id), number))
    flash(_("The invitation is withdrawn. Its link no longer works."), "success")
    return go_to(url_for(".invitations", id=id))


@bp.get("/organisationen/einladung/<token>")
def open_invitation(token: str) -> Response:
    """What one is invited to. Looking changes nothing, for programs follow links in mails."""
    invitation = queries.invitation_behind(token)
    if invitation is None:
        return dead_link()
    return link_page(token, invitation, Form(formdata=None))


@bp.post("/organisationen/einladung/<token>")
@login_required
def answer_invitation(token: str) -> BaseResponse:
    """Accept or decline with the link of the mail."""
    invitation = queries.invitation_behind(token)
    if invitation is None:
        return dead_link()
    organisation = invitation.organisation
    form = Form()
    if form.validate_on_submit():
        with form.rules():
            answered(invitation)
            return go_to(url_of_organisation(organisation))
    return link_page(token, invitation, form)


def answered(invitation: OrganisationInvitation) -> None:
    """Do what the pressed button says, and say so."""
    name = invitation.organisation.name
    if request.form.get("decision") == "decline":
        service.decline_invitation(actor(), invitation)
        flash(_("You have declined the invitation to %(name)s.", name=name), "info")
    else:
        service.accept_invitation(actor(), invitation)
        flash(_("You are a member of %(name)s now.", name=name), "success")


def link_page(token: str, invitation: OrganisationInvitation, form: Form) -> Response:
    """Only who owns the address learns more than the name of the organisation."""
    person = actor()
    key = person.email_key if isinstance(person, User) else None
    response = page(
        "organisations/invitation.html",
        token=token,
        invitation=invitation,
        organisation=invitation.organisation,
        form=form,
        is_own=policy.may_accept(person, invitation, key),
        status=form.status,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def dead_link() -> Response:
    return page("organisations/dead_link.html", status=404)
