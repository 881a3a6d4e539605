"""Shape of a taking over, and of a change of how far it goes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import Email, InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Day, Form, Line, MarkedPlace, Text
from civic.core.language import N_, translate
from civic.innovations.forms.entries import TextForm
from civic.innovations.models import Degree
from civic.municipalities.forms import PlaceField

MOST_CHANGED = 2000


class _Decided:
    """How far it goes, what is different, and who decided."""

    degree = RadioField(
        N_("How far do you go?"),
        coerce=str,
        validators=[InputRequired(_l("Please say how far you go."))],
        option_widget=RadioInput(),
        description=N_(
            "Interest does not count as a use yet. You can go further, or back, at any time."
        ),
    )
    changed = Text(
        N_("What do you do differently?"),
        [Optional()],
        max_length=MOST_CHANGED,
        description=N_(
            "Another place, other people, other opening hours? Whoever comes after you learns from "
            "it. “We change nothing” is an answer, too. With interest alone you may leave it empty."
        ),
    )
    decided_by = Line(
        N_("Who decided?"),
        [InputRequired(_l("Please say who decided."))],
        max_length=160,
        description=N_("The body or the office, for example “Town council of Lindfurt”"),
    )
    decided_on = Day(
        N_("When was it decided?"),
        [InputRequired(_l("Please give the day of the decision."))],
        description=N_("For example 31.01.2026"),
    )


class TakeOverForm(MarkedPlace, _Decided, TextForm):
    """The entry of the municipality that takes it over."""

    municipality = PlaceField(
        N_("Which municipality takes it over?"),
        [InputRequired(_l("Please say which municipality takes it over."))],
        description=N_("You take over for a municipality whose administration you belong to."),
    )
    contact_name = Line(
        N_("Who answers questions?"),
        [Optional()],
        max_length=120,
        description=N_("Name and office. Everybody can read this; ask the person first."),
    )
    contact_email = Line(
        N_("E-mail address"),
        [Optional(), Email(_l("Please write an e-mail address such as name@example.org."))],
        max_length=254,
    )
    contact_phone = Line(N_("Telephone"), [Optional()], max_length=40)

    @property
    def more(self) -> dict[str, Any]:
        """Columns of the new entry that are copied as they are."""
        words = ("contact_name", "contact_email", "contact_phone")
        place = {"latitude": self.latitude.data, "longitude": self.longitude.data}
        return {name: self[name].data or "" for name in words} | place


class DegreeForm(_Decided, Form):
    """It is taken further, or less far."""


def degree_choices() -> list[tuple[str, str]]:
    """Each degree with what it means."""
    advice = {
        Degree.INTERESTED: translate(N_("We look into it.")),
        Degree.TRYING: translate(N_("We try it out for a time.")),
        Degree.IN_USE: translate(N_("It is part of our everyday work.")),
    }
    return [(degree.value, f"{translate(degree.label)}: {advice[degree]}") for degree in Degree]
