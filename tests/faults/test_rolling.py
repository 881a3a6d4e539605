"""F19: two instances behind nginx, one restarted after the other under writers, there and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from tests.faults.front import BEHIND, front
from tests.faults.ledger import Crew, lost
from tests.faults.machine import listener
from tests.faults.report import counted, milliseconds, number
from tests.faults.site import Server, Site

pytestmark = pytest.mark.faults

GRACE = 35.0


@contextmanager
def second(site: Site) -> Iterator[Site]:
    """The same house at another port."""
    with listener() as own:
        own.set_inheritable(True)
        yield replace(site, socket=own)


def start(stack: ExitStack, site: Site) -> Server:
    server = Server(site, "wsgi:app", (), {})
    stack.callback(server.kill)
    server.wait()
    return server


def restarted(site: Site, rounds: int, *, together: bool) -> Crew:
    """Write through nginx while the instances are restarted: one by one, each ending its work
    first, or both at once, without a word.
    """
    site.env.update(BEHIND)
    pause = threading.Event()
    with second(site) as other, ExitStack() as stack:
        crew = Crew(site, 8)
        houses = [site, other]
        servers = [start(stack, house) for house in houses]
        ways = [f"127.0.0.1:{house.port}" for house in houses]
        with (
            front(
                site,
                *ways,
                changes={"door.conf: limit_req zone=civic_requests burst=200 nodelay;": ""},
            ) as door,
            crew.at_work(door.port),
        ):
            pause.wait(2)
            for _ in range(rounds):
                for group in [[0, 1]] if together else [[0], [1]]:
                    for n in group:
                        if together:
                            servers[n].kill()
                        else:
                            servers[n].stop(GRACE)
                    for n in group:
                        servers[n] = start(stack, houses[n])
                    pause.wait(1)
            pause.wait(1)
    return crew


def test_f19_rolling_upgrade_and_back(postgres_site, report):
    crew = restarted(postgres_site, 2, together=False)
    with postgres_site.app.app_context():
        gone = len(lost(crew.ledger))
    report.note(
        "F19", "Two instances restarted one after the other, there and back, under 8 writers",
        "0 failed, 0 lost",
        f"{counted(crew.ledger.refusals)} failed of {number(sum(crew.ledger.statuses.values()))}, "
        f"{gone} lost; longest pause {milliseconds(crew.ledger.longest_gap())}",
    )  # fmt: skip
    assert gone == 0
    assert crew.ledger.refusals == {}


def test_f19_control_both_at_once(postgres_site, report):
    crew = restarted(postgres_site, 1, together=True)
    report.note(
        "F19", "Control: both instances killed at once and started again", "found: some failed",
        f"{counted(crew.ledger.refusals)} failed",
    )  # fmt: skip
    assert crew.ledger.refusals
