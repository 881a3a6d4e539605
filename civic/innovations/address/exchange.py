"""How an offer or a need appears elsewhere: its address and its sign."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _

from civic.core import clock
from civic.core.feature import Sign
from civic.core.language import current_language, show_date, slugify, translate
from civic.core.urls import url_for
from civic.innovations.models import Direction

#: Look and icon of what somebody posts.
SIGNS: dict[Direction, tuple[str, str]] = {
    Direction.WANTED: ("now", "half"),
    Direction.OFFERED: ("good", "check"),
}
#: It helps the next municipality on its way.
STATION = 6


def url_of_exchange(exchange: Any) -> str:
    """The address of a post or of its card."""
    return url_for("innovations.exchange_show", id=exchange.id, slug=slugify(exchange.title))


def sign_of_exchange(exchange: Any) -> Sign:
    """Which of the two it is, or that it no longer stands.

    A card that does not know its day says what its state says.
    """
    until: date | None = getattr(exchange, "until_on", None)
    is_over = until is not None and until < clock.today()
    state = "over" if is_over and exchange.state in SIGNS else exchange.state
    return _sign(state, current_language())


@lru_cache
def _sign(state: str, language: str) -> Sign:
    """Made once for each; `language` is a part of the key."""
    del language
    if state in set(Direction):
        variant, icon = SIGNS[Direction(state)]
        return Sign(translate(Direction(state).label), variant, icon, STATION)
    if state == "over":
        return Sign(str(_("Its day has passed")), "ended", "clock", STATION)
    return Sign(str(_("Settled")), "ended", "check", STATION)


def until_words(until: date | None) -> str:
    """Until when it stands (Jinja global)."""
    return str(_("until %(day)s", day=show_date(until))) if until else ""
