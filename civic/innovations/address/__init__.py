"""How an innovation and an offer appear elsewhere: address, sign, and their words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from civic.core.feature import Sign
from civic.core.language import current_language, slugify, translate, translate_number
from civic.core.urls import url_for
from civic.innovations.models import Stage

#: Look, icon and station on the life line of each stage.
SIGNS: dict[Stage, tuple[str, str, int]] = {
    Stage.IDEA: ("", "circle", 2),
    Stage.CONCEPT: ("", "circle", 2),
    Stage.PILOT: ("now", "half", 3),
    Stage.ROLLOUT: ("now", "half", 3),
    Stage.REGULAR: ("good", "check", 4),
    Stage.HANDED_ON: ("good", "spread", 6),
    Stage.ENDED: ("ended", "flag", 3),
}
#: Stages in which the number of uses is said in place of the stage.
USED = frozenset({Stage.REGULAR, Stage.HANDED_ON})


def url_of_innovation(innovation: Any) -> str:
    """The address of an innovation or of its card."""
    return url_for("innovations.show", id=innovation.id, slug=slugify(innovation.title))


def sign_of_innovation(innovation: Any) -> Sign:
    """The stage in words; once others use it, in how many municipalities.

    A card may carry `use_count` and `ended_from`; without them the stage alone is said.
    """
    stage = Stage(innovation.state)
    uses = getattr(innovation, "use_count", 0) if stage in USED else 0
    ended_from = getattr(innovation, "ended_from", None) if stage is Stage.ENDED else None
    return _sign(stage, uses, ended_from, current_language())


@lru_cache
def _sign(stage: Stage, uses: int, ended_from: Stage | None, language: str) -> Sign:
    """Made once for each; `language` is a part of the key."""
    del language
    variant, icon, step = SIGNS[stage]
    if uses:
        return Sign(uses_in_words(uses), variant, "spread", step)
    if ended_from is not None:
        step = SIGNS[Stage(ended_from)][2]
    return Sign(translate(stage.label), variant, icon, step)


def uses_in_words(others: int) -> str:
    """In how many municipalities it is in use: those that took it over, and its own."""
    return translate_number(
        "In use in %(num)s municipality", "In use in %(num)s municipalities", others + 1
    )
