"""F4: the primary is lost while its line to the standby stalls, and the standby takes over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from civic.core.db import db
from tests.faults.ledger import Crew, lost
from tests.faults.machine import until
from tests.faults.postgres import Postgres
from tests.faults.proxy import Line, line_to
from tests.faults.report import counted, number
from tests.faults.site import house_at

pytestmark = pytest.mark.faults

TAKE_OVER_SECONDS = 30.0
STALL_SECONDS = 6.0
#: What an administrator may do when everything hangs: end the waits. PostgreSQL then says that it
#: has committed, with a warning that no standby knows of it.
CANCEL = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
HOSTS = "?host=127.0.0.1:{first}&host=127.0.0.1:{second}&target_session_attrs=read-write"


@contextmanager
def pair(synchronous: str) -> Iterator[tuple[Postgres, Postgres, Line]]:
    """A primary, its standby and the line between them.

    `synchronous` names the standbys that a commit waits for.
    """
    with (
        Postgres.started("wal_level=replica") as primary,
        line_to(primary.port) as line,
        primary.standby(via=line.port) as standby,
    ):
        until(lambda: primary.ask("SELECT count(*) FROM pg_stat_replication") == 1, 20)
        primary.order(f"ALTER SYSTEM SET synchronous_standby_names = '{synchronous}'")
        primary.order("SELECT pg_reload_conf()")
        until(lambda: primary.ask("SHOW synchronous_standby_names") == synchronous, 5)
        yield primary, standby, line


def either(primary: Postgres, standby: Postgres) -> str:
    """An address with both hosts, of which the driver takes the one that writes."""
    name, _, rest = primary.url.partition(f"@127.0.0.1:{primary.port}/")
    return f"{name}@/{rest}" + HOSTS.format(first=primary.port, second=standby.port)


def failed_over(folder: Path, synchronous: str, application: str = "wsgi:app") -> tuple[int, str]:
    """Write, stall the line, lose the primary, promote: how much was lost, and what was seen."""
    with (
        pair(synchronous) as (primary, standby, line),
        house_at(primary.url, folder) as site,
    ):
        site.env["CIVIC_DATABASE_URL"] = either(primary, standby)
        crew = Crew(site, 8)
        pause = threading.Event()
        with site.served(application), crew.at_work():
            pause.wait(4)
            line.stalled = True
            before = len(crew.ledger)
            pause.wait(2)
            primary.ask(CANCEL)
            pause.wait(STALL_SECONDS - 2)
            stalled = len(crew.ledger) - before
            primary.kill()
            began = time.monotonic()
            standby.promote()
            known = len(crew.ledger)
            until(lambda: len(crew.ledger) > known + 5, 40)
            took = crew.ledger.first_after(began)
            pause.wait(1)
        with house_at(standby.url, folder) as heir, heir.app.app_context():
            gone = len(lost(crew.ledger))
            db.session.remove()
    assert took is not None
    assert took <= TAKE_OVER_SECONDS
    assert set(crew.ledger.refusals) <= {503}
    return gone, (
        f"{gone} of {number(len(crew.ledger))} lost, {stalled} thanked in {STALL_SECONDS:.0f} s of "
        f"stall; writes again after {took:.1f} s; other answers {counted(crew.ledger.refusals)}"
    )


def test_f4_synchronous_standby(tmp_path, report):
    gone, seen = failed_over(tmp_path, "*")
    report.note(
        "F4",
        "Line to the synchronous standby stalls, waits are cancelled, primary killed, "
        "standby promoted",
        f"0 lost, writes again ≤ {TAKE_OVER_SECONDS:.0f} s, only 503",
        seen,
    )
    assert gone == 0


@pytest.mark.parametrize(
    ("case", "synchronous", "application"),
    [
        ("asynchronous standby", "", "wsgi:app"),
        (
            "synchronous standby, but a commit whose wait was cancelled is believed",
            "*",
            "tests.faults.variants:trusting()",
        ),
    ],
)
def test_f4_control(tmp_path, report, case, synchronous, application):
    gone, seen = failed_over(tmp_path, synchronous, application)
    report.note("F4", f"Control: {case}", "found: some lost", seen)
    assert gone
