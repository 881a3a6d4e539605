"""What stands around the pages: the cache of nginx, memory, and the start of a process."""

from __future__ import annotations

import re
import subprocess
from statistics import median

from tests.bench.house import start_seconds
from tests.bench.machine import HOST, BenchError, fetch, program
from tests.bench.measure import Bench, Figure, wanted
from tests.bench.nginx import STATIC, nginx
from tests.bench.reading import Place

CONNECTIONS = 32
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
FAULTS = re.compile(r"(Non-2xx[^\n]*|Socket errors[^\n]*)")


def cache(bench: Bench, place: Place) -> None:
    """An anonymous list from the micro-cache against a file of the same size."""
    if not wanted("cache"):
        return
    page = fetch(place.web.port, "/ideen").body
    with nginx(place.folder, place.web, page) as port:
        if fetch(port, STATIC).body != page or b"idea_list" not in fetch(port, "/ideen").body:
            raise BenchError("nginx does not serve what it should.")
        before = place.web.seconds()
        turns = [
            (_rate(bench, port, "/ideen"), _rate(bench, port, STATIC)) for _ in range(bench.rounds)
        ]
        spent = place.web.seconds() - before
        marker_still_there = b"idea_list" in fetch(port, "/ideen").body
    cached, static = (median(rates) for rates in zip(*turns, strict=True))
    note = f"{cached:,.0f}/s and {static:,.0f}/s of {len(page):,} bytes; web {spent:.1f} s CPU"
    problem = "" if marker_still_there else "the page from the cache is another one now"
    bench.add(
        Figure(
            "list from nginx's cache ÷ static file", cached / static, "×", 0.5, "higher", note,
            problem,
        )
    )  # fmt: skip


def _rate(bench: Bench, port: int, path: str) -> float:
    """Answers a second; wrk looks at the status alone, for a script would slow it down."""
    seconds = max(round(bench.seconds), 1)
    done = subprocess.run(
        [program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
         "-H", f"Host: {HOST}", f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    fault, rate = FAULTS.search(done.stdout), RATE.search(done.stdout)
    if fault or not rate:
        raise BenchError(f"{path}: {fault[1] if fault else done.stdout + done.stderr}")
    return float(rate[1])


def memory(bench: Bench, *places: Place) -> None:
    """The largest worker after everything that was asked of it."""
    if wanted("memory"):
        sizes = [bench.memory.get(str(p.web.port), 0.0) for p in places]
        largest = max(*sizes, *(p.web.largest() for p in places))
        bench.add(Figure("memory of the largest web worker", largest, "MB", 140))


def starting(bench: Bench, place: Place) -> None:
    """From nothing to the first list."""
    if wanted("start"):
        times = [start_seconds(place.folder, place.database, "/ideen") for _ in range(3)]
        note = ", ".join(f"{seconds:.2f}" for seconds in times)
        bench.add(Figure("start to the first answer", median(times), "s", 1.5, note=note))
