"""The form of a topic, and the fields with which lists of all things are filtered."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, Optional

from civic.core.forms import Checkboxes, Form, Line
from civic.core.language import N_, current_language
from civic.municipalities import queries as municipalities
from civic.municipalities.forms import PlaceField
from civic.municipalities.models import Municipality
from civic.topics import queries


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


class ListFilters(Form):
    """Filters stand in the address, so they carry no token; see `filters.py`."""

    class Meta(Form.Meta):
        csrf = False

    q = Line(N_("Search word"), [Optional()], max_length=100)
    kommune = PlaceField(N_("Municipality"), [Optional()], nothing=N_("All municipalities"))
    thema = Checkboxes(N_("Topic"), validate_choice=False)

    def offer(self, chosen: Municipality | None) -> None:
        """Choices in the language of the page, with the municipality that is asked for."""
        self.kommune.offer(municipalities)
        self.kommune.point_at(chosen)
        self.thema.choices = queries.choices(current_language())
