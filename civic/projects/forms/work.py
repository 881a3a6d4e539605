"""Shape of what a team sends about its work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import RadioInput

from civic.core.forms import Day, Form, Line, Text
from civic.core.language import N_, translate
from civic.projects.models import Milestone, MilestoneState, Project

MOST_TITLE = 120
MOST_TASK = 160
MOST_WORDS = 160
MOST_TEXT = 2000
MOST_BODY = 6000
INNER, PUBLIC = "inner", "public"
#: Words of an address for whose tasks are asked for.
ME, NOBODY = "ich", "niemand"
_SETTLED = (MilestoneState.REACHED, MilestoneState.DROPPED)


class MilestoneForm(Form):
    """What shall be reached, and until when."""

    title = Line(
        N_("What shall be reached?"),
        [InputRequired(_l("Please say what shall be reached."))],
        max_length=MOST_TITLE,
        description=N_("In a few words, for example “The first bench stands”."),
    )
    due_on = Day(
        N_("Until when?"),
        [InputRequired(_l("Please give a day."))],
        description=N_("Day, month and year, for example 24.12.2026"),
    )


class SettleForm(Form):
    """What became of a milestone."""

    state = RadioField(
        N_("What became of it?"),
        coerce=str,
        validators=[InputRequired(_l("Please choose a state."))],
        option_widget=RadioInput(),
    )
    settled_on = Day(
        N_("When was that?"),
        [InputRequired(_l("Please give a day."))],
        description=N_("Day, month and year, for example 24.12.2026"),
    )
    result = Text(
        N_("What was reached, or why not?"),
        [InputRequired(_l("Please say in a sentence what was reached, or why not."))],
        max_length=MOST_TEXT,
        description=N_("Everybody can read this. What did not work helps others, too."),
    )

    def offer(self) -> None:
        self.state.choices = [(state.value, translate(state.label)) for state in _SETTLED]

    @property
    def words(self) -> dict[str, Any]:
        """What was sent, as the service takes it."""
        return {
            "state": MilestoneState(self.state.data),
            "settled_on": self.settled_on.data,
            "result": self.result.data or "",
        }


class TaskForm(Form):
    """What is to do, by whom and until when."""

    title = Line(
        N_("What is there to do?"),
        [InputRequired(_l("Please say what there is to do."))],
        max_length=MOST_TASK,
        description=N_("Only your team reads this."),
    )
    owner = SelectField(
        N_("Who does it?"),
        validators=[Optional()],
        coerce=str,
        description=N_("We tell this person, and remind them two days before."),
    )
    due_on = Day(
        N_("Until when?"),
        [Optional()],
        description=N_("Day, month and year, for example 24.12.2026"),
    )
    milestone = SelectField(N_("Does it belong to a milestone?"), [Optional()], coerce=str)

    def offer(self, project: Project, milestones: Sequence[Milestone]) -> None:
        """The people of the team, by name, and what is ahead."""
        people = sorted((m.user.name, str(m.user_id)) for m in project.team)
        self.owner.choices = [
            ("", translate(N_("Nobody yet"))),
            *((number, name) for name, number in people),
        ]
        self.milestone.choices = [
            ("", translate(N_("No milestone"))),
            *((str(m.id), m.title) for m in milestones),
        ]

    @property
    def words(self) -> dict[str, Any]:
        """What was sent, as the service takes it."""
        return {
            "title": self.title.data or "",
            "owner_id": int(self.owner.data) if self.owner.data else None,
            "due_on": self.due_on.data,
            "milestone_id": int(self.milestone.data) if self.milestone.data else None,
        }


class TaskFilterForm(Form):
    """Which tasks of a team; it stands in the address, so it carries no token."""

    class Meta(Form.Meta):
        csrf = False

    status = SelectField(N_("State"), coerce=str, validate_choice=False)
    person = SelectField(N_("Person"), coerce=str, validate_choice=False)
    meilenstein = SelectField(N_("Milestone"), coerce=str, validate_choice=False)

    def offer(self, project: Project, milestones: Sequence[Milestone]) -> None:
        self.status.choices = [
            ("offen", translate(N_("Open"))),
            ("erledigt", translate(N_("Ticked off"))),
        ]
        people = sorted((m.user.name, str(m.user_id)) for m in project.team)
        self.person.choices = [
            ("", translate(N_("Everybody"))),
            (ME, translate(N_("I"))),
            (NOBODY, translate(N_("Nobody yet"))),
            *((number, name) for name, number in people),
        ]
        self.meilenstein.choices = [
            ("", translate(N_("All milestones"))),
            *((str(m.id), m.title) for m in milestones),
        ]

    @property
    def chosen(self) -> Mapping[str, str]:
        """What is asked for, as far as the list offers it."""
        return {
            field.name: field.data
            for field in (self.status, self.person, self.meilenstein)
            if field.data and field.data in {value for value, _ in field.choices}
        }


class PostForm(Form):
    """News, for everybody or for the team."""

    title = Line(
        N_("Title"),
        [InputRequired(_l("Give your news a title."))],
        max_length=MOST_TITLE,
        description=N_("What has happened? For example: “The first bench stands”."),
    )
    body = Text(
        N_("Your news"),
        [InputRequired(_l("Please write what is new."))],
        max_length=MOST_BODY,
        description=N_("You can add pictures and documents in the next step."),
    )
    audience = RadioField(
        N_("Who may read it?"),
        coerce=str,
        validators=[InputRequired(_l("Please choose who may read it."))],
        option_widget=RadioInput(),
    )

    def offer(self, *, may_publish: bool, may_keep_inside: bool = True) -> None:
        """Before the project is public there is no public, and what is public stays so."""
        both = [(PUBLIC, N_("Everybody"), may_publish), (INNER, N_("The team"), may_keep_inside)]
        self.audience.choices = [(value, translate(words)) for value, words, is_on in both if is_on]

    @property
    def words(self) -> dict[str, Any]:
        return {
            "title": self.title.data or "",
            "body": self.body.data or "",
            "is_inner": self.audience.data == INNER,
        }


class DecisionForm(Form):
    """What was decided, by whom, where and when."""

    title = Line(
        N_("What is the decision?"),
        [InputRequired(_l("Please say what the decision is."))],
        max_length=200,
        description=N_("In one sentence, for example “The town pays for six benches”."),
    )
    body = Line(
        N_("Who made the decision?"),
        [InputRequired(_l("Please say who made the decision."))],
        max_length=MOST_WORDS,
        description=N_("For example “municipal council” or “the project team”."),
    )
    decided_on = Day(
        N_("When?"),
        [InputRequired(_l("Please give a day."))],
        description=N_("Day, month and year, for example 24.12.2026"),
    )
    place = Line(
        N_("Where?"),
        [Optional()],
        max_length=MOST_WORDS,
        description=N_("For example “public meeting, item 4 of the agenda”."),
    )
    text = Text(
        N_("What else should people know?"),
        [Optional()],
        max_length=MOST_TEXT,
        description=N_("Reasons, conditions, how many were for it. Please name no private people."),
    )


class ChangeDecisionForm(DecisionForm):
    """The same, with the reason of the change."""

    reason = Line(
        N_("Why do you change the record?"),
        [InputRequired(_l("Please say in a sentence why. Everybody can read it."))],
        max_length=MOST_WORDS,
        description=N_("Everybody can read this, and what stood here before."),
    )


class RemoveDecisionForm(Form):
    """Why a record is taken away."""

    reason = Line(
        N_("Why is the record removed?"),
        [InputRequired(_l("Please say in a sentence why. Everybody can read it."))],
        max_length=MOST_WORDS,
        description=N_("Everybody can read this."),
    )
