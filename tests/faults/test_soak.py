"""F27: memory and file descriptors after a while of mixed work.

SOAK_SECONDS=1800 in the environment is its long form.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.faults.ledger import Crew
from tests.faults.load import readers
from tests.faults.report import counted, number
from tests.faults.site import Server

pytestmark = pytest.mark.faults

SECONDS = float(os.environ.get("SOAK_SECONDS", "180"))
#: Until caches and pools are filled.
WARM_UP = 30.0
GROWTH = 0.10
PAGES: Sequence[str] = (
    "/",
    "/ideen",
    "/anmelden",
    "/kommunen",
    "/ideen?sortierung=newest",
    "/gibt-es-nicht",
)


def resident(pid: int) -> int:
    """Bytes of a process that lie in memory, shared ones with them (its RSS)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory(server: Server) -> dict[int, int]:
    """That of each worker."""
    return {pid: resident(pid) for pid in server.workers}


def descriptors(server: Server) -> int:
    return max(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in server.workers)


def test_f27_soak(postgres_site, report):
    site, pause = postgres_site, threading.Event()
    crew = Crew(site, 2)
    # No worker is exchanged in between, or nothing could be said of its growth.
    with site.served("wsgi:app", "--max-requests", "0") as server, site.working(), crew.at_work():
        with readers(site.port, PAGES, number=3, pause=0.02) as answers:
            pause.wait(WARM_UP)
            before, open_before = memory(server), descriptors(server)
            pause.wait(SECONDS)
        after, open_after = memory(server), descriptors(server)
    growth = max(after[pid] / before[pid] - 1 for pid in before)
    faults = {
        s: n for s, n in (answers.statuses + crew.ledger.statuses).items() if s >= 500 or not s
    }
    report.note(
        "F27", f"{SECONDS:.0f} s of mixed work after {WARM_UP:.0f} s",
        "memory of a worker + ≤ 10 %, descriptors constant, 0 errors",
        f"{number(sum(answers.statuses.values()) + len(crew.ledger))} requests; "
        f"{growth * 100:+.1f} % to {max(after.values()) / 2**20:.0f} MB; "
        f"descriptors {open_before} → {open_after}; "
        f"errors {counted(faults)}",
    )  # fmt: skip
    assert set(after) == set(before)
    assert growth <= GROWTH
    assert open_after <= open_before + 4
    assert not faults


#: As large as a worker at first; it keeps 60 MB more when it is told to.
LEAKS = """
import sys
own = [bytes([n]) * 2**20 for n in range(120)]
print("ready", flush=True)
for line in sys.stdin:
    own += [bytes([n]) * 2**20 for n in range(60)]
    print("kept", flush=True)
"""


def test_f27_control_a_leak_is_seen(report):
    """The measure itself: a process that keeps what it gets grows in it."""
    command = [sys.executable, "-c", LEAKS]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as leaking:
        assert leaking.stdin
        assert leaking.stdout
        leaking.stdout.readline()
        before = resident(leaking.pid)
        leaking.stdin.write("\n")
        leaking.stdin.flush()
        leaking.stdout.readline()
        growth = resident(leaking.pid) / before - 1
        leaking.stdin.close()
    report.note("F27", "Control: 60 MB are kept", "found: growth > 10 %", f"{growth * 100:+.1f} %")
    assert growth > GROWTH
