"""The forms of this room."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import DataRequired, Email, Length, Optional

from civic.core.forms import Form, Line, Text
from civic.core.html import MAX_SOURCE
from civic.core.language import N_


class TextForm(Form):
    """The operator's own text of a page."""

    body = Text(
        N_("Text of the page"),
        description=N_("Leave it empty to show the text that comes with the program."),
        max_length=MAX_SOURCE,
    )


class FeedbackForm(Form):
    """A barrier that somebody met."""

    body = Text(
        N_("What hinders you?"),
        [DataRequired(_l("Please write what hinders you."))],
        description=N_(
            "What did you want to do, and what happened instead? If you like, also name your "
            "device or your screen reader."
        ),
        max_length=4000,
    )
    email = Line(
        N_("Your e-mail address"),
        [Optional(), Email(_l("Please give an address such as name@example.org."))],
        max_length=254,
        description=N_("Only if you would like an answer. We use it for nothing else."),
    )
    page = HiddenField(validators=[Length(max=2000)])
