"""Shape of what people send about a project: its words and figures, its steps, the filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Checkboxes, Day, Euros, Form, Line, MarkedPlace, Text
from civic.core.language import N_, translate
from civic.core.numbers import number_in
from civic.municipalities.forms import PlaceField
from civic.organisations.forms import VoiceField
from civic.organisations.models import Joining
from civic.topics.forms import ListFilters

MOST_TITLE = 120
MOST_BODY = 6000
MOST_WORDS = 1000
MOST_REASON = 2000


def _number(value: str | int) -> int:
    """Of a thing. Raises `ValueError` for anything else, which becomes an error of the field."""
    if number := number_in(str(value)):
        return number
    raise ValueError(value)


class ProjectForm(MarkedPlace, Form):
    """A new project or an edited one."""

    ideas = Checkboxes(
        N_("On which ideas does the project stand?"),
        coerce=_number,
        validate_choice=False,  # the service takes those that the person may see
        description=N_(
            "Their authors and supporters hear of it. The ideas themselves stay as they are."
        ),
    )
    find = Line(
        N_("Look for an idea"),
        [Optional()],
        max_length=100,
        description=N_("By its number, such as 2026-00042, or by words of it."),
    )
    title = Line(
        N_("What is the project called?"),
        [InputRequired(_l("Give the project a name."))],
        max_length=MOST_TITLE,
        description=N_("For example: “A library that is open in the evening”."),
    )
    goal = Text(
        N_("What shall be different in the end?"),
        [InputRequired(_l("Describe the goal."))],
        max_length=MOST_BODY,
        description=N_("The goal, so that everybody can see later whether it was reached."),
    )
    problem = Text(
        N_("What is difficult today?"),
        [Optional()],
        max_length=MOST_BODY,
        description=N_("Please do not name other people."),
    )
    beneficiaries = Text(
        N_("Who gains from it?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("Which people, and how many, as far as you know."),
    )
    topics = Checkboxes(N_("Which topics fit?"), description=N_("Three at most"))
    municipality = PlaceField(
        N_("In which municipality?"),
        [InputRequired(_l("Please say in which municipality."))],
    )
    place = Line(
        N_("Where is it?"),
        [Optional()],
        max_length=MOST_TITLE,
        description=N_("In your words, for example “at the station” or “in the whole village”."),
    )
    begins_on = Day(N_("When does it begin?"), [Optional()], description=N_("Day.Month.Year"))
    ends_on = Day(
        N_("Until when shall it be done?"), [Optional()], description=N_("Day.Month.Year")
    )
    budget = Euros(
        N_("What does it cost?"),
        [Optional()],
        description=N_("In whole euros, as well as you can tell today."),
    )
    budget_note = Text(N_("What is the money needed for?"), [Optional()], max_length=MOST_WORDS)
    funding = Text(
        N_("Where does the money come from?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("What is promised already, and what is still missing?"),
    )
    joining = RadioField(
        N_("How do people join the team?"),
        [InputRequired(_l("Please choose how people join the team."))],
        coerce=str,
        default=Joining.REQUEST.value,
        option_widget=RadioInput(),
    )
    voice = VoiceField()
    seen = HiddenField()

    @property
    def kept(self) -> set[str]:
        """The names of the fields that a draft keeps."""
        return {name for name in self._fields if name not in {"csrf_token", "seen", "find"}}

    def offer(self, ideas: Sequence[Any]) -> None:
        """Choices in the language of the page; `ideas` are cards."""
        self.ideas.choices = [(card.id, card.title) for card in ideas]
        self.joining.choices = [
            (Joining.OPEN.value, gettext("Open: everybody with an account can join at once")),
            (Joining.REQUEST.value, gettext("On request: people ask, and you answer")),
            (Joining.INVITATION.value, gettext("By invitation only")),
        ]


class FilterForm(ListFilters):
    """The filters of the list."""

    status = SelectField(N_("State"), coerce=str, validators=[Optional()], validate_choice=False)
    eigene = BooleanField(N_("Only those of my teams"))
    gemerkt = BooleanField(N_("Only those I follow"))


class ApproveForm(Form):
    """The word of the administration about a project that was proposed."""

    decision = RadioField(
        N_("Your decision"),
        [InputRequired(_l("Please choose."))],
        coerce=str,
        option_widget=RadioInput(),
    )
    reason = Text(
        N_("Your answer"),
        [Optional()],
        max_length=MOST_REASON,
        description=N_(
            "Needed if you do not approve: only the team reads it, so that it can change the "
            "project. With an approval, everybody reads it."
        ),
    )

    def offer(self) -> None:
        self.decision.choices = [
            ("approve", gettext("Approve: the project is public at once")),
            ("refuse", gettext("Do not approve")),
        ]


class PauseForm(Form):
    """Why a project is held up."""

    reason = Text(
        N_("Why is the project paused?"),
        [InputRequired(_l("Please give a reason."))],
        max_length=MOST_REASON,
        description=N_("Everybody reads it. Say what has to happen until it goes on."),
    )


class ResumeForm(Form):
    """It goes on."""

    remark = Text(
        N_("Would you like to say more?"),
        [Optional()],
        max_length=MOST_REASON,
        description=N_("Everybody can read this."),
    )


class LessonsForm(Form):
    """What came of it."""

    lessons = Text(
        N_("What can others learn from it?"),
        [InputRequired(_l("Please write what others can learn from it."))],
        max_length=MOST_BODY,
        description=N_(
            "What came of it, what worked, what went wrong, and what would you do differently? "
            "An honest answer is worth as much as a success."
        ),
    )


class EndForm(Form):
    """It ends before it is done."""

    words = Text("", [Optional()], max_length=MOST_BODY)


class ContactForm(Form):
    """Who speaks for the administration in a team."""

    person = RadioField(
        N_("Who is the contact?"),
        [InputRequired(_l("Please choose a person."))],
        coerce=int,
        option_widget=RadioInput(),
    )

    def offer(self, people: Sequence[Any], me: int) -> None:
        """`people`: accounts of the administration; 0 stands for nobody."""
        self.person.choices = [
            *(
                (one.id, gettext("%(name)s (you)", name=one.name) if one.id == me else one.name)
                for one in people
            ),
            (0, gettext("Nobody at present")),
        ]


def state_choices(states: Sequence[Any]) -> list[tuple[str, str]]:
    """States of the list's filter, all of them first."""
    return [("", gettext("All")), *((state.value, translate(state.label)) for state in states)]
