"""The base of all forms: they check shape; a broken rule becomes an error beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Response, after_this_request
from flask_babel import get_domain, gettext, lazy_gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from civic.core.errors import Outdated, RuleBroken, TooMany, Unavailable
from civic.core.language import N_, current_language, error_text


class _Translations:
    """Lets WTForms speak through the catalogue of the house."""

    def gettext(self, message: str) -> str:
        return str(gettext(message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # Unfilled: WTForms puts in what its message names, which flask-babel does not know of.
        return str(get_domain().get_translations().ungettext(singular, plural, n))


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Shape only; no form touches the database."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, form: FlaskForm) -> _Translations:
            del form
            return _Translations()

    form_errors: list[str]
    _refused_as = 422

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Catch a `RuleBroken` of the service and put its words beside the field it names.

        The same for `Unavailable`, `TooMany` and `Outdated`: what was typed is kept, and the person
        tries again later, or once they have compared (the form then has a field `seen`).
        """
        try:
            yield
        except (RuleBroken, Unavailable) as broken:
            self._refused_as = broken.status
            self.add_error(error_text(broken), broken.field)
        except Outdated as late:
            self._refused_as = late.status
            self.add_error(error_text(late))
            self["seen"].data = late.now
        except TooMany as early:
            self._refused_as = early.status
            self.add_error(error_text(early))
            after_this_request(partial(_say_when, early.retry_after))

    def add_error(self, message: str, field: str | None = None) -> None:
        if field and field in self:
            target = self[field]
            target.errors = [*target.errors, message]
        else:
            self.form_errors = [*self.form_errors, message]

    @property
    def status(self) -> int:
        """422 (503 where the house failed) when the form came back with errors, else 200."""
        return self._refused_as if self.errors else 200


def _say_when(seconds: int, response: Response) -> Response:
    """To come back: for programs; people read it in the words."""
    response.headers["Retry-After"] = str(seconds)
    return response


TOO_LONG = lazy_gettext("Please use at most %(max)d characters.")
#: What `Outdated` says; named here so that the catalogue has it.
CHANGED_MEANWHILE = N_(
    "Somebody has changed this while you were writing. Open it in a second window and compare. If "
    "you save again now, your version counts."
)
#: What WTForms itself says; named here so that the catalogue has it.
WTFORMS_SAYS = (
    N_("Not a valid choice."),
    N_("This field is required."),
    N_("Invalid Choice: could not coerce."),
    N_("The CSRF token is missing."),
)


def trimmed(value: Any) -> Any:
    """Filter: no white space around what people type, and line ends as Python knows them."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def at_most(length: int) -> Length:
    """No longer than this, with words of ours."""
    return Length(max=length, message=TOO_LONG)


class Line(StringField):  # type: ignore[misc]
    """One line of text, trimmed, never longer than its column."""

    def __init__(
        self, label: str, validators: Any = (), *, max_length: int = 200, **kw: Any
    ) -> None:
        super().__init__(label, [*validators, at_most(max_length)], filters=[trimmed], **kw)
        self.max_length = max_length


class Text(TextAreaField):  # type: ignore[misc]
    """Several lines, trimmed, never longer than allowed."""

    def __init__(
        self, label: str, validators: Any = (), *, max_length: int = 4000, **kw: Any
    ) -> None:
        super().__init__(label, [*validators, at_most(max_length)], filters=[trimmed], **kw)
        self.max_length = max_length


class Day(DateField):  # type: ignore[misc]
    """A day as people write it: the German way or the way of machines; `data` is a date or None.

    An emptied field takes away the day that was there. What is no day is shown again.
    """

    data: Any
    FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y")
    #: Days outside of these years are slips of the finger.
    FIRST_YEAR, LAST_YEAR = 1900, 2100

    def __init__(self, label: str, validators: Any = (), **kw: Any) -> None:
        super().__init__(label, validators, format=list(self.FORMATS), **kw)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Raises `ValueError` with words for the person, which WTForms puts beside the field."""
        if not valuelist:
            return
        typed = valuelist[0].strip()
        self.data = _day_of(typed, self.FORMATS)
        if typed and not (self.data and self.FIRST_YEAR <= self.data.year <= self.LAST_YEAR):
            self.data = None
            raise ValueError(gettext("Please write the day like this: 24.12.2026"))


