"""The base of all forms: they check shape; a broken rule becomes an error beside its field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import get_domain, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from civic.core.errors import RuleBroken
from civic.core.language import N_, error_text


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

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Catch a `RuleBroken` of the service and put its words beside the field it names."""
        try:
            yield
        except RuleBroken as broken:
            self.add_error(error_text(broken), broken.field)

    def add_error(self, message: str, field: str | None = None) -> None:
        if field and field in self:
            target = self[field]
            target.errors = [*target.errors, message]
        else:
            self.form_errors = [*self.form_errors, message]

    @property
    def status(self) -> int:
        """422 when the form came back with errors, else 200."""
        return 422 if self.errors else 200


TOO_LONG = lazy_gettext("Please use at most %(max)d characters.")
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
