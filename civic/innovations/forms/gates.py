"""Shape of a proposal, of an ending and of a decision."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Day, Form, Line, Text
from civic.core.language import N_

MOST_WORDS = 4000
AGREE, REFUSE = "agree", "refuse"


class EvidenceForm(Form):
    """What speaks for a step."""

    figures = Text(
        N_("What do the figures say?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("What was measured, over what time, and what was expected"),
    )
    costs = Text(
        N_("What has it cost so far?"),
        [InputRequired(_l("Please say what it has cost so far, or that it has cost nothing."))],
        max_length=MOST_WORDS,
        description=N_("Money and working hours. “Nothing” is an answer, too."),
    )
    voices = Text(
        N_("What do people say who use it or work with it?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("In their words, without names. Also what they do not like."),
    )
    documents = Text(
        N_("Which documents belong to it?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_(
            "Name them or give their addresses. You add files under “Documents and files”."
        ),
    )


class ProposeForm(EvidenceForm):
    """A step on, or back."""

    to = RadioField(
        N_("Which step do you propose?"),
        coerce=str,
        validators=[InputRequired(_l("Please choose a step."))],
        option_widget=RadioInput(),
    )


class EndForm(EvidenceForm):
    """The honest end."""

    lessons = Text(
        N_("What went wrong, and what can others learn from it?"),
        [InputRequired(_l("Please write down what others can learn from it."))],
        max_length=10_000,
        description=N_(
            "What did you want, what happened, what would you do differently? "
            "Please do not name people."
        ),
    )


class DecideForm(Form):
    """A decision as it was taken."""

    verdict = RadioField(
        N_("What was decided?"),
        coerce=str,
        validators=[InputRequired(_l("Please say what was decided."))],
        option_widget=RadioInput(),
    )
    body = Line(
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
    reason = Text(
        N_("Why was it decided this way?"),
        [InputRequired(_l("Please give the reason for the decision."))],
        max_length=MOST_WORDS,
        description=N_(
            "If it is agreed, everybody can read this. If not, the team and those who decide."
        ),
    )
