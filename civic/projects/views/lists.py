"""Lists: projects, what all teams look for, what waits for approval, and what a person is in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, request
from flask.blueprints import BlueprintSetupState
from flask_login import login_required

from civic.accounts.current import actor, member
from civic.core import paging
from civic.core.errors import Missing
from civic.core.page import page
from civic.follows import queries as follows
from civic.municipalities import queries as municipalities
from civic.projects import filters as addresses
from civic.projects.forms.projects import FilterForm, state_choices
from civic.projects.queries import listing, projects, team
from civic.projects.views.room import bp
from civic.topics.filters import shared
from civic.topics.forms import ListFilters

PAGE_SIZE = 20
#: Words of the address for each order; the first is the one that a list begins with.
SORTS = {
    "neueste": "newest",
    "unterstuetzt": "supported",
    "diskutiert": "discussed",
    "gefragt": "trending",
}


@dataclass(frozen=True)
class Wanted:
    """What the address of the list asks for; anything unknown in it is left aside."""

    filters: listing.Filters
    sort: str
    cursor: str

    @property
    def shared(self) -> dict[str, str | list[str]]:
        """The part of the address that is of no one person: for the feed and a saved search."""
        return addresses.address(self.filters)

    @property
    def known_as(self) -> str:
        """A name of this filter for the count; none where it is of one person."""
        is_shared = not (self.filters.own or self.filters.followed)
        return f"projects {self.shared}" if is_shared else ""

    @property
    def active(self) -> int:
        f = self.filters
        return sum(map(bool, (f.text, f.municipality, f.topics, f.state, f.own, f.followed)))


def wanted() -> Wanted:
    """Read the address. Values that no list offers are ignored."""
    args = request.args
    is_member = actor().is_authenticated
    filters = replace(
        addresses.read(args.to_dict(flat=False)),
        own=is_member and "eigene" in args,
        followed=is_member and "gemerkt" in args,
    )
    sort = SORTS.get(args.get("sortierung", ""), "newest")
    return Wanted(filters, sort, args.get("nach", ""))


@bp.get("")
def index() -> Response:
    """The list with its filters; htmx gets the results alone."""
    asked = wanted()
    statement = listing.listing(actor(), asked.filters)
    window = paging.window(statement, listing.ORDERS[asked.sort], asked.cursor, PAGE_SIZE)
    ids = [card.id for card in window.items]
    return page(
        "projects/index.html",
        fragment="project_list",
        asked=asked,
        unclear=municipalities.unclear(request.args.get("kommune", ""), asked.filters.municipality),
        form=filter_form(asked),
        window=window,
        count=paging.count(listing.found(actor(), asked.filters), asked.known_as),
        followed=follows.followed(actor(), ids),
        looking=listing.looking(ids),
        sorts=SORTS,
        is_staff=projects.is_staff_anywhere(actor()),
    )


def filter_form(asked: Wanted) -> FilterForm:
    form = FilterForm(request.args)
    form.offer(asked.filters.municipality)
    form.status.choices = state_choices(listing.SHOWN)
    return form


@bp.get("/gesucht")
def wanted_people() -> Response:
    """What all teams look for."""
    filters = team.Filters(**shared(request.args.to_dict(flat=False)))
    form, cursor = ListFilters(request.args), request.args.get("nach", "")
    form.offer(filters.municipality)
    return page(
        "projects/wanted.html",
        fragment="opening_list",
        filters=filters,
        unclear=municipalities.unclear(request.args.get("kommune", ""), filters.municipality),
        form=form,
        window=paging.window(team.openings(filters), team.LATEST_OPENING, cursor, PAGE_SIZE),
        count=paging.count(team.found_openings(filters)),
    )


@bp.get("/genehmigen")
@login_required
def waiting() -> Response:
    """What waits for the word of an administration, for those who work there."""
    if not projects.is_staff_anywhere(actor()):
        raise Missing
    statement = projects.waiting_for_approval(actor())
    cursor = request.args.get("nach", "")
    return page(
        "projects/waiting.html",
        fragment="waiting_list",
        window=paging.window(statement, projects.BY_TERM, cursor, PAGE_SIZE, scalars=True),
        count=paging.count(statement),
    )


def mine() -> Response:
    """The teams that a person is in, what they asked, and to what they are invited."""
    statement = team.my_places(actor())
    cursor = request.args.get("nach", "")
    return page(
        "projects/mine.html",
        fragment="place_list",
        window=paging.window(statement, team.LATEST_PLACE, cursor, PAGE_SIZE, scalars=True),
        count=paging.count(statement),
        requests=team.my_requests(actor()),
        invitations=team.invitations_to(member().email_key) if member().is_confirmed else [],
    )


@bp.record
def _beside_the_account(setup: BlueprintSetupState) -> None:
    """A person's own teams stand with their account."""
    setup.app.add_url_rule("/konto/projekte", "projects.mine", login_required(mine))
