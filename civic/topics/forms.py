"""The form of a topic."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from civic.core.forms import Form, Line
from civic.core.language import N_


class TopicForm(Form):
    """The words of a topic in both languages."""

    name_de = Line(
        N_("Name in German"),
        [DataRequired(_l("Please give the topic a name."))],
        max_length=80,
        description=N_("Two or three plain words, for example “Unterwegs sein”."),
    )
    name_en = Line(
        N_("Name in English"),
        max_length=80,
        description=N_("Empty: the German name is shown in both languages."),
    )
