"""Nachnutzung: taking an entry over, how far it goes, the whole family, and where it lies."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import clock
from civic.core.errors import RuleBroken
from civic.core.language import N_, current_language
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.innovations import policy, service
from civic.innovations.address import family as trees
from civic.innovations.address import url_of_innovation
from civic.innovations.forms.register import PlaceForm
from civic.innovations.forms.reuse import DegreeForm, TakeOverForm, degree_choices
from civic.innovations.models import Degree, Innovation
from civic.innovations.queries import exchange
from civic.innovations.queries import family as queries
from civic.innovations.views import bp, room
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality
from civic.topics import queries as topics

NOT_THERE = N_(
    "You take over for a municipality whose administration you belong to, and for another one "
    "than that of this entry."
)


@bp.get("/<int:id>/familie")
def family(id: int) -> Response:
    """Everybody who took it over, from whom, how far and with which changes: drawn and listed."""
    innovation = room.get(id)
    found = queries.family_of(innovation.family_id)
    return page(
        "innovations/family.html",
        innovation=innovation,
        family=found,
        tree=trees.tree(found, innovation.id),
        rows=trees.listed(found),
        posts=exchange.about(innovation),
        most=queries.MOST,
    )


@bp.route("/<int:id>/uebernehmen", methods=["GET", "POST"])
@login_required
def take_over(id: int) -> BaseResponse:
    """The administration of another municipality takes it over; an entry of its own is made."""
    innovation = room.get(id)
    demand(policy.may_take_over, actor(), innovation)
    office = queries.office(actor().id, innovation)
    form = take_over_form(innovation, office)
    if form.validate_on_submit():
        with form.rules():
            entry = take_over_from(form, innovation)
            flash(
                _("The entry of your municipality is in the register. Add what differs."), "success"
            )
            return go_to(url_of_innovation(entry))
    return page(
        "innovations/take_over.html",
        innovation=innovation,
        office=office,
        existing=queries.living(innovation.family_id, office) if office else None,
        form=form,
        status=form.status,
    )


def take_over_form(innovation: Innovation, office: Municipality | None) -> TakeOverForm:
    """Begun with the words of the entry, for the municipality in which the person works."""
    form = TakeOverForm(
        data={
            "title": innovation.title,
            "body": innovation.body,
            "topics": [topic.slug for topic in topics.of_thing(innovation.id)],
            "municipality": office,
            "decided_on": clock.today(),
        }
    )
    form.municipality.offer(municipalities)
    form.topics.choices = topics.choices(current_language())
    form.degree.choices = degree_choices()
    return form


def take_over_from(form: TakeOverForm, innovation: Innovation) -> Innovation:
    """Call the service with what was written."""
    place = form.municipality.place
    if place is None or not policy.may_take_over_for(actor(), innovation, place):
        raise RuleBroken(NOT_THERE, "municipality")
    adoption = service.Adoption(
        title=form.title.data or "",
        body=form.body.data or "",
        slugs=form.topics.data or [],
        degree=Degree(form.degree.data),
        decided=decided(form),
        changed=form.changed.data or "",
        more=form.more,
    )
    return service.take_over(actor(), innovation, place, adoption)


def decided(form: TakeOverForm | DegreeForm) -> service.Decided:
    return service.Decided(form.decided_by.data or "", form.decided_on.data)


@bp.route("/<int:id>/uebernahme", methods=["GET", "POST"])
@login_required
def degree(id: int) -> BaseResponse:
    """Say that an entry which was taken over goes further, or less far."""
    innovation = room.get(id)
    demand(policy.may_set_degree, actor(), innovation)
    form = DegreeForm(data=data_of(innovation))
    form.degree.choices = degree_choices()
    if form.validate_on_submit():
        with form.rules():
            service.set_degree(
                actor(),
                innovation,
                Degree(form.degree.data),
                decided(form),
                form.changed.data or "",
            )
            flash(_("The new state is published, and the origin has been told."), "success")
            return go_to(url_of_innovation(innovation))
    return page("innovations/degree.html", innovation=innovation, form=form, status=form.status)


def data_of(innovation: Innovation) -> dict[str, Any]:
    return {
        "degree": innovation.degree,
        "changed": innovation.changed,
        "decided_on": clock.today(),
    }


@bp.route("/<int:id>/ort", methods=["GET", "POST"])
@login_required
def place(id: int) -> BaseResponse:
    """Mark where it lies, for the map of the register."""
    innovation = room.get(id)
    demand(policy.may_edit, actor(), innovation)
    marked = {"latitude": innovation.latitude, "longitude": innovation.longitude}
    form = PlaceForm(data=marked)
    if request.method == "POST" and form.validate():
        with form.rules():
            service.mark_place(actor(), innovation, form.latitude.data, form.longitude.data)
            flash(_("The place is saved. The map of the register shows it."), "success")
            return go_to(url_of_innovation(innovation))
    return page("innovations/place.html", innovation=innovation, form=form, status=form.status)
