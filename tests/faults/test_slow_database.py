"""F13, F14: a database that is slow, stalled or full of others is a quick 503, and no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest

from tests.faults.load import readers, timed
from tests.faults.machine import until
from tests.faults.postgres import Postgres
from tests.faults.proxy import Line, line_to
from tests.faults.report import milliseconds
from tests.faults.site import Site, ask, house_at

pytestmark = pytest.mark.faults

LATENCY = 0.2
STALL = 10.0
SLOWEST_REFUSAL = 5.0
FULL_REFUSAL = 3.0


@contextmanager
def house_behind_a_line(folder) -> Iterator[tuple[Site, Line]]:
    with (
        Postgres.started() as database,
        house_at(database.url, folder) as site,
        line_to(database.port) as line,
    ):
        site.env["CIVIC_DATABASE_URL"] = site.url.replace(f":{database.port}/", f":{line.port}/")
        yield site, line


def test_f13_slow_and_lossy_line(tmp_path, report):
    seen = {}
    with house_behind_a_line(tmp_path) as (site, line), site.served():
        ask(site.port, "/ideen")
        for name, latency, loss in (("200 ms away", LATENCY, 0.0), ("20 % loss", 0.0, 0.2)):
            line.latency, line.loss = latency / 2, loss
            with readers(site.port, ["/ideen", "/"], number=4):
                threading.Event().wait(8)  # until the pools have their connections
            with readers(site.port, ["/ideen", "/"], number=4) as answers:
                threading.Event().wait(15)
            seen[name] = answers
    for name, answers in seen.items():
        report.note("F13", f"The database is {name}", "p95 < 2 s, no fault", str(answers))
    for answers in seen.values():
        assert set(answers.statuses) == {200}
        assert answers.percentile(95) < 2


def stalled(site: Site, line: Line, application: str) -> tuple[list[float], list[int], float, int]:
    """Stall the line under readers: their waits, their statuses, the return, workers replaced."""
    with site.served(application) as server:
        until(lambda: ask(site.port, "/ideen")[0] == 200, 10)
        before = set(server.workers)
        with readers(site.port, ["/ideen"], number=4) as answers:
            threading.Event().wait(1)
            line.stalled, began = True, time.monotonic()
            threading.Event().wait(STALL)
            line.stalled, ended = False, time.monotonic()
            until(lambda: ask(site.port, "/ideen")[0] == 200, 20)
            back = time.monotonic() - ended
            threading.Event().wait(1)
        replaced = len(before - set(server.workers))
    waits = [
        (took, status)
        for (moment, status), took in zip(answers.moments, answers.times, strict=True)
        if began - 0.5 <= moment < ended and (status != 200 or took > 1)
    ]
    return [took for took, _ in waits], [status for _, status in waits], back, replaced


def test_f13_stalled_line(tmp_path, report):
    with house_behind_a_line(tmp_path) as (site, line):
        waits, statuses, back, replaced = stalled(site, line, "wsgi:app")
        report.note(
            "F13",
            f"The line to the database stalls for {STALL:.0f} s",
            f"503 ≤ {SLOWEST_REFUSAL:.0f} s, back at once, no worker replaced",
            f"{statuses.count(503)} × 503 of {len(statuses)}, slowest {max(waits):.1f} s; back "
            f"after {milliseconds(back)}; {replaced} workers replaced",
        )
        assert set(statuses) <= {200, 503}
        assert statuses.count(503) > 5
        assert max(waits) <= SLOWEST_REFUSAL
        assert not replaced


def lock_table(database: Postgres) -> psycopg.Connection:
    held = psycopg.connect(database.conninfo)
    held.execute("LOCK TABLE contribution IN ACCESS EXCLUSIVE MODE")
    return held


def slowest_under_a_lock(
    database: Postgres, site: Site, application: str
) -> tuple[float, set[int]]:
    """Eight people ask for a page whose table somebody locks for eight seconds."""
    with site.served(application):
        until(lambda: ask(site.port, "/ideen")[0] == 200, 10)
        found: list[tuple[int, float]] = []
        with lock_table(database) as held:
            people = [
                threading.Thread(target=lambda: found.append(timed(site.port, "/ideen")))
                for _ in range(8)
            ]
            for person in people:
                person.start()
            threading.Event().wait(8)
            held.rollback()
        for person in people:
            person.join(30)
        return max(took for _, took in found), {status for status, _ in found}


def test_f13_f14_pool_full_of_waiting_statements(tmp_path, report):
    """A pool of two, and a table that is locked: whoever waits, waits for seconds only."""
    with Postgres.started() as database, house_at(database.url, tmp_path) as site:
        slowest, statuses = slowest_under_a_lock(
            database, site, "tests.faults.variants:small_pool()"
        )
        control, answered = slowest_under_a_lock(
            database, site, "tests.faults.variants:without_limits()"
        )
    report.note(
        "F14", "Pool of 2 taken by statements that wait for a lock", "503 ≤ 5 s",
        f"{statuses}, slowest {slowest:.1f} s",
    )  # fmt: skip
    report.note(
        "F14", "Control: no statement_timeout, pool_timeout 30 s", "found: waits > 5 s",
        f"{answered}, slowest {control:.1f} s",
    )  # fmt: skip
    assert statuses == {503}
    assert slowest <= SLOWEST_REFUSAL
    assert control > SLOWEST_REFUSAL


def test_f14_all_connections_taken_by_others(tmp_path, report):
    settings = ("max_connections=12", "superuser_reserved_connections=0")
    with Postgres.started(*settings) as database, house_at(database.url, tmp_path) as site:
        style = "/static/build/civic.css"
        with site.served(), ExitStack() as others:
            with suppress(psycopg.OperationalError):
                while True:
                    others.enter_context(psycopg.connect(database.conninfo))
            pages = [timed(site.port, path) for path in ("/ideen", "/", "/anmelden", "/readyz")]
            fixed = [timed(site.port, path)[0] for path in ("/healthz", style)]
            others.close()
            back = until(lambda: ask(site.port, "/ideen")[0] == 200, 10)
    slowest = max(took for _, took in pages)
    report.note(
        "F14", "All connections of the database are taken by others",
        "503 ≤ 3 s, static files and /healthz 200, back by itself",
        f"{sorted({status for status, _ in pages})}, slowest {milliseconds(slowest)}; "
        f"static {fixed}; back after {milliseconds(back)}",
    )  # fmt: skip
    assert {status for status, _ in pages} <= {503, 200}
    assert pages[0][0] == 503
    assert fixed == [200, 200]
    assert slowest <= FULL_REFUSAL
