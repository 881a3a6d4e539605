"""The life line of an innovation: six stations, from the idea to the next municipality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from civic.contributions.address import url_of
from civic.core.language import show_date
from civic.innovations.address import sign_of_innovation, url_of_innovation, uses_in_words
from civic.innovations.models import Innovation, Stage

#: The stations by their numbers; "Taken over" is reached as soon as somebody did.
TAKEN_OVER = 6


def life_line(
    innovation: Innovation, reached: Mapping[Stage, date], earlier: Sequence[Any]
) -> list[dict[str, Any]]:
    """Steps for the component: name, state, note and, where there is one, the address.

    `reached`: since when each stage is; `earlier`: cards of what it came from, the oldest first.
    """
    now = sign_of_innovation(innovation).step
    idea = next((card for card in earlier if card.kind == "idea"), None)
    project = next((card for card in earlier if card.kind == "project"), None)
    steps: list[dict[str, Any]] = [
        {"name": _("Idea"), **_of_card(idea)},
        {"name": _("Team and project"), **_of_card(project)},
        {"name": _("Pilot"), "note": _since(reached.get(Stage.PILOT))},
        {"name": _("Regular use"), "note": _since(innovation.used_since)},
        {"name": _("Impulse paper"), "note": ""},
        {"name": _("Taken over"), **_of_uses(innovation)},
    ]
    for number, step in enumerate(steps, start=1):
        step["state"] = _state(number, now, is_reached=bool(step["note"]))
    if innovation.is_ended:
        steps[now - 1]["note"] = _ended(reached.get(Stage.ENDED))
    return steps


def _state(number: int, now: int, *, is_reached: bool) -> str:
    """What lies behind is done; ahead only what can be shown, as papers and takings over."""
    if number == now:
        return "now"
    if number > TAKEN_OVER - 2:  # these two come in any order, or never
        return "done" if is_reached else "next"
    return "done" if number < now else "next"


def _of_card(card: Any) -> dict[str, str]:
    """Where it began, as far as that was here."""
    if card is None:
        return {"note": ""}
    return {
        "note": f"{show_date(card.published_at)}, {card.municipality_name}",
        "url": url_of(card),
    }


def _of_uses(innovation: Innovation) -> dict[str, str]:
    if not innovation.use_count:
        return {"note": ""}
    return {
        "note": uses_in_words(innovation.use_count),
        "url": f"{url_of_innovation(innovation)}#family",
    }


def _since(day: date | None) -> str:
    return str(_("since %(day)s", day=show_date(day))) if day else ""


def _ended(day: date | None) -> str:
    return str(_("honestly ended on %(day)s", day=show_date(day)) if day else _("honestly ended"))
