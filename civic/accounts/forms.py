"""Shape of what people send about their accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, PasswordField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import EmailInput, RadioInput

from civic.accounts.address import normal_address
from civic.core import names, passwords
from civic.core.errors import RuleBroken
from civic.core.forms import Form, Line
from civic.core.language import LANGUAGES, N_, error_text
from civic.municipalities.forms import PlaceField

MOST_EMAIL = 254
MOST_NAME = 60


class Keeps:
    """A rule of the service, asked early as well, so that all mistakes are shown at once."""

    def __init__(self, check: Callable[[str], object]) -> None:
        self.check = check

    def __call__(self, form: Form, field: Field) -> None:
        del form
        try:
            self.check(field.data or "")
        except RuleBroken as broken:
            raise ValidationError(error_text(broken)) from broken


class Email(Line):
    """An e-mail address; at sign-in anything may be typed, for it is only looked up."""

    widget = EmailInput()

    def __init__(
        self, label: str, description: str = "", autocomplete: str = "email", **kw: Any
    ) -> None:
        super().__init__(
            label,
            [
                InputRequired(_l("Please enter your e-mail address.")),
                *([] if autocomplete == "username" else [Keeps(normal_address)]),
            ],
            max_length=MOST_EMAIL,
            description=description,
            render_kw={
                "autocomplete": autocomplete,
                "autocapitalize": "off",
                "spellcheck": "false",
            },
            **kw,
        )


def check_strength(password: str) -> None:
    """What can be said of a password without knowing whose it is."""
    passwords.check_strength(password, ())


class Password(PasswordField):  # type: ignore[misc]
    """A password as typed. No length here: a browser would cut what is pasted without a word."""

    def __init__(
        self, label: str, description: str = "", *, is_new: bool = False, **kw: Any
    ) -> None:
        super().__init__(
            label,
            [
                InputRequired(_l("Please enter the password.")),
                *([Keeps(check_strength)] if is_new else []),
            ],
            description=description,
            render_kw={"autocomplete": "new-password" if is_new else "current-password"},
            **kw,
        )


NEW_PASSWORD = N_(
    "At least 12 characters. Three or four words in a row make a good password, "
    "for example “coffee ladder Tuesday moss”."
)
WHY_PASSWORD = N_("So that nobody else can do this on a device that you left open.")


class NameField(Line):
    """The name that everybody sees."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(
            N_("Name"),
            [InputRequired(_l("Please enter a name.")), Keeps(names.fold)],
            max_length=MOST_NAME,
            description=N_(
                "Everybody sees this name beside what you write. "
                "It may be a pseudonym. You can change it later."
            ),
            render_kw={"autocomplete": "nickname"},
            **kw,
        )


class HomeField(PlaceField):
    """The municipality that pages begin with."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(
            N_("Your municipality"),
            [Optional()],
            nothing=N_("No answer"),
            description=N_("Then you see first what happens where you live."),
            **kw,
        )


class SignUpForm(Form):
    """A new account."""

    email = Email(N_("E-mail address"), N_("Nobody sees it. We send you a link to confirm it."))
    name = NameField()
    password = Password(N_("Password"), NEW_PASSWORD, is_new=True)
    home = HomeField()
    is_old_enough = BooleanField(
        N_("I am 16 years old or older."),
        [InputRequired(_l("Please confirm that you are 16 or older."))],
    )


class AddressForm(Form):
    """An address to which a mail shall go: the confirmation again, or a link for a new password."""

    email = Email(N_("E-mail address"))


class SignInForm(Form):
    """Address and password."""

    email = Email(N_("E-mail address"), autocomplete="username")
    password = Password(N_("Password"))
    next = HiddenField()


class NewPasswordForm(Form):
    """The new password after a mailed link."""

    password = Password(N_("New password"), NEW_PASSWORD, is_new=True)


class ProfileForm(Form):
    """What others see, and how the pages speak to the person."""

    name = NameField()
    home = HomeField()
    language = SelectField(
        N_("Language"),
        coerce=str,
        choices=dict(LANGUAGES),
        description=N_("For the pages and for the mails that we send you."),
    )


class EmailForm(Form):
    """Another address."""

    email = Email(
        N_("New e-mail address"),
        N_("We send a link to this address. Only when you open it does the address change."),
    )
    password = Password(N_("Your password"), WHY_PASSWORD)


class PasswordForm(Form):
    """Another password."""

    current_password = Password(N_("Present password"), WHY_PASSWORD)
    password = Password(N_("New password"), NEW_PASSWORD, is_new=True)


class DeleteForm(Form):
    """The farewell, and what shall become of the contributions."""

    contributions = RadioField(
        N_("What shall become of your contributions?"),
        coerce=str,
        default="keep",
        validators=[InputRequired(_l("Please choose what shall become of your contributions."))],
        option_widget=RadioInput(),
    )
    password = Password(N_("Your password"), WHY_PASSWORD)

    def offer(self) -> None:
        self.contributions.choices = [
            ("keep", gettext("They stay, without my name. My votes still count.")),
            (
                "erase",
                gettext(
                    "Delete them too: my ideas and everything below them, my comments, my votes."
                ),
            ),
        ]
