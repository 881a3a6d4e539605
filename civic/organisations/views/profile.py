"""Opening an organisation and changing what it says of itself."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor, member
from civic.accounts.models import Role
from civic.core import html
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.municipalities import queries as municipalities
from civic.organisations import policy, queries, service
from civic.organisations.address import url_of_organisation
from civic.organisations.forms import OrganisationForm
from civic.organisations.models import Joining, Organisation, OrganisationKind
from civic.organisations.views.blueprint import bp

MOST_DESCRIPTION = 4000
#: Fields that owners alone have; see `service.Standing`.
STANDING = ("name", "kind", "municipality", "joining")


@bp.route("/organisationen/neu", methods=["GET", "POST"])
@login_required
def new() -> BaseResponse:
    """Open an organisation; who opens it owns it."""
    demand(policy.may_found, actor())
    home = municipalities.addressed(request.args.get("kommune", ""))
    form = organisation_form(
        {"municipality": home or municipalities.by_id(actor().home_id)}, is_staff=works_somewhere()
    )
    if form.validate_on_submit() and (standing := standing_of(form)):
        with form.rules():
            organisation = service.found_organisation(actor(), standing, words_of(form))
            flash(_("The organisation is open. Now invite those who belong to it."), "success")
            return go_to(url_of_organisation(organisation))
    return page("organisations/new.html", form=form, status=form.status)


@bp.route("/organisationen/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """Change the profile; owners also name, kind, municipality and how people join."""
    organisation = queries.get(id)
    demand(policy.may_edit, actor(), organisation)
    form = edit_form(organisation)
    if form.validate_on_submit():
        with form.rules():
            is_unverified = service.edit_organisation(
                actor(), organisation, words_of(form), standing_of(form) if form.name else None
            )
            tell_saved(is_unverified=is_unverified)
            return go_to(url_of_organisation(organisation))
    return page("organisations/edit.html", form=form, organisation=organisation, status=form.status)


@bp.post("/organisationen/vorschau")
@login_required
def preview() -> Response:
    """The description as it will look."""
    text = request.form.get("description", "")[:MOST_DESCRIPTION]
    return page(
        "organisations/preview.html", fragment="description_preview", description=html.render(text)
    )


def organisation_form(data: dict[str, object], *, is_staff: bool) -> OrganisationForm:
    form = OrganisationForm(data=data)
    form.municipality.offer(municipalities)
    form.offer(is_staff=is_staff)
    return form


def edit_form(organisation: Organisation) -> OrganisationForm:
    """What it is now; who only speaks for it does not change what it is."""
    known = {
        name: getattr(organisation, name)
        for name in ("name", "municipality", *service.Words.__dataclass_fields__)
    }
    known |= {"kind": organisation.kind.value, "joining": organisation.joining.value}
    is_administration = organisation.kind is OrganisationKind.ADMINISTRATION
    form = organisation_form(known, is_staff=is_administration or works_somewhere())
    if not policy.may_lead(actor(), organisation):
        for name in STANDING:
            delattr(form, name)
    return form


def works_somewhere() -> bool:
    """Whether the kind "administration" is offered; for which place, the service asks."""
    return any(held.role in {Role.STAFF, Role.ADMIN} for held in member().memberships)


def standing_of(form: OrganisationForm) -> service.Standing | None:
    """What the organisation shall be; None where the municipality is not clear."""
    place = form.municipality.place
    if place is None:
        return None
    return service.Standing(
        name=form.name.data,
        kind=OrganisationKind(form.kind.data),
        municipality=place,
        joining=Joining(form.joining.data),
    )


def words_of(form: OrganisationForm) -> service.Words:
    return service.Words(
        **{name: form[name].data or "" for name in service.Words.__dataclass_fields__}
    )


def tell_saved(*, is_unverified: bool) -> None:
    flash(_("Your changes are saved."), "success")
    if is_unverified:
        flash(
            _(
                "The confirmation by the municipality held for the earlier details and is gone. "
                "Please ask the administration to confirm the organisation again."
            ),
            "info",
        )
