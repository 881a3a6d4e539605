"""How an idea appears elsewhere: its address, its sign, the promised answer in words."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import gettext as _

from civic.core import clock
from civic.core.feature import Sign
from civic.core.language import current_language, slugify, translate, translate_number
from civic.core.urls import url_for
from civic.ideas.models import AWAITING, IdeaState, WithdrawalReason

#: Look, icon and station on the life line of each state.
SIGNS: dict[IdeaState, tuple[str, str, int]] = {
    IdeaState.OPEN: ("", "circle", 1),
    IdeaState.IN_REVIEW: ("now", "half", 1),
    IdeaState.TAKEN_UP: ("good", "check", 2),
    IdeaState.DECLINED: ("ended", "cross", 1),
    IdeaState.DONE: ("good", "flag", 2),
    IdeaState.WITHDRAWN: ("ended", "minus", 1),
}


#: An answer that is due in so many days is announced on the card.
SOON = 14


def url_of_idea(idea: Any) -> str:
    """The address of an idea or of its card."""
    return url_for("ideas.show", id=idea.id, slug=slugify(idea.title))


def sign_of_idea(idea: Any) -> Sign:
    """The state in words; while an answer is owed and the card knows the term, the days left."""
    due: date | None = getattr(idea, "answer_due_on", None)
    if idea.state not in AWAITING or getattr(idea, "answered_at", None) is not None:
        due = None
    left = days_left(due) if due else None
    return _sign(IdeaState(idea.state), left, current_language())


@lru_cache
def _sign(state: IdeaState, left: int | None, language: str) -> Sign:
    """Made once for each state and number of days; `language` is a part of the key."""
    del language
    variant, icon, step = SIGNS[state]
    if left is not None and left < 0:
        return Sign(overdue_words(-left), "late", "warning", step)
    if left is not None and left <= SOON:
        return Sign(answer_in_words(left), "now", "half", step)
    return Sign(translate(state.label), variant, icon, step)


class Term(NamedTuple):
    """The promised term: days in all, days gone, whether the answer is there."""

    total: int
    gone: int
    answered: bool


def answer_term(idea: Any) -> Term | None:
    """What the clock shows; None where no answer is owed (any more) and none was given."""
    if idea.answer_due_on is None:
        return None
    begun = clock.local_date(idea.published_at)
    total = max((idea.answer_due_on - begun).days, 1)
    if idea.answered_at:
        return Term(total, (clock.local_date(idea.answered_at) - begun).days, answered=True)
    if idea.state in AWAITING:
        return Term(total, (clock.today() - begun).days, answered=False)
    return None


def reason_words(code: str | None) -> str:
    """Why an idea was withdrawn."""
    return translate(WithdrawalReason(code).label) if code else ""


def days_left(due: date) -> int:
    """Days until the promised day; negative when it has passed."""
    return (due - clock.today()).days


def overdue_words(days: int) -> str:
    return translate_number("%(num)s day overdue", "%(num)s days overdue", days)


def answer_in_words(days: int) -> str:
    if days == 0:
        return str(_("Answer due today"))
    return translate_number("Answer in %(num)s day", "Answer in %(num)s days", days)
