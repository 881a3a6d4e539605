"""The figures as a page for people and a file for programs."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.machine import ROOT
from tests.bench.measure import Figure

HEAD = """# Benchmarks

Written by `make bench`; do not edit. Processor time of a request is that of the web workers and of
PostgreSQL together (user and system, from `/proc`), divided by the requests; every answer was held
against its status and a piece of its text; pages are asked for in turns with a bare Flask
application that returns as many bytes from the same gunicorn.

"""
RUN = """
## How to run it

```sh
make bench                                           # everything, about an hour the first time
BENCH_DATA=/var/tmp/civic-bench make bench           # keep the made-up data for the next run
BENCH_IDEAS=20000 BENCH_SECONDS=3 make bench         # a quick look
BENCH_ONLY=list,vote BENCH_IDEAS=20000 make bench    # some measurements; nothing is written
```

| Variable | Default | Meaning |
|---|---|---|
| `BENCH_IDEAS` | 1000000 | size of the large database; five comments and ten votes for each idea |
| `BENCH_SECONDS` | 5 | length of one round; below five there is one round instead of three |
| `BENCH_MIXED_SECONDS` | 300 | length of the mixed load |
| `BENCH_ONLY` | all | some of {names} |
| `BENCH_DATA` | thrown away | data directory of PostgreSQL, used again if it is there |
| `BENCH_OUT` | `docs` | folder of `benchmarks.md` and `benchmarks.json` |

People of the mixed load are signed in, so nginx's cache does not help them, and pause for 0.5 to
1.5 seconds between two acts.
"""


NAMES = ", ".join(
    f"`{name}`"
    for name in (
        "list filters page signed-in deep cache vote votes comment idea mixed memory start"
    ).split()
)


@dataclass(frozen=True)
class Setting:
    """Where and on what the figures were taken."""

    ideas: int
    seconds: float
    postgres: str

    def lines(self) -> list[str]:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return [
            f"* {now}, commit {_commit()}",
            f"* {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.platform()}",
            f"* Python {platform.python_version()}, PostgreSQL {self.postgres}",
            f"* {self.ideas:,} ideas in the large database; rounds of {self.seconds:g} s",
        ]


def write(figures: Sequence[Figure], setting: Setting) -> Path:
    """Write both files; returns the page."""
    folder = Path(os.environ.get("BENCH_OUT", ROOT / "docs"))
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        {"name": f.name, "value": round(f.value, 3), "unit": f.unit, "goal": f.goal,
         "better": f.better, "ok": f.ok}
        for f in figures
    ]  # fmt: skip
    (folder / "benchmarks.json").write_text(
        json.dumps(entries, ensure_ascii=False, indent=1) + "\n"
    )
    page = folder / "benchmarks.md"
    page.write_text(
        HEAD + "\n".join(setting.lines()) + "\n\n" + table(figures) + RUN.replace("{names}", NAMES)
    )
    return page


def table(figures: Sequence[Figure]) -> str:
    """All figures as a Markdown table."""
    rows = ["| what | value | goal | met | how |", "|---|--:|--:|---|---|"]
    rows += [
        f"| {f.name} | {f.value:,.2f} {f.unit} | {_goal(f)} | {'yes' if f.ok else '**no**'} "
        f"| {f.problem or f.note} |"
        for f in figures
    ]
    return "\n".join(rows) + "\n"


def _goal(figure: Figure) -> str:
    sign = "≤" if figure.better == "lower" else "≥"
    return "" if figure.goal is None else f"{sign} {figure.goal:g}"


def _commit() -> str:
    changed = " with changes" if _git("status", "--porcelain") else ""
    return f"{_git('rev-parse', '--short', 'HEAD')}{changed}"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
