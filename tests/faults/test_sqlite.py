"""F28: SQLite under two web workers, a mail worker and 32 writers at once."""

from __future__ import annotations

import threading

import pytest

from tests.faults.ledger import Crew, lost
from tests.faults.report import counted, milliseconds, number, percentile
from tests.faults.site import integrity

pytestmark = pytest.mark.faults

WRITERS = 32
SECONDS = 10


def written(site, application: str) -> Crew:
    crew = Crew(site, WRITERS)
    with site.served(application), site.working(), crew.at_work():
        threading.Event().wait(SECONDS)
    return crew


def test_f28_many_writers(sqlite_site, report):
    crew = written(sqlite_site, "wsgi:app")
    with sqlite_site.app.app_context():
        gone = len(lost(crew.ledger))
    p99 = percentile(crew.ledger.times, 99)
    report.note(
        "F28", f"SQLite, two web processes, a worker, {WRITERS} writers for {SECONDS} s",
        "0 lost, no 5xx, p99 < 1 s on an idle machine",
        f"{gone} of {number(len(crew.ledger))} lost; others {counted(crew.ledger.refusals)}; "
        f"p99 {milliseconds(p99)}",
    )  # fmt: skip
    assert gone == 0
    assert crew.ledger.refusals == {}
    assert integrity(sqlite_site.url) == []


def test_f28_control_no_patience_with_locks(sqlite_site, report):
    crew = written(sqlite_site, "tests.faults.variants:hurried_sqlite()")
    report.note("F28", "Control: busy_timeout=0", "found: refusals", counted(crew.ledger.refusals))
    assert crew.ledger.refusals
