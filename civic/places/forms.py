"""The forms of a municipality's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, ColorField, IntegerField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, Regexp

from civic.core.forms import Form, Line, Text
from civic.core.language import N_
from civic.places.policy import LONGEST_APPROVAL, MOST_FILES, MOST_MEGABYTES

FROM_ONE = NumberRange(
    1, 1_000_000, _l("Please give a number from 1 on, or leave the field empty.")
)


class SettingsForm(Form):
    """What an administration sets for its municipality."""

    title = Line(
        N_("Name with its designation"),
        [DataRequired(_l("Please give the name that people read."))],
        max_length=160,
        description=N_("For example “Stadt Lindfurt”."),
    )
    welcome = Text(
        N_("Welcome text"),
        description=N_("Two or three sentences: what happens here, and who reads along?"),
        max_length=4000,
    )
    colour = ColorField(
        N_("Colour of the coat of arms"),
        [Regexp(r"^#[0-9a-fA-F]{6}$", message=_l("Please choose a colour such as #1d5a7a."))],
    )
    answer_days = IntegerField(
        N_("Days until the answer"),
        [
            InputRequired(_l("Please promise an answer within 1 to 365 days.")),
            NumberRange(1, 365, _l("Please promise an answer within 1 to 365 days.")),
        ],
        description=N_("Each idea shows a clock that runs for so many days."),
    )
    support_threshold = IntegerField(
        N_("Votes for the council"),
        [Optional(), FROM_ONE],
        description=N_("From so many votes on, the council deals with an idea in public."),
    )
    idea_edit_hours = IntegerField(
        N_("Hours in which an idea may be changed"),
        [Optional(), FROM_ONE],
        description=N_("Empty: without end. Each version stays visible."),
    )
    comment_edit_minutes = IntegerField(
        N_("Minutes in which a comment may be changed"),
        [Optional(), FROM_ONE],
        description=N_("Empty: without end."),
    )
    approves_projects = BooleanField(
        N_("Projects need a yes from the administration"),
        description=N_("With the tick a new project is public only once you have agreed to it."),
    )
    approval_days = IntegerField(
        N_("Days until this yes or no"),
        [
            InputRequired(_l("Please promise an answer within 1 to 90 days.")),
            NumberRange(1, LONGEST_APPROVAL, _l("Please promise an answer within 1 to 90 days.")),
        ],
        description=N_("The team sees until when you answer, and you are reminded."),
    )
    attachment_most = IntegerField(
        N_("Files on one contribution"),
        [
            InputRequired(_l("Please give a number from 0 to 50.")),
            NumberRange(0, MOST_FILES, _l("Please give a number from 0 to 50.")),
        ],
        description=N_("Pictures and documents together. With 0 no files are taken."),
    )
    attachment_megabytes = IntegerField(
        N_("Megabytes of one file"),
        [
            InputRequired(_l("Please give a number from 1 to 10.")),
            NumberRange(1, MOST_MEGABYTES, _l("Please give a number from 1 to 10.")),
        ],
        description=N_("A photo of a telephone has 2 to 8 megabytes."),
    )
    takes_documents = BooleanField(
        N_("Documents are taken beside pictures"),
        description=N_("PDF, ODT, DOCX, XLSX and CSV; they are only downloaded, never shown."),
    )
    is_active = BooleanField(
        N_("People can take part here"),
        description=N_("Without the tick the page says that the municipality is not on board yet."),
    )
