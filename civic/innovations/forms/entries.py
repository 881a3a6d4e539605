"""Shape of an entry: begun with a few words, filled in afterwards."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import Email, InputRequired, Optional, Regexp
from wtforms.widgets import RadioInput

from civic.core.forms import Checkboxes, Day, Euros, Form, Line, Text
from civic.core.language import N_, translate
from civic.innovations.address.licences import LICENCES, licence_choices
from civic.innovations.models import Innovation
from civic.municipalities.forms import PlaceField
from civic.organisations.forms import VoiceField

MOST_TITLE, MOST_BODY, MOST_WORDS = 120, 10_000, 2000
#: The choice that opens the line for an identifier that is not in the list.
OTHER = "other"
SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


class TextForm(Form):
    """What every entry says from its first day on."""

    title = Line(
        N_("Name of the innovation"),
        [InputRequired(_l("Give the innovation a name."))],
        max_length=MOST_TITLE,
        description=N_(
            "Short and without advertising, so that others recognise it. "
            "For example: “Digital help desk in the village shop”."
        ),
    )
    body = Text(
        N_("What is done, and how does it work?"),
        [InputRequired(_l("Describe what is done."))],
        max_length=MOST_BODY,
        description=N_(
            "Write for somebody in another municipality who hears of it for the first time. "
            "The first sentences stand in lists."
        ),
    )
    topics = Checkboxes(N_("Which topics fit?"), description=N_("Three at most"))


class NewForm(TextForm):
    """A new entry."""

    municipality = PlaceField(
        N_("In which municipality?"),
        [InputRequired(_l("Please say in which municipality."))],
    )
    stage = RadioField(
        N_("Where does it stand?"),
        coerce=str,
        validators=[InputRequired(_l("Please say where it stands."))],
        option_widget=RadioInput(),
        description=N_(
            "From here on every step is a gate: you show what it brings about and what it costs, "
            "and a named body decides."
        ),
    )
    voice = VoiceField()


class EditForm(TextForm):
    """All that others need to know."""

    cost_once = Euros(
        N_("What does it cost to begin?"),
        [Optional()],
        description=N_("Whole euros. 0 if it costs nothing."),
    )
    cost_yearly = Euros(
        N_("What does it cost in each year?"), [Optional()], description=N_("Whole euros")
    )
    cost_note = Text(
        N_("What is the money for?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("For example: two tablets, a printer and a sign"),
    )
    staff = Text(
        N_("Which people does it need?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("How many, with how many hours, and what they have to know"),
    )
    legal_basis = Text(
        N_("What has to be settled in law?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("Contracts, resolutions, data protection, insurance"),
    )
    software = Text(
        N_("Which software and devices does it need?"), [Optional()], max_length=MOST_WORDS
    )
    licence = SelectField(N_("Licence of the software"), coerce=str, validators=[Optional()])
    licence_other = Line(
        N_("Another licence"),
        [
            Optional(),
            Regexp(
                SPDX.pattern + r"$",
                message=_l("Please write the short name of the licence, such as GPL-3.0-only."),
            ),
        ],
        max_length=40,
        description=N_(
            "Only if it is not in the list above: its short name in the SPDX list (spdx.org)"
        ),
    )
    duration = Line(
        N_("How long does it take from the decision to the first day?"),
        [Optional()],
        max_length=120,
        description=N_("For example: about ten weeks"),
    )
    conditions = Text(
        N_("What has to be there so that it works?"), [Optional()], max_length=MOST_WORDS
    )
    used_since = Day(
        N_("In use since"), [Optional()], description=N_("The day on which it first was in use")
    )
    lessons = Text(
        N_("What went wrong, and what did you learn?"),
        [Optional()],
        max_length=MOST_BODY,
        description=N_("This helps others most. Please do not name people."),
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
    seen = HiddenField()

    def offer_licences(self) -> None:
        """The common ones; the line below holds any other."""
        self.licence.choices = [
            ("", translate(N_("No software, or not known"))),
            *licence_choices(),
            (OTHER, translate(N_("Another one"))),
        ]

    def show_licence(self, licence: str) -> None:
        """Point at a licence in the list, or write it into the line."""
        is_listed = not licence or licence in LICENCES
        self.licence.data = licence if is_listed else OTHER
        self.licence_other.data = "" if is_listed else licence

    @property
    def chosen_licence(self) -> str:
        other = self.licence_other.data or ""
        return other if self.licence.data == OTHER else self.licence.data or ""

    def values(self) -> dict[str, object]:
        """What the service takes: columns of an innovation."""
        own = {
            name: field.data or ("" if isinstance(field, (Line, Text)) else None)
            for name, field in self._fields.items()
            if hasattr(Innovation, name) and not isinstance(field, Euros)
        }
        sums = {name: self[name].data for name in ("cost_once", "cost_yearly")}
        return own | sums | {"licence": self.chosen_licence}
