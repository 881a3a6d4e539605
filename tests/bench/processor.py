"""Processor time and memory of a family of processes, read from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def seconds(root: int) -> float:
    """Seconds of processor time that a process and all its descendants have used so far.

    Those that ended count too: the kernel adds their time to the parent that waited for them.
    """
    times = {}
    parents = {}
    for pid in _pids():
        if fields := _stat(pid):
            parents[pid] = int(fields[1])
            times[pid] = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return sum(times[pid] for pid in times if _descends(pid, root, parents)) / TICK


def children(root: int) -> list[int]:
    """The living children of a process."""
    return [pid for pid in _pids() if (fields := _stat(pid)) and int(fields[1]) == root]


def megabytes(pid: int) -> float:
    """Resident memory of one process, shared pages included."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on: the second, the name, may hold blanks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # it has just ended


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root
