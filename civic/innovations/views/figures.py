"""Indicators and measured values: shown to all, kept by the team."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import paging
from civic.core.language import slugify
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.innovations import policy, reader, service
from civic.innovations.address.table import table_of
from civic.innovations.forms.figures import IndicatorForm, TableForm, ValueForm
from civic.innovations.models import Indicator, Innovation
from civic.innovations.queries import figures as queries
from civic.innovations.views import bp, room

PAGE_SIZE = 50
#: Bad lines of a table that are named; who has more corrects these first.
MOST_NAMED = 50


@bp.get("/<int:id>/zahlen")
def figures(id: int) -> Response:
    """All indicators, drawn and as tables."""
    innovation = room.get(id)
    series = queries.series(innovation)
    return page("innovations/figures.html", innovation=innovation, series=series)


@bp.route("/<int:id>/zahlen/neu", methods=["GET", "POST"])
@login_required
def new_indicator(id: int) -> BaseResponse:
    """Begin to measure something."""
    innovation = kept(id)
    form = IndicatorForm()
    if form.validate_on_submit():
        with form.rules():
            indicator = service.add_indicator(actor(), innovation, measure_of(form))
            flash(_("The indicator is set up. Enter the first values."), "success")
            return go_to(url_of_indicator(indicator))
    return page(
        "innovations/indicator.html",
        innovation=innovation,
        indicator=None,
        form=form,
        status=form.status,
    )


def kept(id: int) -> Innovation:
    """The innovation, for those who may change it."""
    innovation = room.get(id)
    demand(policy.may_edit, actor(), innovation)
    return innovation


def measure_of(form: IndicatorForm) -> service.Measure:
    return service.Measure(
        name=form.name.data or "",
        unit=form.unit.data or "",
        baseline=form.baseline.data,
        target=form.target.data,
        source=form.source.data or "",
    )


def url_of_indicator(indicator: Indicator) -> str:
    return url_for("innovations.indicator", id=indicator.innovation_id, indicator_id=indicator.id)


@bp.get("/<int:id>/zahlen/<int:indicator_id>")
def indicator(id: int, indicator_id: int) -> Response:
    """All values of an indicator; who keeps it enters new ones here."""
    innovation = room.get(id)
    return values_page(queries.get(innovation, indicator_id), ValueForm(formdata=None))


def values_page(indicator: Indicator, form: ValueForm) -> Response:
    window = paging.window(
        queries.values(indicator),
        queries.ORDER,
        request.args.get("nach", ""),
        PAGE_SIZE,
        scalars=True,
    )
    return page(
        "innovations/values.html",
        innovation=indicator.innovation,
        indicator=indicator,
        form=form,
        window=window,
        count=queries.count(indicator),
        status=form.status,
    )


@bp.post("/<int:id>/zahlen/<int:indicator_id>/werte")
@login_required
def add_value(id: int, indicator_id: int) -> BaseResponse:
    """Enter the value of one day."""
    indicator = queries.get(kept(id), indicator_id)
    form = ValueForm()
    if form.validate_on_submit():
        with form.rules():
            service.enter_value(actor(), indicator, form.row(), replace=form.replace.data)
            flash(_("The value is entered."), "success")
            return go_to(url_of_indicator(indicator))
    return values_page(indicator, form)


@bp.route("/<int:id>/zahlen/<int:indicator_id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit_indicator(id: int, indicator_id: int) -> BaseResponse:
    """Change what is said about a measure."""
    innovation = kept(id)
    indicator = queries.get(innovation, indicator_id)
    form = IndicatorForm(obj=indicator)
    if form.validate_on_submit():
        with form.rules():
            service.edit_indicator(actor(), indicator, measure_of(form))
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_indicator(indicator))
    return page(
        "innovations/indicator.html",
        innovation=innovation,
        indicator=indicator,
        form=form,
        status=form.status,
    )


@bp.route("/<int:id>/zahlen/<int:indicator_id>/entfernen", methods=["GET", "POST"])
@login_required
def remove_indicator(id: int, indicator_id: int) -> BaseResponse:
    """Take an indicator away with its values, after a page that says so."""
    innovation = kept(id)
    indicator = queries.get(innovation, indicator_id)
    if request.method == "POST":
        service.remove_indicator(actor(), indicator)
        flash(_("The indicator and its values are removed."), "info")
        return go_to(url_for("innovations.figures", id=id))
    count = queries.count(indicator)
    return page(
        "innovations/remove_indicator.html", innovation=innovation, indicator=indicator, count=count
    )


@bp.route(
    "/<int:id>/zahlen/<int:indicator_id>/werte/<int:value_id>/entfernen", methods=["GET", "POST"]
)
@login_required
def remove_value(id: int, indicator_id: int, value_id: int) -> BaseResponse:
    """Take one value away, after a page that says so."""
    innovation = kept(id)
    indicator = queries.get(innovation, indicator_id)
    value = queries.value(indicator, value_id)
    if request.method == "POST":
        service.remove_value(actor(), value)
        flash(_("The value is removed."), "info")
        return go_to(url_of_indicator(indicator))
    return page(
        "innovations/remove_value.html", innovation=innovation, indicator=indicator, value=value
    )


@bp.route("/<int:id>/zahlen/<int:indicator_id>/einlesen", methods=["GET", "POST"])
@login_required
def import_values(id: int, indicator_id: int) -> BaseResponse:
    """Take a table over, or say what is wrong in which line."""
    indicator = queries.get(kept(id), indicator_id)
    form = TableForm()
    faults: list[reader.Fault] = []
    if form.validate_on_submit():
        with form.rules():
            try:
                return go_to(taken_over(indicator, form))
            except service.Faulty as faulty:
                faults = list(faulty.faults)
                raise
    return page(
        "innovations/import.html",
        innovation=indicator.innovation,
        indicator=indicator,
        form=form,
        faults=faults[:MOST_NAMED],
        unnamed=max(len(faults) - MOST_NAMED, 0),
        status=form.status,
    )


def taken_over(indicator: Indicator, form: TableForm) -> str:
    """Read the file and say what was done; returns where to go on."""
    raw = form.file.data.read(reader.MOST_BYTES + 1)
    taken = service.import_values(actor(), indicator, raw, replace=form.replace.data)
    flash(
        ngettext("%(num)s value is new.", "%(num)s values are new.", taken.added)
        + " "
        + ngettext("%(num)s was replaced.", "%(num)s were replaced.", taken.replaced),
        "success",
    )
    return url_of_indicator(indicator)


@bp.get("/<int:id>/zahlen/<int:indicator_id>.csv")
def export_values(id: int, indicator_id: int) -> Response:
    """All values of an indicator as a table for spreadsheets."""
    innovation = room.get(id)
    indicator = queries.get(innovation, indicator_id)
    name = slugify(f"{innovation.title} {indicator.name}")
    return Response(
        table_of(queries.everything(indicator)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
