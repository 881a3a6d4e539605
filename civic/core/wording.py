"""What the house asks of the words that people write."""

from __future__ import annotations

from civic.core.errors import RuleBroken
from civic.core.language import N_

SHORTEST_TITLE = 8


def check_title(title: str, least: int = SHORTEST_TITLE) -> None:
    """Long enough to be understood, and not shouted. Raises `RuleBroken`."""
    if len(title) < least:
        raise RuleBroken(
            N_("Please use at least %(least)s characters for the title."), "title", least=least
        )
    letters = [char for char in title if char.isalpha()]
    if len(letters) > SHORTEST_TITLE and all(char.isupper() for char in letters):
        raise RuleBroken(N_("Please do not write the title in capital letters only."), "title")
