"""The register: list, map and time line of equal value, comparison, and the data to take along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, request, stream_with_context
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from civic.accounts.current import actor
from civic.core import clock, paging
from civic.core.language import translate
from civic.core.letters import absolute
from civic.core.numbers import number_in
from civic.core.page import page
from civic.core.urls import url_for
from civic.follows import queries as follows
from civic.innovations import filters as addresses
from civic.innovations.address import export
from civic.innovations.address.licences import LICENCES, licence_words
from civic.innovations.address.timeline import timeline
from civic.innovations.forms.register import RegisterFilters
from civic.innovations.models import CostClass, Stage
from civic.innovations.queries import register as queries
from civic.innovations.queries.register import MOST_COMPARED, OPEN, Filters, Place, Size
from civic.innovations.views import bp
from civic.municipalities import queries as municipalities

PAGE_SIZE = 20
#: Words of the address for each order; the first is the one that the register begins with.
SORTS = {"genutzt": "used", "neueste": "newest", "unterstuetzt": "supported"}
#: Ways to show it, of equal value; the first is the one that it begins with.
LIST, MAP, LINE = "liste", "karte", "zeitlinie"
VIEWS = (LIST, MAP, LINE)
#: Numbers in an address that are read at all.
MOST_READ = 20


@dataclass(frozen=True)
class Wanted:
    """What the address of the register asks for; anything unknown in it is left aside."""

    filters: Filters
    sort: str
    view: str
    cursor: str
    #: Chosen for the comparison.
    chosen: tuple[int, ...]

    @property
    def shared(self) -> dict[str, str | list[str]]:
        """The filters under the names of addresses."""
        return addresses.address(self.filters)

    @property
    def kept(self) -> dict[str, str | list[str]]:
        """The filters under the names of a saved search."""
        return addresses.kept(self.filters)

    @property
    def active(self) -> int:
        return len(self.shared)


def wanted() -> Wanted:
    """Read the address. Values that the register does not offer are ignored."""
    args = request.args
    view = args.get("ansicht", "")
    return Wanted(
        filters=addresses.read(args.to_dict(flat=False)),
        sort=SORTS.get(args.get("sortierung", ""), "used"),
        view=view if view in VIEWS else LIST,
        cursor=args.get("nach", ""),
        chosen=numbers_in(args.getlist("vergleich"))[:MOST_COMPARED],
    )


def numbers_in(texts: Iterable[str]) -> tuple[int, ...]:
    """Numbers as an address carries them, each once; anything else is left out."""
    numbers = filter(None, map(number_in, texts))
    return tuple(dict.fromkeys(numbers))[:MOST_READ]


@bp.get("")
def index() -> Response:
    """The register with its filters; htmx gets the results alone."""
    asked = wanted()
    shown = listed(asked) if asked.view == LIST else drawn(asked)
    return page(
        "innovations/index.html",
        fragment="innovation_list",
        asked=asked,
        unclear=municipalities.unclear(request.args.get("kommune", ""), asked.filters.municipality),
        form=filter_form(asked),
        count=paging.count(queries.found(asked.filters), f"innovations {asked.shared}"),
        chosen=queries.titles(asked.chosen),
        most_compared=MOST_COMPARED,
        sorts=SORTS,
        **shown,
    )


def listed(asked: Wanted) -> dict[str, Any]:
    """A page of cards."""
    statement = queries.listing(asked.filters, asked.sort)
    window = paging.window(statement, queries.ORDERS[asked.sort], asked.cursor, PAGE_SIZE)
    followed = follows.followed(actor(), [card.id for card in window.items])
    return {"window": window, "followed": followed}


def drawn(asked: Wanted) -> dict[str, Any]:
    """The most used entries, for the map or for the time line."""
    found = queries.drawn(asked.filters)
    line = timeline(found.rows) if asked.view == LINE else None
    return {"drawn": found, "line": line, "most_drawn": queries.MOST_DRAWN}


def filter_form(asked: Wanted) -> RegisterFilters:
    form = RegisterFilters(request.args)
    form.offer(asked.filters.municipality)
    form.stufe.data = asked.filters.stage or ""
    fields = (form.stufe, Stage), (form.art, Place), (form.groesse, Size), (form.kosten, CostClass)
    for field, choices in fields:
        named = ((choice.value, translate(choice.label)) for choice in choices)
        field.choices = [("", _("All")), *named]
    form.lizenz.choices = licence_choices(asked.filters.licence)
    return form


def licence_choices(asked: str) -> list[tuple[str, str]]:
    """Any open one, the common ones, and the one that is asked for."""
    named = [*LICENCES, *({asked} - {"", OPEN, *LICENCES})]
    common = [(licence, licence_words(licence)) for licence in named]
    return [("", _("All")), (OPEN, _("Open source, whichever")), *common]


# -- side by side --------------------------------------------------------------------------------


@bp.get("/vergleich")
def compare() -> Response:
    """Up to three entries side by side; the address says which, so it can be sent on."""
    asked = numbers_in(request.args.getlist("id"))
    found = queries.compared(asked)
    shown, beyond = found[:MOST_COMPARED], found[MOST_COMPARED:]
    return page(
        "innovations/compare.html",
        innovations=shown,
        beyond=beyond,
        is_missing=len(found) < len(asked),
        measured=queries.latest_values([one.id for one in shown]),
        most_compared=MOST_COMPARED,
        status=422 if beyond else 200,
    )


# -- open data -----------------------------------------------------------------------------------


def table() -> Response:
    """The filtered register as a table for spreadsheets."""
    found = queries.batches(wanted().filters)
    return download(export.as_table(found), "text/csv", "csv")


def data() -> Response:
    """The filtered register as JSON."""
    asked = wanted()
    url = absolute(url_for("innovations.index", **asked.shared))
    return download(export.as_json(queries.batches(asked.filters), url), "application/json", "json")


def download(parts: Iterator[str], mimetype: str, ending: str) -> Response:
    """Sent bit by bit as it is read, under a name with the day; the licence stands in the head."""
    name = f"innovationen-{clock.today().isoformat()}.{ending}"
    return Response(
        stream_with_context(parts),
        mimetype=mimetype,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Link": f'<{export.LICENCE_URL}>; rel="license"',
        },
    )


@bp.record
def _beside_the_room(setup: BlueprintSetupState) -> None:
    """Their addresses are that of the register with an ending, which no prefix has."""
    setup.app.add_url_rule("/innovationen.csv", "innovations.table", table)
    setup.app.add_url_rule("/innovationen.json", "innovations.data", data)
