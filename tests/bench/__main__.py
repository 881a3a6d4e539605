"""`make bench`: measure everything that the issue of scale and speed sets a goal for.

A goal that is missed is a figure in the report; an answer that is wrong is an error, and then the
program ends with 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench import control, mixed, reading, report, serving, writing
from tests.bench.database import Cluster, cluster
from tests.bench.house import house, web
from tests.bench.machine import BenchError, program, say
from tests.bench.measure import Bench
from tests.bench.reading import Place
from tests.machine import MachineError

SMALL = 1000


def main() -> int:
    """Measure, report; 1 if any answer was wrong."""
    ideas = int(os.environ.get("BENCH_IDEAS", "1000000"))
    seconds = float(os.environ.get("BENCH_SECONDS", "5"))
    for name in ("wrk", "nginx"):
        program(name)
    sizes = tuple(dict.fromkeys((SMALL, ideas)))
    home = tempfile.TemporaryDirectory(prefix="civic-bench-web-")
    with home as folder, cluster(sizes) as own:
        bench = _measure(own, Path(folder), ideas, seconds)
        version = own.database(SMALL).value("SHOW server_version")
    met = sum(figure.ok for figure in bench.figures)
    say(f"{met} of {len(bench.figures)} figures meet their goal.")
    if not os.environ.get("BENCH_ONLY"):
        page = report.write(bench.figures, report.Setting(ideas, seconds, version))
        say(f"Written: {page}")
    return 1 if any(figure.problem for figure in bench.figures) else 0


def _measure(own: Cluster, folder: Path, ideas: int, seconds: float) -> Bench:
    with ExitStack() as stack:
        bare = stack.enter_context(web(folder, "tests.bench.bare:app", path="/100"))
        bench = Bench(own, bare, seconds)
        with web(folder, "tests.bench.slow:app", path="/good") as faulty:
            control.check(bench, faulty)
        databases = [own.database(number) for number in (SMALL, ideas)]
        small, large = (
            Place(stack.enter_context(house(folder, base)), base, folder) for base in databases
        )
        reading.listing(bench, small, large)
        reading.pages(bench, large)
        serving.cache(bench, large)
        writing.writing(bench, large)
        mixed.mixed(bench, large)
        serving.memory(bench, small, large)
        serving.starting(bench, small)
    return bench


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BenchError, MachineError) as error:
        sys.exit(f"make bench: {error}")
