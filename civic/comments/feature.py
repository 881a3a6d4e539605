"""Door plate of the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask

from civic.accounts.current import actor
from civic.accounts.models import System
from civic.activity.models import Activity
from civic.activity.service import recorded
from civic.comments import cli, policy, service, views
from civic.comments.address import sign_of_comment, url_of_comment
from civic.comments.models import Comment
from civic.contributions.address import house
from civic.core import templates
from civic.core.feature import Feature, Kind
from civic.core.language import N_, current_language

#: After these a comment counts that did not, or the other way round.
COUNTING = frozenset({"moderation.hidden", "moderation.blocked", "moderation.restored"})


def _listen(activity: Activity) -> None:
    """What moderation does to a comment changes the count on the thing that it is about."""
    if activity.verb in COUNTING:
        service.settle_counts_by_id(System(), activity.contribution_id)


def _setup(app: Flask) -> None:
    del app
    recorded.connect(_listen)


def thing_acts() -> list[Callable[..., str]]:
    """Jinja global: the macros `act` of the templates that the rooms declared."""
    language = current_language()
    return [vars(templates.get(name, language).module)["act"] for name in house().acts()]


def thing_marks(ids: Sequence[int]) -> dict[int, set[str]]:
    """Jinja global: what the person who looks did to these things."""
    return house().marks(actor(), ids)


feature = Feature(
    name="comments",
    blueprint=views.bp,
    kinds=(
        Kind(Comment, N_("Comment"), N_("Comments"), url_of_comment, sign_of_comment, listed=False),
    ),
    verbs={
        "comment.added": N_("Comment written"),
        "comment.edited": N_("Comment changed"),
        "comment.removed": N_("Comment removed by its author"),
    },
    notices={"comment.added": "talk"},
    rules=policy.RULES,
    globals={"thing_acts": thing_acts, "thing_marks": thing_marks},
    setup=_setup,
    cli=(cli.group,),
    forget=service.forget,
)
