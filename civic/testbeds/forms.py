"""Shape of what people send about test beds and pilots."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    TelField,
)
from wtforms.validators import Email, InputRequired, NumberRange, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Checkboxes, Day, Form, Line, MarkedPlace, Text, at_most, trimmed
from civic.core.language import N_
from civic.municipalities.forms import PlaceField
from civic.topics.forms import ListFilters

MOST_TITLE = 120
MOST_BODY = 4000
MOST_PLACES = 999
PLACES = NumberRange(1, MOST_PLACES, _l("Please give a number of places from 1 to 999."))


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_l("Please give a whole number.")) from error


class FilterForm(ListFilters):
    """The filters of the list."""

    status = SelectField(N_("State"), coerce=str, validators=[Optional()], validate_choice=False)


class TestbedForm(MarkedPlace, Form):
    """A new test bed or a changed one."""

    municipality = PlaceField(
        N_("For which municipality?"), [InputRequired(_l("Please say for which municipality."))]
    )
    title = Line(
        N_("Title"),
        [InputRequired(_l("Give the test bed a title."))],
        max_length=MOST_TITLE,
        description=N_("For example “The old fire station as a workshop for everybody”."),
    )
    body = Text(
        N_("What can be tried here?"),
        [InputRequired(_l("Describe the test bed."))],
        max_length=MOST_BODY,
        description=N_("What is it, for whom is it meant, and what is not possible?"),
    )
    topics = Checkboxes(N_("Which topics fit?"), description=N_("Three at most"))
    # `rules` is a word of every form: what the service refuses is caught under it.
    house_rules = Text(
        N_("Rules"),
        [Optional()],
        max_length=MOST_BODY,
        description=N_(
            "What must be kept to: times, insurance, data protection, noise. "
            "What does the municipality ask to be told in the end?"
        ),
    )
    equipment = Text(
        N_("Equipment"),
        [Optional()],
        max_length=2000,
        description=N_(
            "What is there and may be used: rooms, electricity, network, tools, people."
        ),
    )
    capacity = Whole(
        N_("How many pilots fit at the same time?"),
        [InputRequired(_l("Please give a number of places from 1 to 999.")), PLACES],
    )
    begins_on = Day(
        N_("First day"), [Optional()], description=N_("Day.Month.Year. Empty: from now on.")
    )
    ends_on = Day(
        N_("Last day"), [Optional()], description=N_("Day.Month.Year. Empty: no end is fixed.")
    )
    place = Line(
        N_("Where is it?"),
        [Optional()],
        max_length=MOST_TITLE,
        description=N_("In words, for example “Marktplatz 3, rear building”."),
    )
    contact_name = Line(
        N_("Who answers questions?"),
        [InputRequired(_l("Please name somebody who answers questions."))],
        max_length=120,
        description=N_("A person or an office. Everybody sees this."),
    )
    contact_email = EmailField(
        N_("E-mail address"),
        [Optional(), at_most(254), Email(_l("Please give an address such as amt@example.org."))],
        filters=[trimmed],
    )
    contact_phone = TelField(N_("Telephone"), [Optional(), at_most(40)], filters=[trimmed])
    seen = HiddenField()


class ApplyForm(Form):
    """Somebody asks for a place."""

    thing = RadioField(
        N_("What do you want to try?"),
        coerce=str,
        validators=[InputRequired(_l("Please choose what you want to try."))],
        option_widget=RadioInput(),
    )
    reference = Line(
        N_("Its number"),
        [Optional()],
        max_length=12,
        description=N_(
            "For “another contribution”: the number on its page, such as 2026-00042. "
            "It can be a project in whose team you are."
        ),
    )
    plan = Text(
        N_("What do you want to try, and what do you need for it?"),
        [InputRequired(_l("Please say what you want to try."))],
        max_length=MOST_BODY,
        description=N_(
            "The administration reads it and decides. If you are admitted, everybody can read it."
        ),
    )
    begins_on = Day(N_("From when?"), [Optional()], description=N_("Day.Month.Year"))
    ends_on = Day(N_("Until when?"), [Optional()], description=N_("Day.Month.Year"))


class DecideForm(Form):
    """The administration answers."""

    decision = RadioField(
        N_("Your decision"),
        coerce=str,
        validators=[InputRequired(_l("Please choose: admit or refuse."))],
        option_widget=RadioInput(),
    )
    reason = Text(
        N_("Your words to those who asked"),
        [Optional()],
        max_length=2000,
        description=N_(
            "Needed if you refuse: why, and what could be done instead? "
            "If you admit, everybody can read it."
        ),
    )


class FinishForm(Form):
    """What came of a pilot."""

    result = Text(
        N_("What came of it?"),
        [InputRequired(_l("Please say what came of it."))],
        max_length=MOST_BODY,
        description=N_(
            "What worked, what did not, how do you know? Everybody can read this, and others learn "
            "from it, also from what went wrong."
        ),
    )
