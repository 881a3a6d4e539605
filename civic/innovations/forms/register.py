"""Shape of what people ask the register and the exchange for."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Optional

from civic.core.forms import Form, MarkedPlace
from civic.core.language import N_
from civic.topics.forms import ListFilters


class Choice(SelectField):  # type: ignore[misc]
    """One of a few, or nothing; what is not among them filters nothing."""

    def __init__(self, label: str, **kw: object) -> None:
        super().__init__(label, [Optional()], coerce=str, validate_choice=False, **kw)


class RegisterFilters(ListFilters):
    """Of the register."""

    stufe = Choice(N_("Stage"))
    art = Choice(N_("Kind of municipality"))
    groesse = Choice(N_("Size of the municipality"))
    kosten = Choice(N_("Costs to begin"))
    lizenz = Choice(N_("Licence of the software"))


class ExchangeFilters(ListFilters):
    """Of the exchange."""

    richtung = Choice(N_("Offer or need"))


class PlaceForm(MarkedPlace, Form):
    """Where an innovation lies on the map."""
