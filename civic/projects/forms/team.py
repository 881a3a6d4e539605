"""Shape of what people send about a team: joining, requests, openings, invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.accounts.forms import Email
from civic.core.forms import Day, Form, Line, Text
from civic.core.language import N_
from civic.organisations.forms import VoiceField
from civic.projects.models import TeamRole

MOST_TITLE = 120
MOST_MESSAGE = 1000


class StandingField(VoiceField):
    """For whom somebody is in a team: themselves, or an organisation to which they belong."""

    def __init__(self, label: str = N_("For whom are you there?"), **kw: Any) -> None:
        super().__init__(label, **kw)
        self.description = N_("The name of the organisation then stands beside yours.")

    def offer(self, organisations: Sequence[Any]) -> None:
        super().offer(organisations)
        self.choices = [("", gettext("For myself")), *self.choices[1:]]


class JoinForm(Form):
    """Walking into an open team."""

    task = Line(
        N_("What would you like to do in the team?"),
        [Optional()],
        max_length=MOST_TITLE,
        description=N_("For example “talk to the shops” or “look after the website”."),
    )
    organisation = StandingField()


class AskForm(Form):
    """Somebody would like to join, for what is looked for or just so."""

    message = Text(
        N_("Your message"),
        [InputRequired(_l("Please write a few sentences, so that the team knows who you are."))],
        max_length=MOST_MESSAGE,
        description=N_(
            "Who are you, what would you like to do, how much time do you have? "
            "Only those who lead the project read it."
        ),
    )
    organisation = StandingField()


class AnswerForm(Form):
    """Yes or no to somebody who asks."""

    decision = RadioField(
        N_("Your decision"),
        [InputRequired(_l("Please choose."))],
        coerce=str,
        option_widget=RadioInput(),
    )
    fills = BooleanField(N_("With this person we have found whom we looked for"))
    answer = Text(
        N_("Your answer"),
        [Optional()],
        max_length=MOST_MESSAGE,
        description=N_("Goes to the person. Needed if you decline."),
    )

    def offer(self) -> None:
        self.decision.choices = [
            ("accept", gettext("Accept: the person joins the team")),
            ("decline", gettext("Decline")),
        ]


class OpeningForm(Form):
    """What a team looks for."""

    title = Line(
        N_("Whom or what do you look for?"),
        [InputRequired(_l("Please say whom or what you look for."))],
        max_length=MOST_TITLE,
        description=N_("For example “Somebody who can take photographs”."),
    )
    text = Text(
        N_("What is it about?"),
        [Optional()],
        max_length=2000,
        description=N_("What is there to do, and what should somebody bring along?"),
    )
    hours = Line(
        N_("How much time does it take?"),
        [Optional()],
        max_length=80,
        description=N_("For example “two hours a week” or “one Saturday in May”."),
    )
    until_on = Day(
        N_("Until when can people apply?"),
        [Optional()],
        description=N_("Day.Month.Year. Empty: until somebody is found."),
    )


class InviteForm(Form):
    """Somebody is invited by mail."""

    email = Email(
        N_("E-mail address"),
        N_("We send a link there. It works once, for this address only, and for 14 days."),
        autocomplete="off",
    )
    role = RadioField(
        N_("Role"),
        [InputRequired(_l("Please choose a role."))],
        coerce=str,
        default=TeamRole.MEMBER.value,
        option_widget=RadioInput(),
    )

    def offer(self) -> None:
        self.role.choices = [
            (TeamRole.MEMBER.value, gettext("Member: works on everything with you")),
            (TeamRole.LEAD.value, gettext("Lead: also decides about the project and the team")),
        ]


class AcceptForm(Form):
    """Coming because one was invited."""

    organisation = StandingField()


class LeaveForm(Form):
    """Going; whoever leads alone names who does from now on."""

    heir = RadioField(
        N_("Who leads the project from now on?"),
        [Optional()],
        coerce=int,
        validate_choice=False,  # the service says what is wrong with a choice
        option_widget=RadioInput(),
    )

    def offer(self, people: Sequence[Any]) -> None:
        self.heir.choices = [(one.id, one.name) for one in people]


class RemoveForm(Form):
    """Why somebody is taken out of a team."""

    reason = Text(
        N_("Reason"),
        [InputRequired(_l("Please give a reason."))],
        max_length=MOST_MESSAGE,
        description=N_("Only the person reads it."),
    )
