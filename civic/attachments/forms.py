"""Shape of what is said about a file."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField
from wtforms.validators import InputRequired

from civic.attachments.models import LONGEST_ALT, Attachment
from civic.attachments.policy import LONGEST_REASON
from civic.contributions.models import Contribution
from civic.core.forms import Form, Line, Text
from civic.core.language import N_


class _InnerForm(Form):
    """Who sees it; the question is asked where the thing has a part for a team alone."""

    is_inner = BooleanField(
        N_("Only for the team"),
        description=N_("Without the tick everybody sees it who sees the page."),
    )

    def fit(self, thing: Contribution) -> None:
        if not thing.has_inside:
            del self.is_inner

    @property
    def inner(self) -> bool:
        return bool(self.is_inner and self.is_inner.data)


class FileForm(_InnerForm):
    """A file to be added."""

    file = FileField(N_("File"), [FileRequired(_l("Please choose a file."))])
    alt = Line(
        N_("What is to be seen on the picture?"),
        max_length=LONGEST_ALT,
        description=N_(
            "For people who do not see it. Needed for each picture, for example: Ten people plant "
            "a tree beside the town hall. Leave it empty for a document."
        ),
    )


class WordsForm(_InnerForm):
    """The words beside a file that is there."""

    alt = Line(
        N_("What is to be seen on the picture?"),
        max_length=LONGEST_ALT,
        description=N_("For people who do not see it."),
    )

    def fit_to(self, file: Attachment, thing: Contribution) -> None:
        self.fit(thing)
        if not file.is_image:
            del self.alt

    @property
    def words(self) -> str:
        return str(self.alt.data or "") if self.alt else ""


class TakeDownForm(Form):
    """Why the moderation removes a file."""

    reason = Text(
        N_("Your reason"),
        [InputRequired(_l("Please give a reason."))],
        max_length=LONGEST_REASON,
        description=N_(
            "Who added the file gets this by mail. Write so that everybody understands it."
        ),
    )
