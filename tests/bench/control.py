"""Before anything is measured: the harness must see what is wrong where something is wrong."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench import wrk
from tests.bench.house import Web
from tests.bench.machine import BenchError, free_port, say
from tests.bench.measure import Bench, Figure
from tests.bench.wrk import Expected, Request

MARKER = Expected("<h1>Ideen</h1>")


def check(bench: Bench, faulty: Web) -> None:
    """Ask an application with every fault; raise `BenchError` for one that goes unnoticed."""
    found = {
        "a good page": lambda: _problem(faulty, "/good") == "",
        "a wrong status": lambda: ": 503 " in _problem(faulty, "/wrong-status"),
        "a wrong page": lambda: ": 200 " in _problem(faulty, "/wrong-marker"),
        "nobody at home": _is_refused,
        "a slow processor": lambda: _is_busy(bench, faulty),
        "a slow answer": lambda: _run(faulty, "/sleepy").p95 > 200,
    }
    _demand(found)
    say(f"The harness notices {', '.join(found)}.")


def _demand(found: dict[str, Callable[[], bool]]) -> None:
    for what, is_noticed in found.items():
        if not is_noticed():
            raise BenchError(f"The harness does not notice {what}.")


def _run(faulty: Web, path: str) -> wrk.Run:
    return wrk.run(faulty.port, [Request(path)], MARKER, seconds=1)


def _problem(faulty: Web, path: str) -> str:
    return _run(faulty, path).problem


def _is_refused() -> bool:
    """A run against a port where nobody listens is no fast run."""
    try:
        return wrk.run(free_port(), [Request("/")], MARKER, seconds=1).problem != ""
    except BenchError:
        return True


def _is_busy(bench: Bench, faulty: Web) -> bool:
    """Thirty milliseconds of processor are seen as such, and miss a goal."""
    cost = bench.once(faulty, [Request("/busy")], MARKER, seconds=1)
    return 27 < cost.web < 60 and not Figure("", cost.all, "ms", 4).ok
