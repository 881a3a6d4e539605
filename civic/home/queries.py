"""What the first screen shows: what moves now, where an answer is due."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Date, bindparam

from civic.accounts.models import Nobody
from civic.core import clock
from civic.core.paging import Beginning, Order, SideBySide
from civic.ideas import queries as ideas
from civic.ideas.models import IdeaState

#: States that count as an idea on its way, and as taken on.
ON_THE_WAY = (IdeaState.OPEN, IdeaState.IN_REVIEW)
TAKEN_ON = (IdeaState.TAKEN_UP, IdeaState.DONE)
#: So many clocks stand on the board.
CLOCKS = 4

_ID = ("id", ideas.OWN.c.id)
_ANSWERED, _DUE = ideas.OWN.c.answered_at, ideas.OWN.c.answer_due_on
_TODAY = bindparam("today", type_=Date())
_ALL = ideas.listing(Nobody(), ideas.EVERYTHING)
_WAITING = _ALL.where(ideas.awaiting())
#: Newest, most in demand, just answered, latest over the term, next due. Of those that move three
#: are enough, for each idea is shown once.
_LISTS = SideBySide(
    Beginning(_ALL, ideas.order_of("newest"), 1),
    Beginning(_ALL, ideas.order_of("trending"), 3),
    Beginning(_ALL.where(_ANSWERED.is_not(None)), Order((("answered_at", _ANSWERED), _ID)), 3),
    Beginning(_WAITING.where(_DUE < _TODAY), Order((("answer_due_on", _DUE), _ID)), CLOCKS),
    Beginning(
        _WAITING.where(_DUE >= _TODAY),
        Order((("answer_due_on", _DUE), _ID), descending=False),
        CLOCKS,
    ),
)


class Screen(NamedTuple):
    """All that the first screen needs."""

    moving: list[tuple[str, Any]]
    board: list[Any]
    waiting: int
    total: int
    on_the_way: int
    taken_on: int


def screen(words: tuple[str, str, str]) -> Screen:
    """Newest, most in demand and just answered, each once; then the board of clocks.

    The same for everybody, and two statements: a database may be far away.
    """
    *moving, overdue, due = _LISTS.read(today=clock.today())
    states = ideas.count_by_state()
    on_the_way = sum(states.get(state, 0) for state in ON_THE_WAY)
    return Screen(
        moving=_each_once(words, moving),
        board=_half_and_half(overdue, due),
        waiting=on_the_way,
        total=sum(states.values()),
        on_the_way=on_the_way,
        taken_on=sum(states.get(state, 0) for state in TAKEN_ON),
    )


def _each_once(words: tuple[str, str, str], lists: list[list[Any]]) -> list[tuple[str, Any]]:
    """The first of each list that no list before it has shown."""
    moving: list[tuple[str, Any]] = []
    for word, cards in zip(words, lists, strict=True):
        shown = {card.id for _, card in moving}
        if card := next((card for card in cards if card.id not in shown), None):
            moving.append((word, card))
    return moving


def _half_and_half(overdue: list[Any], due: list[Any]) -> list[Any]:
    """Neither the silence nor what runs in time is out of sight."""
    from_overdue = max(CLOCKS // 2, CLOCKS - len(due))
    return [*overdue[:from_overdue], *due][:CLOCKS]