def _day_of(text: str, formats: Sequence[str]) -> date | None:
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


class Euros(StringField):  # type: ignore[misc]
    """A sum in whole euros, however thousands are parted; `data` is the number or None."""

    #: One sign parts all thousands of a sum: "1.234,567" is none.
    FORM = re.compile(r"\d+|\d{1,3}(?:([.,'’\s])\d{3}(?:\1\d{3})*)?")
    SIGN = re.compile(r"(,(00|-|–|—))?\s*(€|euros?|eur)?$|^(€|euros?|eur)\s*", re.IGNORECASE)
    #: Signs of the longest sum with all that may stand around it.
    LONGEST = 40
    #: What a column holds.
    MOST = 2_000_000_000

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Raises `ValueError` with words for the person, which WTForms puts beside the field."""
        if not valuelist:
            return
        self.data = None
        if typed := valuelist[0].strip():
            self.data = self._read(typed)

    def _read(self, typed: str) -> int:
        plain = self.SIGN.sub("", typed) if len(typed) <= self.LONGEST else ""
        if not self.FORM.fullmatch(plain):
            raise ValueError(gettext("Please write the sum in whole euros, for example 12500."))
        number = int(re.sub(r"\D", "", plain))
        if number > self.MOST:
            raise ValueError(gettext("This sum is too large. Please check it."))
        return number

    def _value(self) -> str:
        """What was written, however wrong; else the digits, which every language reads alike."""
        if self.raw_data:
            return str(self.raw_data[0])
        return str(self.data) if self.data is not None else ""


class Checkboxes(SelectMultipleField):  # type: ignore[misc]
    """Several of a few."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class _DegreesInput(TextInput):  # type: ignore[misc]
    """A line and not a number: a browser would throw away what it cannot read as one."""

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        return super().__call__(field, **{"inputmode": "decimal", "autocomplete": "off"} | kwargs)


class Degrees(StringField):  # type: ignore[misc]
    """A latitude or longitude in degrees (WGS 84); a point and a comma both begin the decimals.

    `data` is a float or None. What was typed and makes no sense is shown again with the error.
    """

    widget = _DegreesInput()
    FORM = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{0,15})?[\s\xa0]?°?", re.ASCII)

    def __init__(self, label: str, *, between: tuple[int, int], message: str, **kw: Any) -> None:
        """`message` says what is wrong with a position that does not lie between these two."""
        super().__init__(label, **kw)
        self.least, self.most = between
        self.message = message

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
        elif self.FORM.fullmatch(typed):
            self.data = float(typed.rstrip(" °\xa0").replace(",", "."))
        else:
            self.data = None
            raise ValueError(gettext("Please give degrees with decimals, for example 50.1109."))

    def pre_validate(self, form: Form) -> None:
        """Raises `ValidationError` for a position that lies elsewhere."""
        del form
        if self.data is not None and not self.least <= self.data <= self.most:
            raise ValidationError(self.message)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        plain = f"{self.data:.5f}".rstrip("0").rstrip(".")
        return plain.replace(".", ",") if current_language() == "de" else plain


class MarkedPlace:
    """For forms of things that lie somewhere: both fields of `components/map_input.html`."""

    latitude = Degrees(
        N_("Latitude"),
        between=(47, 56),
        message=_l("The latitude of a place in Germany lies between 47 and 56."),
    )
    longitude = Degrees(
        N_("Longitude"),
        between=(5, 16),
        message=_l("The longitude of a place in Germany lies between 5 and 16."),
    )

    def validate_longitude(self, field: Degrees) -> None:
        """A mark needs both. Raises `ValidationError`."""
        is_readable = not (self.latitude.errors or field.errors)
        if is_readable and (field.data is None) != (self.latitude.data is None):
            raise ValidationError(gettext("Please give latitude and longitude, or neither."))
