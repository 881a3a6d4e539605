"""`make cluster`: the whole cluster for a person to look at, until Ctrl+C."""

from __future__ import annotations

import os
import signal
import sys
import threading

from tests.cluster.cluster import Cluster, cluster
from tests.machine import MachineError

WORDS = """
The cluster runs at {address} (Ctrl+C ends it and removes its data).

{members}

Whoever is killed is started again: kill -9 one of these, and watch.
Folder with logs and mails: {folder}
People of the demo: admin@example.org, einwohnerin@example.org and others, password \
zukunft-machen-2026
The browser journeys on this cluster:
  LIVE_ADDRESS={address} LIVE_FOLDER={instance} .venv/bin/python -m pytest -q \
tests/browser/test_journeys.py
"""


def describe(made: Cluster) -> str:
    lines = [
        f"  {name:<10} pid {member.pid:<8} {_place(made, name)}"
        for name, member in made.members.items()
    ]
    return WORDS.format(
        address=made.address,
        folder=made.folder,
        instance=made.instance,
        members="\n".join(lines),
    )


def _place(made: Cluster, name: str) -> str:
    return f"127.0.0.1:{made.ports[name]}" if name in made.ports else ""


def main() -> int:
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    try:
        with cluster(port=int(os.environ.get("PORT", "8000")), say=True) as made:
            sys.stdout.write(describe(made))
            sys.stdout.flush()
            threading.Event().wait()
    except MachineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _leave(*_: object) -> None:
    """Once is enough: the `with` then has the time it needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.write("Ending the cluster ...\n")
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
