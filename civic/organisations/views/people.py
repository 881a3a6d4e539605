"""Who belongs to an organisation: the list, roles, joining and leaving."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import paging
from civic.core.forms import Form
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.organisations import policy, queries, service
from civic.organisations.address import url_of_organisation
from civic.organisations.forms import HandOverForm, RoleForm
from civic.organisations.models import OrganisationRole
from civic.organisations.views.blueprint import bp, known_inside, led

PAGE_SIZE = 50


@bp.get("/organisationen/<int:id>/mitglieder")
@login_required
def members(id: int) -> Response:
    """Who belongs to it; for its members, and for those who moderate there."""
    organisation = known_inside(id)
    people = queries.members(organisation)
    return page(
        "organisations/members.html",
        fragment="member_list",
        organisation=organisation,
        window=paging.window(people, queries.BY_RANK, request.args.get("nach", ""), PAGE_SIZE),
        count=queries.member_count(organisation),
    )


@bp.route("/organisationen/<int:id>/mitglieder/<int:person>/rolle", methods=["GET", "POST"])
@login_required
def change_role(id: int, person: int) -> BaseResponse:
    """Give a member another role."""
    organisation = led(id)
    member = queries.member(organisation, person)
    form = RoleForm(data={"role": member.role.value})
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            role = OrganisationRole(form.role.data)
            service.change_role(actor(), organisation, person, role)
            flash(_("The role is saved."), "success")
            return go_to(url_for(".members", id=id))
    return page(
        "organisations/role.html",
        form=form,
        organisation=organisation,
        member=member,
        status=form.status,
    )


@bp.route("/organisationen/<int:id>/mitglieder/<int:person>/entfernen", methods=["GET", "POST"])
@login_required
def remove_member(id: int, person: int) -> BaseResponse:
    """Take somebody out, after a page that says what happens then."""
    organisation = led(id)
    member = queries.member(organisation, person)
    form = Form()
    if form.validate_on_submit():
        with form.rules():
            service.remove_member(actor(), organisation, person)
            flash(_("The person is no longer a member and is told by mail."), "success")
            return go_to(url_for(".members", id=id))
    return page(
        "organisations/remove.html",
        form=form,
        organisation=organisation,
        member=member,
        status=form.status,
    )


@bp.route("/organisationen/<int:id>/uebergeben", methods=["GET", "POST"])
@login_required
def hand_over(id: int) -> BaseResponse:
    """Make another member the owner in one's place."""
    organisation = led(id)
    queries.member(organisation, actor().id)  # the platform hands over by giving roles
    others = queries.others(organisation, actor())
    form = HandOverForm()
    form.offer(others)
    if form.validate_on_submit():
        with form.rules():
            service.hand_over(actor(), organisation, int(form.heir.data))
            flash(_("The organisation is handed over. You are an editor now."), "success")
            return go_to(url_of_organisation(organisation))
    return page(
        "organisations/hand_over.html",
        form=form,
        organisation=organisation,
        others=others,
        status=form.status,
    )


@bp.post("/organisationen/<int:id>/beitreten")
@login_required
def join(id: int) -> BaseResponse:
    """Walk into an open organisation."""
    organisation = queries.get(id)
    service.join_organisation(actor(), organisation)
    flash(_("You are a member of %(name)s now.", name=organisation.name), "success")
    return go_to(url_of_organisation(organisation))


@bp.route("/organisationen/<int:id>/verlassen", methods=["GET", "POST"])
@login_required
def leave(id: int) -> BaseResponse:
    """Go, after a page that says what stays."""
    organisation = queries.get(id)
    demand(policy.may_leave, actor(), organisation)
    form = Form()
    if form.validate_on_submit():
        with form.rules():
            service.leave_organisation(actor(), organisation)
            flash(_("You have left %(name)s.", name=organisation.name), "success")
            return go_to(url_of_organisation(organisation))
    return page(
        "organisations/leave.html",
        form=form,
        organisation=organisation,
        role=organisation.role_of(actor()),
        status=form.status,
    )
