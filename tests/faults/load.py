"""Readers who look at pages all the time, and what they were answered and how fast."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.report import counted, milliseconds, percentile
from tests.faults.site import ask


@dataclass
class Answers:
    """Statuses and times of many requests; a status 0 is no answer at all."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    #: (moment of the request, status), in the order of the answers.
    moments: list[tuple[float, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, began: float, status: int) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.times.append(time.monotonic() - began)
            self.moments.append((began, status))

    def percentile(self, percent: float) -> float:
        return percentile(self.times, percent)

    def __str__(self) -> str:
        p95, worst = milliseconds(self.percentile(95)), milliseconds(max(self.times, default=0))
        return f"{counted(self.statuses)}; p95 {p95}, slowest {worst}"


@contextmanager
def readers(
    port: int,
    paths: Sequence[str],
    *,
    number: int = 4,
    headers: Mapping[str, str] | None = None,
    pause: float = 0.05,
) -> Iterator[Answers]:
    """So many people read these pages in turn while the block runs."""
    answers, stop = Answers(), threading.Event()

    def read(first: int) -> None:
        for n in range(first, 10**9):
            if stop.is_set():
                return
            began = time.monotonic()
            answers.note(began, ask(port, paths[n % len(paths)], headers, 30)[0])
            stop.wait(pause)

    people = [threading.Thread(target=read, args=[n], daemon=True) for n in range(number)]
    for person in people:
        person.start()
    try:
        yield answers
    finally:
        stop.set()
        for person in people:
            person.join(35)


def timed(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, float]:
    """Status and seconds of one request."""
    began = time.monotonic()
    status, _ = ask(port, path, headers, 60)
    return status, time.monotonic() - began
