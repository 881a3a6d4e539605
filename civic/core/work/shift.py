"""What a worker keeps at hand from one job to the next, and puts away when nothing is due.

A connection to the mail server is such a thing: to make it anew costs more than the mail itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from civic.core.logs import log

T = TypeVar("T")


class Shift:
    """The tools of one worker."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._tools: dict[str, Any] = {}

    def tool(self, name: str, make: Callable[[], AbstractContextManager[T]]) -> T:
        if name not in self._tools:
            self._tools[name] = self._stack.enter_context(make())
        return cast("T", self._tools[name])

    def put_away(self) -> None:
        self._tools.clear()
        try:
            self._stack.close()
        except Exception as fault:  # noqa: BLE001 - a tool that breaks now is of no use to anybody
            log.warning("tool not put away", error=type(fault).__name__)


_shift: ContextVar[Shift | None] = ContextVar("shift", default=None)


@contextmanager
def at_work() -> Iterator[Shift]:
    """The jobs of this thread inside the block share their tools."""
    shift = Shift()
    token = _shift.set(shift)
    try:
        yield shift
    finally:
        _shift.reset(token)
        shift.put_away()


@contextmanager
def at_hand(name: str, make: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """A tool that `make` gives; it outlasts the block where a worker keeps it for later jobs."""
    shift = _shift.get()
    if shift is not None:
        yield shift.tool(name, make)
        return
    with make() as tool:
        yield tool
