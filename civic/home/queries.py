"""What the first screen shows: what moves now, where an answer is due."""

from __future__ import annotations

from typing import Any, NamedTuple

from civic.accounts.models import Actor
from civic.core.db import db
from civic.ideas import queries as ideas
from civic.ideas.models import IdeaState

#: States that count as an idea on its way, and as taken on.
ON_THE_WAY = (IdeaState.OPEN, IdeaState.IN_REVIEW)
TAKEN_ON = (IdeaState.TAKEN_UP, IdeaState.DONE)


class Screen(NamedTuple):
    """All that the first screen needs."""

    moving: list[tuple[str, Any]]
    board: list[Any]
    waiting: int
    total: int
    on_the_way: int
    taken_on: int


def screen(viewer: Actor, words: tuple[str, str, str]) -> Screen:
    """Newest, most in demand and just answered, each once; then the board of clocks."""
    plain = ideas.listing(viewer, ideas.Filters())
    newest = plain.order_by(*_falling("newest")).limit(1)
    wanted = plain.order_by(*_falling("trending")).limit(3)
    moving: list[tuple[str, Any]] = []
    for word, statement in zip(words, (newest, wanted, ideas.just_answered(3)), strict=True):
        shown = {card.id for _, card in moving}
        fresh = (card for card in db.session.execute(statement) if card.id not in shown)
        if card := next(fresh, None):
            moving.append((word, card))
    states = ideas.count_by_state()
    return Screen(
        moving=moving,
        board=ideas.answer_board(4),
        waiting=sum(states.get(state, 0) for state in ON_THE_WAY),
        total=sum(states.values()),
        on_the_way=sum(states.get(state, 0) for state in ON_THE_WAY),
        taken_on=sum(states.get(state, 0) for state in TAKEN_ON),
    )


def _falling(name: str) -> list[Any]:
    return [column.desc() for _, column in ideas.order_of(name, ideas.Filters()).columns]
