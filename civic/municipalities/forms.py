"""The field in which somebody names a municipality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from flask_babel import gettext
from wtforms import SelectField
from wtforms.validators import ValidationError
from wtforms.widgets import Select, TextInput

from civic.core.forms import Form, at_most, trimmed
from civic.core.language import N_, translate
from civic.municipalities.models import Municipality
from civic.municipalities.queries import LONGEST_NAME, Meaning

#: As many stand in the words of an error; the others are suggestions of the line.
MOST_NAMED = 3


class Register(Protocol):
    """Who knows the municipalities (the room's queries); no form asks the database by itself."""

    def choices(self) -> list[tuple[str, str]] | None: ...
    def find(self, slug: str, /) -> Municipality | None: ...
    def meant(self, text: str, /) -> Meaning: ...


class PlaceField(SelectField):  # type: ignore[misc]
    """A municipality: chosen from a list or, where there are too many for one, named in a line.

    The view gives it the register by `offer`; `place` is then the municipality that is meant.
    What the form begins with is a `Municipality`; what is sent is a slug or, in a line, a name.
    """

    is_line = False

    def __init__(
        self, label: str, validators: Any = (), *, nothing: str = N_("Please choose"), **kw: Any
    ) -> None:
        super().__init__(
            label,
            [*validators, at_most(LONGEST_NAME)],
            coerce=str,
            filters=[trimmed],
            validate_choice=False,  # `pre_validate` does
            **kw,
        )
        #: The empty choice, a msgid.
        self.nothing = nothing
        self._meaning: Meaning | None = None

    def offer(self, register: Register) -> None:
        """Make it a list or a line, as the number of municipalities asks for."""
        self.register = register
        few = register.choices()
        self.is_line = few is None
        self.widget = TextInput() if few is None else Select()
        self.choices = [("", translate(self.nothing)), *(few or ())]

    def point_at(self, municipality: Municipality | None) -> None:
        """Show this one, whatever was sent."""
        if municipality is not None:
            self.process_data(municipality)

    @property
    def place(self) -> Municipality | None:
        """The municipality that is meant; None where none is named, or not clearly."""
        return self.meaning.municipality

    @property
    def near(self) -> Sequence[Municipality]:
        """Those that it might be where that is not clear."""
        return self.meaning.near

    @property
    def meaning(self) -> Meaning:
        if self._meaning is None:
            self._meaning = self._understood(self.data or "")
        return self._meaning

    def _understood(self, said: str) -> Meaning:
        if not said or len(said) > LONGEST_NAME:
            return Meaning()
        return self.register.meant(said) if self.is_line else Meaning(self.register.find(said))

    def process_data(self, value: Municipality | None) -> None:
        self._meaning = Meaning(value)
        self.data = value.slug if value else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self._meaning = None
            self.data = valuelist[0]

    def pre_validate(self, form: Form) -> None:
        """Raises `ValidationError` with the words for what is wrong and what might be meant."""
        del form
        is_short = len(self.data or "") <= LONGEST_NAME  # else `at_most` says so
        if self.is_line and is_short and self.data and self.place is None:
            raise ValidationError(self._question())
        if not self.is_line and self.data not in dict(self.choices):
            raise ValidationError(gettext("Not a valid choice."))

    def _question(self) -> str:
        if names := "; ".join(town.full_name for town in self.near[:MOST_NAMED]):
            return str(
                gettext(
                    "Which municipality do you mean by “%(text)s”? For example: %(names)s.",
                    text=self.data,
                    names=names,
                )
            )
        return str(
            gettext(
                "We know no municipality “%(text)s”. Please check the spelling or write its "
                "official key.",
                text=self.data,
            )
        )

    def _value(self) -> str:
        """What stands in the line: the full name once it is known, else what was typed."""
        return self.place.full_name if self.place else self.data or ""
