"""A figure, its goal, and how the processor time of a request is measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.bench import wrk
from tests.bench.database import Cluster
from tests.bench.house import Web
from tests.bench.machine import BenchError, fetch, say
from tests.bench.wrk import Expected, Request

#: A page counts as warm after so many requests, spread over two workers by chance.
WARM_REQUESTS = 24


@dataclass(frozen=True)
class Figure:
    """One line of the report. Without a goal it is told for the record."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: str = "lower"
    note: str = ""
    #: What was wrong with the answers; such a figure is worth nothing.
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the goal is met by answers that were right."""
        if self.problem:
            return False
        if self.goal is None:
            return True
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time for one request."""

    web: float
    database: float
    rate: float
    p95: float
    problem: str

    @property
    def all(self) -> float:
        return self.web + self.database

    def __str__(self) -> str:
        return f"web {self.web:.2f} + db {self.database:.2f} ms, {self.rate:.0f}/s"


@dataclass
class Bench:
    """What all measurements share."""

    cluster: Cluster
    bare: Web
    seconds: float
    figures: list[Figure] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """Short runs are for trying; there one round has to do."""
        return 3 if self.seconds >= 5 else 1

    def add(self, *figures: Figure) -> None:
        for figure in figures:
            self.figures.append(figure)
            goal = "" if figure.goal is None else f" (goal {figure.goal:g})"
            sign = "!" if figure.problem else ("ok" if figure.ok else "--")
            say(f"{sign:>3} {figure.name}: {figure.value:.3g} {figure.unit}{goal} {figure.note}")
            if figure.problem:
                say(f"    {figure.problem}")

    def once(
        self,
        web: Web,
        requests: Sequence[Request],
        expected: Expected,
        *,
        seconds: float | None = None,
        connections: int = 4,
        token: str = "",
        fragment: bool = False,
    ) -> Cost:
        """The cost of a request in one run."""
        before = web.seconds(), self.cluster.seconds()
        run = wrk.run(
            web.port, requests, expected, seconds=seconds or self.seconds,
            connections=connections, token=token, fragment=fragment,
        )  # fmt: skip
        after = web.seconds(), self.cluster.seconds()
        self.memory[str(web.port)] = max(self.memory.get(str(web.port), 0.0), web.largest())
        number = max(run.requests, 1)
        web_ms, database_ms = ((b - a) * 1000 / number for a, b in zip(before, after, strict=True))
        return Cost(web_ms, database_ms, run.rate, run.p95, run.problem)

    def page(self, web: Web, path: str, marker: str, cookie: str = "") -> tuple[Cost, Cost]:
        """Cost of a page and of as many bytes from bare Flask, in turns; the median of each."""
        size = probe(web, path, marker, cookie)
        mine, bare = [], []
        self.warm(web, Request(path, cookie))
        for _ in range(self.rounds):
            mine.append(self.once(web, [Request(path, cookie)], Expected(marker)))
            bare.append(self.once(self.bare, [Request(f"/{size}")], Expected("bare"), seconds=1))
        return middle(mine), middle(bare)

    def warm(self, web: Web, request: Request) -> None:
        """Ask often enough that each worker has compiled its templates and statements."""
        headers = {"Cookie": request.cookie} if request.cookie else {}
        for _ in range(WARM_REQUESTS):
            fetch(web.port, request.path, headers)

    def rest(self) -> None:
        """Let what was written before reach the disk, so that nobody else's work is counted."""
        self.cluster.checkpoint()


def middle(costs: Sequence[Cost]) -> Cost:
    """The median run; any problem is everybody's."""
    ordered = sorted(costs, key=lambda cost: cost.all)
    chosen = ordered[len(ordered) // 2]
    problem = next((cost.problem for cost in costs if cost.problem), "")
    return replace(chosen, problem=problem)


def probe(web: Web, path: str, marker: str, cookie: str = "") -> int:
    """Look at a page before it is measured; its size in bytes."""
    answer = fetch(web.port, path, {"Cookie": cookie} if cookie else {})
    if answer.status != 200 or marker.encode() not in answer.body:
        text = answer.body.decode(errors="replace")[:200]
        raise BenchError(f"{path} answers {answer.status}, without {marker!r}: {text}")
    return len(answer.body)


def wanted(name: str) -> bool:
    """Whether this measurement is asked for; `BENCH_ONLY` names some, separated by commas."""
    only = [part.strip() for part in os.environ.get("BENCH_ONLY", "").split(",") if part.strip()]
    return not only or name in only
