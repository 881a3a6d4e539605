"""Shape of what people send about organisations, and the choice in whose name they publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import RadioInput

from civic.accounts.forms import Email
from civic.core.forms import Form, Line, Text
from civic.core.language import N_, translate
from civic.municipalities.forms import PlaceField
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    OrganisationRole,
)


class VoiceField(SelectField):  # type: ignore[misc]  # WTForms has no types
    """In whose name? One's own, or that of an organisation for which one may speak.

    The view calls `offer` with `organisations.current.voices()`; with none of them the field stays
    out of sight and means "myself". `organisation` is then what was chosen. Shown by
    `components/voice_field.html`.
    """

    def __init__(self, label: str = N_("In whose name?"), **kw: Any) -> None:
        super().__init__(
            label,
            coerce=str,
            choices=(),
            validate_choice=False,  # `pre_validate` does, with better words
            description=N_(
                "In the name of an organisation, everybody sees the organisation. "
                "Its members and the moderation can see that it was you."
            ),
            **kw,
        )
        self._offered: dict[str, Organisation] = {}

    def offer(self, organisations: Sequence[Organisation]) -> None:
        """Say for whom the person may speak."""
        self._offered = {str(each.id): each for each in organisations}
        self.choices = [
            ("", gettext("In my own name")),
            *((key, each.name) for key, each in self._offered.items()),
        ]

    def point_at(self, id: str) -> None:
        """Begin with this one, if it is among those offered."""
        if id in self._offered:
            self.data = id

    @property
    def is_offered(self) -> bool:
        return bool(self._offered)

    @property
    def organisation(self) -> Organisation | None:
        """In whose name; None: the person's own."""
        return self._offered.get(self.data or "")

    def pre_validate(self, form: Form) -> None:
        """Raises `ValidationError` where the right has gone since the page was opened."""
        del form
        if self.data and self.organisation is None:
            raise ValidationError(
                gettext("You can no longer publish in this name. Please choose again.")
            )


class OrganisationForm(Form):
    """What an organisation is and says of itself."""

    name = Line(
        N_("Name"),
        [InputRequired(_l("Please give the name of the organisation."))],
        max_length=120,
        description=N_("As it is known, for example “Heimatverein Moosbach e. V.”."),
        render_kw={"autocomplete": "organization"},
    )
    kind = SelectField(
        N_("What kind of organisation is it?"),
        [InputRequired(_l("Please choose a kind."))],
        coerce=str,
    )
    municipality = PlaceField(
        N_("In which municipality is it at home?"),
        [InputRequired(_l("Please say in which municipality."))],
        description=N_("The administration there can confirm that the organisation is real."),
    )
    joining = RadioField(
        N_("How do people become members?"),
        [InputRequired(_l("Please choose how people become members."))],
        coerce=str,
        default=Joining.REQUEST.value,
        option_widget=RadioInput(),
    )
    description = Text(
        N_("What does the organisation do?"),
        [Optional()],
        max_length=4000,
        description=N_("Who are you, and what do you work on? A few sentences are enough."),
    )
    website = Line(
        N_("Website"),
        [Optional()],
        max_length=200,
        render_kw={"type": "url", "autocomplete": "url"},
    )
    contact_name = Line(
        N_("Whom can people ask?"),
        [Optional()],
        max_length=120,
        description=N_("A name or an office, for example “Vorstand”. Everybody sees it."),
    )
    contact_email = Line(
        N_("E-mail address for questions"),
        [Optional()],
        max_length=254,
        description=N_("Everybody sees it. Best is an address of the organisation."),
        render_kw={"type": "email", "autocapitalize": "off", "spellcheck": "false"},
    )
    contact_phone = Line(
        N_("Telephone number for questions"),
        [Optional()],
        max_length=40,
        description=N_("Everybody sees it."),
        render_kw={"type": "tel"},
    )

    def offer(self, *, is_staff: bool) -> None:
        """Choices in the language of the page; an administration is opened by its staff."""
        kinds = [
            k for k in OrganisationKind if is_staff or k is not OrganisationKind.ADMINISTRATION
        ]
        self.kind.choices = [
            ("", gettext("Please choose")),
            *((kind.value, translate(kind.label)) for kind in kinds),
        ]
        self.joining.choices = [(way.value, translate(way.label)) for way in Joining]


class LogoForm(Form):
    """A picture that stands for the organisation."""

    logo = FileField(
        N_("Picture"),
        description=N_("JPEG, PNG or WebP. A square one looks best."),
    )


class AskForm(Form):
    """Somebody would like to become a member."""

    message = Text(
        N_("Your message"),
        [InputRequired(_l("Please write a sentence, so that the owners know who you are."))],
        max_length=1000,
        description=N_("Who are you, and why would you like to join in? Only the owners read it."),
    )


class AnswerForm(Form):
    """Yes or no to somebody who asks."""

    decision = RadioField(
        N_("Your decision"),
        [InputRequired(_l("Please choose."))],
        coerce=str,
        option_widget=RadioInput(),
    )
    answer = Text(
        N_("Your answer"),
        [Optional()],
        max_length=1000,
        description=N_("Goes to the person by mail. Needed if you decline."),
    )

    def offer(self) -> None:
        self.decision.choices = [
            ("accept", gettext("Accept: the person becomes a member")),
            ("decline", gettext("Decline")),
        ]


def role_choices() -> list[tuple[str, str]]:
    """What a member may do, with what it means; the least first."""
    return [
        (OrganisationRole.MEMBER.value, gettext("Member: belongs to it and sees who else does")),
        (OrganisationRole.EDITOR.value, gettext("Editor: also publishes in its name")),
        (OrganisationRole.OWNER.value, gettext("Owner: also decides about members and the end")),
    ]


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
        default=OrganisationRole.MEMBER.value,
        option_widget=RadioInput(),
    )

    def offer(self) -> None:
        self.role.choices = role_choices()


class RoleForm(Form):
    """Another role for a member."""

    role = RadioField(
        N_("Role"),
        [InputRequired(_l("Please choose a role."))],
        coerce=str,
        option_widget=RadioInput(),
    )

    def offer(self) -> None:
        self.role.choices = role_choices()


class HandOverForm(Form):
    """Who owns it from now on."""

    heir = SelectField(
        N_("Who takes the organisation over?"),
        [InputRequired(_l("Please choose a member."))],
        coerce=str,
    )

    def offer(self, members: Sequence[OrganisationMember]) -> None:
        self.heir.choices = [
            ("", gettext("Please choose")),
            *((str(m.user_id), f"{m.user.name} ({translate(m.role.label)})") for m in members),
        ]


class ReasonForm(Form):
    """Why a confirmation is taken back."""

    reason = Text(
        N_("Reason"),
        [InputRequired(_l("Please give a reason."))],
        max_length=1000,
        description=N_("The owners get it by mail."),
    )


class SeenForm(Form):
    """A step that holds for what its page has shown."""

    seen = HiddenField()
