"""Shape of a decision."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired
from wtforms.widgets import RadioInput

from civic.core.forms import Form, Text
from civic.core.language import N_

LONGEST_REASON = 500


class Suggestion(NamedTuple):
    """A reason that is often the right one: its short name and the sentence for the author."""

    label: str
    text: str


#: By the word that stands in the address.
SUGGESTIONS = {
    "angriff": Suggestion(
        N_("Personal attack"),
        N_("The text attacks a person. Criticism of a matter is welcome, insults are not."),
    ),
    "herabwuerdigung": Suggestion(
        N_("Degrading people"),
        N_("The text degrades people for their origin, faith, sex, age or disability."),
    ),
    "privates": Suggestion(
        N_("Private data"),
        N_("The text names private data of other people without their consent."),
    ),
    "werbung": Suggestion(
        N_("Advertising"), N_("The text advertises a product, a service or a company.")
    ),
    "thema": Suggestion(
        N_("Off the subject"), N_("The text has nothing to do with what it is written under.")
    ),
}


class ReasonForm(Form):
    """Why a thing is shown again."""

    reason = Text(
        N_("Your reason"),
        [InputRequired(_l("Please give a reason."))],
        max_length=LONGEST_REASON,
        description=N_("The author gets this by mail. Write so that everybody understands it."),
    )


class HideForm(ReasonForm):
    """Why and how a thing is taken out of sight."""

    kind = RadioField(
        N_("What is to happen?"),
        coerce=str,
        default="hide",
        validators=[InputRequired(_l("Please choose what is to happen."))],
        option_widget=RadioInput(),
    )

    def offer(self) -> None:
        """Fill the choices; a value outside them is refused."""
        self.kind.choices = [
            ("hide", gettext("Hide it: it breaks the rules")),
            ("block", gettext("Hold it back for now: it has to be looked at first")),
        ]


def suggested(word: str) -> str:
    """The sentence that belongs to a word of the address, or nothing."""
    found = SUGGESTIONS.get(word)
    return gettext(found.text) if found else ""
