"""Shape of an offer or a need."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Checkboxes, Day, Form, Line, Text
from civic.core.language import N_
from civic.municipalities.forms import PlaceField
from civic.organisations.forms import VoiceField

MOST_TITLE, MOST_BODY = 120, 4000


class ExchangeForm(Form):
    """What is looked for or offered."""

    direction = RadioField(
        N_("Do you look for something, or do you offer something?"),
        coerce=str,
        validators=[InputRequired(_l("Please say whether you look for something or offer it."))],
        option_widget=RadioInput(),
    )
    title = Line(
        N_("In a few words"),
        [InputRequired(_l("Please give it a title."))],
        max_length=MOST_TITLE,
        description=N_("For example: “Experience with digital help desks”"),
    )
    body = Text(
        N_("What exactly?"),
        [InputRequired(_l("Please describe what you look for or offer."))],
        max_length=MOST_BODY,
        description=N_("What do you have in mind, and what for? Others answer below your post."),
    )
    topics = Checkboxes(
        N_("Which topics fit?"),
        description=N_("Three at most. By the topics others are found who fit."),
    )
    until_on = Day(
        N_("Until when does it stand?"),
        [InputRequired(_l("Please say until when it stands."))],
        description=N_("After this day the list shows it no longer. At most one year ahead."),
    )
    innovation = Line(
        N_("Is it about an innovation in the register?"),
        [Optional()],
        max_length=12,
        description=N_("Then write its number, for example 2026-00042."),
    )
    municipality = PlaceField(
        N_("For which municipality?"),
        [InputRequired(_l("Please say for which municipality."))],
    )
    voice = VoiceField()
    seen = HiddenField()
