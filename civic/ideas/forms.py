"""Shape of what people send about ideas."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Checkboxes, Form, Line, Text
from civic.core.language import N_
from civic.municipalities.forms import PlaceField
from civic.organisations.forms import VoiceField
from civic.topics.forms import ListFilters

MOST_TITLE = 120
MOST_BODY = 4000


class IdeaForm(Form):
    """A new idea or an edited one."""

    title = Line(
        N_("Title"),
        [InputRequired(_l("Give your idea a title."))],
        max_length=MOST_TITLE,
        description=N_(
            "Say in one sentence what should be different. "
            "For example: “Benches on the way to the cemetery”."
        ),
    )
    body = Text(
        N_("What is it about?"),
        [InputRequired(_l("Describe your idea."))],
        max_length=MOST_BODY,
        description=N_(
            "What is difficult today? What would help? Who would gain from it? "
            "Please do not name other people."
        ),
    )
    municipality = PlaceField(
        N_("For which municipality?"),
        [InputRequired(_l("Please say for which municipality."))],
    )
    place = Line(
        N_("Where is it?"),
        [Optional()],
        max_length=MOST_TITLE,
        description=N_("In your words, for example “at the station” or “in the whole village”."),
    )
    topics = Checkboxes(N_("Which topics fit?"), description=N_("Three at most"))
    organisation = VoiceField()
    seen = HiddenField()


class FilterForm(ListFilters):
    """The filters of the list."""

    status = SelectField(N_("State"), coerce=str, validators=[Optional()], validate_choice=False)
    eigene = BooleanField(N_("Only my own"))
    gemerkt = BooleanField(N_("Only those I follow"))


class WithdrawForm(Form):
    """Why an idea is taken back."""

    code = RadioField(
        N_("Why do you take the idea back?"),
        coerce=str,
        validators=[InputRequired(_l("Please choose a reason."))],
        option_widget=RadioInput(),
    )
    text = Text(
        N_("Would you like to say more?"),
        [Optional()],
        max_length=1000,
        description=N_("Everybody can read this."),
    )


class DecideForm(Form):
    """What an administration says to an idea."""

    state = RadioField(
        N_("Where does the idea stand now?"),
        coerce=str,
        validators=[InputRequired(_l("Please choose a state."))],
        option_widget=RadioInput(),
    )
    reason = Text(
        N_("Your answer"),
        [Optional()],
        max_length=MOST_BODY,
        description=N_(
            "What was decided, why, and what happens next? Write so that everybody understands it. "
            "Needed unless the idea goes into review."
        ),
    )
