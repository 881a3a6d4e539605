"""How an idea appears elsewhere: its address, its sign, the promised answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import gettext as _

from civic.contributions.address import sign_of, url_of
from civic.core import clock
from civic.core.feature import Sign
from civic.core.language import (
    N_,
    current_language,
    show_date,
    slugify,
    translate,
    translate_number,
)
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


#: The stations of the life line after the idea itself; the first of them is `Sign.step` 2.
STATIONS = (
    N_("Team and project"),
    N_("Pilot"),
    N_("Regular use"),
    N_("Impulse paper"),
    N_("Taken over"),
)
#: What proved itself can be taken over before somebody has written the paper.
IMPULSE_PAPER = 5

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


def idea_steps(idea: Any, later: Sequence[Any]) -> list[dict[str, str]]:
    """The life line of an idea: its stations, each leading to what has grown from it there.

    `later`: cards in the order of time (Jinja global).
    """
    there = {step: card for card in reversed(later) if (step := sign_of(card).step) > 1}
    own = sign_of(idea)
    now = max(own.step, *there) if there else own.step
    submitted = str(_("submitted on %(day)s", day=show_date(idea.published_at)))
    first = {"name": str(_("Idea")), "state": "now" if now == 1 else "done", "note": submitted}
    words = {own.step: own.label} | {step: sign_of(card).label for step, card in there.items()}
    return [
        first,
        *(
            {
                "name": translate(name),
                "state": _state_of(step, now, is_there=step in words),
                "note": words.get(step, str(_("open")) if step > now else ""),
                "url": url_of(there[step]) if step in there else "",
            }
            for step, name in enumerate(STATIONS, 2)
        ),
    ]


def _state_of(step: int, now: int, *, is_there: bool) -> str:
    if step == now:
        return "now"
    is_passed = step < now and (is_there or step != IMPULSE_PAPER)
    return "done" if is_passed else "next"


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
