"""Where a comment is found, and its state in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from civic.comments import queries
from civic.comments.models import Comment
from civic.contributions.address import url_of
from civic.core.feature import Sign
from civic.core.urls import url_for


def url_of_comment(comment: Any) -> str:
    """The page of one comment; what people cite and what notices link to."""
    return url_for("comments.show", id=comment.id)


def sign_of_comment(comment: Any) -> Sign:
    """Whether it stands."""
    if comment.hidden_at is not None:
        return Sign(str(_("Hidden")), "ended", "eye-off")
    if comment.is_removed:
        return Sign(str(_("Removed")), "ended", "trash")
    return Sign(str(_("Published")), "", "comment")


def place_of(comment: Comment) -> str:
    """Where a comment is read among the others: on the page of the thing, if it is in sight."""
    page = url_of(comment.about) if queries.is_at_hand(comment) else url_of_comment(comment)
    return f"{page}#comment_{comment.id}"
