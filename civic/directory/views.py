"""The directory: the list of organisations, one of them with what it published, and its log."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.contributions import queries as contributions
from civic.contributions.address import listed_kinds
from civic.core import paging
from civic.core.errors import Missing
from civic.core.language import translate
from civic.core.page import page
from civic.directory import queries
from civic.directory.forms import FilterForm
from civic.directory.queries import Filters
from civic.follows import queries as follows
from civic.municipalities import queries as municipalities
from civic.organisations import policy
from civic.organisations import queries as organisations
from civic.organisations.address import url_of_organisation
from civic.organisations.models import Organisation, OrganisationKind

bp = Blueprint("directory", __name__, url_prefix="/organisationen")

PAGE_SIZE = 24
PUBLISHED_SIZE = 10
LOG_SIZE = 50
LONGEST_TEXT = 100


def wanted() -> Filters:
    """Read the address. Values that the list does not offer are left aside."""
    args = request.args
    kind = args.get("art", "")
    return Filters(
        text=" ".join(args.get("q", "").split())[:LONGEST_TEXT],
        municipality=municipalities.addressed(args.get("kommune", "")),
        kind=OrganisationKind(kind) if kind in set(OrganisationKind) else None,
        only_verified="bestaetigt" in args,
    )


@bp.get("")
def index() -> Response:
    """The list with its filters; htmx gets the results alone."""
    filters = wanted()
    found, cursor = queries.listing(filters), request.args.get("nach", "")
    return page(
        "directory/index.html",
        fragment="organisation_list",
        filters=filters,
        unclear=municipalities.unclear(request.args.get("kommune", ""), filters.municipality),
        form=filter_form(filters),
        window=paging.window(found, organisations.BY_NAME, cursor, PAGE_SIZE),
        count=paging.count(queries.found(filters)),
    )


def filter_form(filters: Filters) -> FilterForm:
    form = FilterForm(request.args)
    form.kommune.offer(municipalities)
    form.kommune.point_at(filters.municipality)
    form.art.choices = [
        ("", _("All")),
        *((kind.value, translate(kind.label)) for kind in OrganisationKind),
    ]
    return form


@bp.get("/<int:id>")
@bp.get("/<int:id>-<slug>")
def show(id: int, slug: str = "") -> BaseResponse:
    """An organisation with what it published; an old or missing slug leads to the present one."""
    organisation = organisations.get(id)
    if slug != organisation.slug:
        return redirect(url_of_organisation(organisation), 301)
    published = contributions.published_by(organisation, listed_kinds())
    after = request.args.get("nach", "")
    window = paging.window(published, contributions.NEWEST, after, PUBLISHED_SIZE)
    return page(
        "directory/show.html",
        fragment="published",
        organisation=organisation,
        role=organisation.role_of(actor()),
        asked=organisations.open_request(actor(), organisation),
        members=organisations.member_count(organisation),
        waiting=waiting_for(organisation),
        is_left_alone=is_left_alone(organisation),
        window=window,
        count=paging.count(published),
        followed=follows.followed(actor(), [card.id for card in window.items]),
    )


def waiting_for(organisation: Organisation) -> int:
    """How many people wait for an answer of the viewer."""
    is_led = policy.may_lead(actor(), organisation)
    return organisations.waiting_count(organisation) if is_led else 0


def is_left_alone(organisation: Organisation) -> bool:
    """Whether none of its owners can sign in at present; for those who see who belongs to it."""
    is_known = actor().is_authenticated and policy.may_see_inside(actor(), organisation)
    return is_known and not organisation.is_closed and not organisations.owners(organisation)


@bp.get("/<int:id>/protokoll")
@login_required
def log(id: int) -> Response:
    """What was done in an organisation and in its name, and by whom; for its members, and for
    those who moderate there.
    """
    organisation = organisations.get(id)
    if not policy.may_see_inside(actor(), organisation):
        raise Missing
    entries, cursor = organisations.log(organisation), request.args.get("nach", "")
    window = paging.window(entries, organisations.LATEST_ENTRY, cursor, LOG_SIZE, scalars=True)
    return page(
        "directory/log.html",
        fragment="organisation_log",
        organisation=organisation,
        window=window,
        things=queries.things_of(window.items),
    )
