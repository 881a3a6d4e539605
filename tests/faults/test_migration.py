"""F18: migrations down and up again on a filled database while the older version works on it.

The older version is played by statements on what both versions know: reading a list, voting.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import psycopg
import pytest
from sqlalchemy import make_url

from tests.faults.load import Answers
from tests.faults.postgres import Postgres
from tests.faults.report import milliseconds, number
from tests.faults.site import Site, house_at

pytestmark = pytest.mark.faults

FOUNDATION = "38e5e3be9ca0"
SIZE = {"SQLite": (100_000, 300_000), "PostgreSQL": (100_000, 1_000_000)}
LOCK_SECONDS = 4.0
LIST = (
    "SELECT id, title FROM contribution WHERE kind = 'idea' "
    "ORDER BY published_at DESC, id DESC LIMIT 20"
)
VOTE = "UPDATE contribution SET vote_count = vote_count WHERE id = {id}"
#: What both versions have, in an order of its own.
KEPT = {
    "things": "SELECT id, kind, reference, title, author_id, state FROM contribution ORDER BY id",
    "votes": "SELECT contribution_id, user_id, version FROM vote ORDER BY contribution_id, user_id",
    "people": 'SELECT id, email, name, name_key FROM "user" ORDER BY id',
}


@contextmanager
def asking(site: Site) -> Iterator[Callable[[str], list]]:
    """A connection as the older version has: it gives up after three seconds, or five on SQLite."""
    if site.kind == "SQLite":
        path = make_url(site.url).database
        line = sqlite3.connect(str(path), timeout=5, isolation_level=None)
        try:
            yield lambda statement: line.execute(statement).fetchall()
        finally:
            line.close()
        return
    words = site.url.replace("+psycopg", "")
    options = "-c statement_timeout=3000 -c lock_timeout=2000"
    with psycopg.connect(words, autocommit=True, options=options) as connection:

        def ask(statement: str) -> list:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

        yield ask


def fingerprint(site: Site) -> dict[str, str]:
    """A hash of every kept row."""
    found = {}
    with asking(site) as ask:
        if site.kind == "PostgreSQL":
            ask("SET statement_timeout = 0")
        for name, statement in KEPT.items():
            rows = ask(statement)
            found[name] = f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"
    return found


def tried(ask: Callable[[str], list], statement: str) -> int:
    """200, or what the older version would answer."""
    try:
        ask(statement)
    except (psycopg.Error, sqlite3.Error):
        return 503
    return 200


@contextmanager
def older_version(site: Site) -> Iterator[Answers]:
    """Two who read lists and vote all the time; each statement that fails is a status 503."""
    answers, stop = Answers(), threading.Event()

    def work(first: int) -> None:
        with asking(site) as ask:
            for n in count(first):
                if stop.wait(0.01):
                    return
                began = time.monotonic()
                answers.note(began, tried(ask, LIST if n % 2 else VOTE.format(id=n % 999 + 1)))

    with ThreadPoolExecutor(2) as people:
        for first in (1, 2):
            people.submit(work, first)
        try:
            yield answers
        finally:
            stop.set()


def filled(site: Site) -> None:
    ideas, votes = SIZE[site.kind]
    size = ["--ideas", str(ideas), "--comments", str(ideas), "--votes", str(votes)]
    workshop = {"CIVIC_ENV": "development", "CIVIC_BASE_URL": f"http://127.0.0.1:{site.port}"}
    done = site.civic("bench", "seed", *size, env=workshop)
    assert done.returncode == 0, done.stderr[-2000:]


def moved(site: Site, *words: str) -> float:
    """Run `civic db …`; the seconds it took."""
    began = time.monotonic()
    done = site.civic("db", *words)
    assert done.returncode == 0, done.stderr[-3000:]
    return time.monotonic() - began


def down_and_up(site: Site, report) -> None:
    filled(site)
    before = fingerprint(site)
    with older_version(site) as answers:
        took = [moved(site, "downgrade", FOUNDATION), moved(site, "upgrade")]
    again = moved(site, "downgrade", FOUNDATION) + moved(site, "upgrade")
    after = fingerprint(site)
    report.note(
        "F18",
        f"{site.kind}: down and up on {number(SIZE[site.kind][0])} ideas and "
        f"{number(SIZE[site.kind][1])} votes under the older version's load",
        f"kept rows equal, no wait > {LOCK_SECONDS:.0f} s, p99 < 1 s",
        f"{'equal' if after == before else 'different'}; down {took[0]:.1f} s, up {took[1]:.1f} s, "
        f"once more {again:.1f} s; {answers}, p99 {milliseconds(answers.percentile(99))}",
    )
    assert after == before
    assert site.civic("db", "check").returncode == 0
    assert max(answers.times) < LOCK_SECONDS + 1
    assert answers.percentile(99) < 1.0


def test_f18_sqlite(sqlite_site, report):
    down_and_up(sqlite_site, report)


def test_f18_postgresql(tmp_path, report):
    with Postgres.started() as database, house_at(database.url, tmp_path) as site:
        down_and_up(site, report)
        gives_up(site, database, report)


def gives_up(site: Site, database: Postgres, report) -> None:
    """Behind an open transaction a migration gives up; an order without a limit waits on and on."""
    with psycopg.connect(database.conninfo) as reader:
        reader.execute("SELECT count(*) FROM contribution WHERE id < 10")
        began = time.monotonic()
        done = site.civic("db", "downgrade", FOUNDATION)
        took = time.monotonic() - began
        with psycopg.connect(database.conninfo, options="-c statement_timeout=8000") as hasty:
            began = time.monotonic()
            with pytest.raises(psycopg.errors.QueryCanceled):
                hasty.execute("ALTER TABLE contribution ADD COLUMN odd integer")
            waited = time.monotonic() - began
    report.note(
        "F18", "A migration behind an open transaction", "gives up after 4 s",
        f"refused: {done.returncode != 0}, after {took:.1f} s with its start",
    )  # fmt: skip
    report.note(
        "F18",
        "Control: ALTER TABLE without lock_timeout",
        "found: waits on",
        f"still waited after {waited:.1f} s",
    )
    assert done.returncode != 0
    assert "LockNotAvailable" in done.stderr
    assert took < 15
    assert waited > 7
