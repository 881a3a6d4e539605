"""Shape of what people ask the register and the exchange for."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Optional

from civic.core.forms import Form, Line, MarkedPlace
from civic.core.language import N_
from civic.innovations.forms.entries import Checkboxes
from civic.municipalities.forms import PlaceField


class Choice(SelectField):  # type: ignore[misc]
    """One of a few, or nothing; what is not among them filters nothing."""

    def __init__(self, label: str, **kw: object) -> None:
        super().__init__(label, [Optional()], coerce=str, validate_choice=False, **kw)


class _Filters(Form):
    """Filters stand in the address, so they carry no token."""

    class Meta(Form.Meta):
        csrf = False

    q = Line(N_("Search word"), [Optional()], max_length=100)
    kommune = PlaceField(N_("Municipality"), [Optional()], nothing=N_("All municipalities"))
    thema = Checkboxes(N_("Topic"), validate_choice=False)


class RegisterFilters(_Filters):
    """Of the register."""

    stufe = Choice(N_("Stage"))
    art = Choice(N_("Kind of municipality"))
    groesse = Choice(N_("Size of the municipality"))
    kosten = Choice(N_("Costs to begin"))
    lizenz = Choice(N_("Licence of the software"))


class ExchangeFilters(_Filters):
    """Of the exchange."""

    richtung = Choice(N_("Offer or need"))


class PlaceForm(MarkedPlace, Form):
    """Where an innovation lies on the map."""
