"""One run of wrk: so many connections for so many seconds, every answer looked at."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import HOST, BenchError, program

SCRIPT = Path(__file__).parent / "wrk.lua"


@dataclass(frozen=True)
class Request:
    """A request that is ready to be sent."""

    path: str
    cookie: str = ""
    body: str = ""
    method: str = "GET"

    def line(self) -> str:
        return f"{self.method}\t{self.path}\t{self.cookie}\t{self.body}\n"


@dataclass(frozen=True)
class Expected:
    """What each answer must be: its status, and a piece of its body."""

    marker: str
    status: int = 200


@dataclass(frozen=True)
class Run:
    """What wrk saw."""

    requests: int
    seconds: float
    good: int
    answers: int
    #: How often the prepared requests were used up and begun anew.
    wrapped: int
    broken: int
    p50: float
    p95: float
    worst: float
    fault: str

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds

    @property
    def problem(self) -> str:
        """One sentence if anything was not as expected."""
        if self.requests == 0:
            return "no answer at all"
        wrong = self.answers - self.good
        if wrong or self.broken:
            return f"{wrong} of {self.answers} answers wrong, {self.broken} broken: {self.fault}"
        return ""


def run(
    port: int,
    requests: Sequence[Request],
    expected: Expected,
    *,
    seconds: float,
    connections: int = 4,
    token: str = "",
    fragment: bool = False,
) -> Run:
    """Send the requests round and round; one thread, so that none is sent twice in a round."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(request.line() for request in requests)
        file.flush()
        duration = f"{max(round(seconds), 1)}s"
        command = [program("wrk"), "-t1", f"-c{connections}", f"-d{duration}", "--timeout", "10s"]
        command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--"]
        command += [file.name, HOST, token or "-", str(expected.status), expected.marker]
        command += ["fragment"] if fragment else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return Run(**json.loads(line.removeprefix("RESULT ")))
    raise BenchError(f"wrk said nothing: {done.stdout[-500:]}{done.stderr[-500:]}")
