"""Writers of one SQLite file come one after the other, in the order in which they asked.

SQLite itself has no queue: who finds the file locked looks again after a while, and whoever happens
to come at the right moment is served first. Under many writers some of them waited for seconds and
were then refused. So the threads of a process queue here, and only processes meet at the file.
"""

from __future__ import annotations

from collections import defaultdict, deque
from threading import Event, Lock


class Turn:
    """Whose turn it is to write."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._is_taken = False
        self._waiting: deque[Event] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for one's turn; False if it did not come in time. Whoever took it gives it back."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = Event()
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._guard:
            if called.is_set():  # at the last moment
                return True
            self._waiting.remove(called)
            return False

    def give(self) -> None:
        """Call the next one."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


_turns: defaultdict[str, Turn] = defaultdict(Turn)


def turn_at(path: str) -> Turn:
    """The queue of this file."""
    return _turns[path]
