"""The one form of the room: what a person says."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from civic.comments.models import LONGEST
from civic.core.forms import Form, Text
from civic.core.language import N_
from civic.organisations.forms import VoiceField


class CommentForm(Form):
    """Several may stand on one page, hence ids that carry the number of what is answered.

    It brings no token of its own: every POST is checked by `core.security`, the templates write
    the token, and a page for visitors can show where the form would be without setting a cookie.
    """

    class Meta(Form.Meta):
        csrf = False

    body = Text(
        N_("Your comment"),
        [DataRequired(_l("Please write something first."))],
        max_length=LONGEST,
        description=N_("Be kind and keep to the subject. Your name is shown with it."),
    )
    organisation = VoiceField()

    def __init__(self, *args: Any, place: str = "comment", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body.id = self.body.label.field_id = f"{place}_body"
        self.organisation.id = self.organisation.label.field_id = f"{place}_organisation"
