"""Several at the same moment: on a real file and a real server, with the fixture `house`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

from civic.core.db import be_patient

#: Those who wait for each other longer than this, in seconds, are stuck.
LONGEST = 120

Act = Callable[[], Any]
Refusals = tuple[type[Exception], ...]


def all_at_once(
    app: Flask, acts: Sequence[Act], refusals: Refusals = (), *, patient: bool = True
) -> list[Any]:
    """Let them go at the same moment, each in a session of its own.

    What each gave back, in the order of the acts; a refusal that was to be expected is an answer
    too, any other error is raised. Who is not patient waits for others no longer than a page does.
    """
    start = Barrier(len(acts))

    def run(act: Act) -> Any:
        with app.app_context():
            start.wait(timeout=30)
            if patient:
                be_patient()
            try:
                return act()
            except refusals as refusal:
                return refusal

    with ThreadPoolExecutor(len(acts)) as threads:
        return [done.result(LONGEST) for done in [threads.submit(run, act) for act in acts]]


def let_through(
    app: Flask, acts: Sequence[Act], refusals: Refusals, *, patient: bool = True
) -> list[bool]:
    """The same, and whether each was let through."""
    answers = all_at_once(app, acts, refusals, patient=patient)
    return [not isinstance(answer, refusals) for answer in answers]
