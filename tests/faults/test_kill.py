"""An idea that was acknowledged is there, whole, after the server was killed in the midst of work.

Writers submit ideas over HTTP and put each 303 into a ledger before they go on. A server that says
thank you before it has committed is found by the same ledger: that is the negative control.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from civic.accounts.models import System
from civic.core.db import db
from civic.votes import service as votes
from tests.conftest import DATABASES
from tests.faults.site import ROOT, Site, Visitor, environment, integrity, site_on
from tests.make import BODY, make_idea, make_municipality, make_topic
from tests.postgres import cluster

WRITERS = 8
#: Enough that nobody reaches the daily limit of ideas.
PEOPLE_PER_WRITER = 14
ROUNDS = 3
SECONDS = 2.0

WORDS = {
    "trunk": "SELECT id FROM contribution WHERE kind = 'idea' AND id NOT IN",
    "nothing": "NOT IN (SELECT id FROM contribution)",
}
#: Statements that find nothing where each idea was written whole or not at all.
HALVES = {
    "a trunk without an idea": "{trunk} (SELECT id FROM idea)",
    "no first version": "{trunk} (SELECT idea_id FROM idea_version WHERE number = 1)",
    "no activity": "{trunk} (SELECT contribution_id FROM activity WHERE verb = 'idea.submitted')",
    "not to be found": "{trunk} (SELECT {key} FROM search_document)",
    "not followed by its author": "{trunk} (SELECT contribution_id FROM follow)",
    "no topic": "{trunk} (SELECT contribution_id FROM contribution_topic)",
    "no reference number": "SELECT id FROM contribution WHERE reference IS NULL",
    "an activity of nothing": "SELECT id FROM activity WHERE contribution_id {nothing}",
    "a version of nothing": "SELECT number FROM idea_version WHERE idea_id {nothing}",
    "a search document of nothing": "SELECT 1 FROM search_document WHERE {key} {nothing}",
}


@pytest.fixture(scope="module")
def safe_postgres() -> Iterator[str]:
    """A cluster that forces every commit to the disk, as in operation."""
    with cluster(fsync=True) as url:
        yield url


@pytest.fixture(params=DATABASES)
def site(request, tmp_path) -> Iterator[Site]:
    with site_on(request.param, request, tmp_path, "safe_postgres") as found:
        yield found


class Ledger:
    """What was acknowledged: number and title of each idea, in the order of the answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.entries: list[tuple[int, str]] = []
        self.refusals: list[int] = []

    def enter(self, id: int, title: str) -> None:
        with self._lock:
            self.entries.append((id, title))

    def refuse(self, status: int) -> None:
        with self._lock:
            self.refusals.append(status)


class Writer(threading.Thread):
    """Submits one idea after the other until told to stop, as several people in turn."""

    def __init__(self, site: Site, form: dict, people: list[Visitor], ledger: Ledger, name: str):
        super().__init__(name=name, daemon=True)
        self.site, self.form, self.people, self.ledger = site, form, cycle(people), ledger
        self.stop = threading.Event()

    def run(self) -> None:
        for number, person in enumerate(self.people):
            if self.stop.is_set():
                return
            title = f"Bank Nummer {number} von {self.name} am Weg"
            try:
                self._submit(person, title)
            except (OSError, HTTPException):
                self.stop.wait(0.02)  # the server is gone: nothing was acknowledged

    def _submit(self, person: Visitor, title: str) -> None:
        form = self.form | {"title": title, "csrf_token": person.token}
        headers = {"Cookie": person.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection("127.0.0.1", self.site.port, timeout=15)
        try:
            connection.request("POST", "/ideen/neu", urlencode(form), headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if answer.status == 303:
            found = re.match(r"/ideen/(\d+)-", answer.headers["Location"])
            assert found
            self.ledger.enter(int(found[1]), title)
        else:
            self.ledger.refuse(answer.status)


def written_while_killed(
    site: Site, *, rounds: int, seconds: float, application: str = "wsgi:app"
) -> Ledger:
    """Let people write, and pull the plug in the midst of it, again and again."""
    ledger = Ledger()
    with site.app.app_context():
        form = {"municipality": make_municipality().slug, "topics": make_topic().slug, "body": BODY}
    people = iter(site.visitors(WRITERS * PEOPLE_PER_WRITER))
    groups = [list(islice(people, PEOPLE_PER_WRITER)) for _ in range(WRITERS)]
    for turn in range(rounds):
        writers = [
            Writer(site, form, group, ledger, f"{turn}-{n}") for n, group in enumerate(groups)
        ]
        with site.served(application) as server:
            before = len(ledger.entries)
            for writer in writers:
                writer.start()
            wait_for_an_answer(ledger, before)
            threading.Event().wait(seconds)
            assert any(writer.is_alive() for writer in writers)
            for writer in writers:
                writer.stop.set()  # what is under way is under way
            server.kill()
        for writer in writers:
            while writer.is_alive():
                server.hang_up()  # on who came a moment after the kill
                writer.join(timeout=0.1)
        assert len(ledger.entries) > before, server.log.read_text(errors="replace")[-3000:]
    return ledger


def wait_for_an_answer(ledger: Ledger, before: int) -> None:
    """The clock runs from the first acknowledgement on: a fresh server is slow at first."""
    pause = threading.Event()
    for _ in range(600):
        if len(ledger.entries) > before:
            return
        pause.wait(0.05)


def rows(statement: str) -> list:
    key = "rowid" if db.engine.dialect.name == "sqlite" else "id"
    return list(db.session.execute(text(statement.format(key=key, **WORDS))))


def lost(ledger: Ledger) -> list[tuple[int, str]]:
    there = {tuple(row) for row in rows("SELECT id, title FROM contribution WHERE kind = 'idea'")}
    titles = {title for _, title in there}
    return [(id, t) for id, t in ledger.entries if (id, t) not in there and (id or t not in titles)]


def halves() -> list[str]:
    return [name for name, statement in HALVES.items() if rows(statement)]


def test_what_was_acknowledged_survives_a_kill(site):
    ledger = written_while_killed(site, rounds=ROUNDS, seconds=SECONDS)
    with site.served() as server:
        assert [status for status in ledger.refusals if status != 503] == []
        with site.app.app_context():
            assert lost(ledger) == []
            assert halves() == []
            assert votes.recount(System()) == []
            references = [row[0] for row in rows("SELECT reference FROM contribution")]
            assert len(references) == len(set(references))
        assert len(ledger.entries) == len({id for id, _ in ledger.entries})
        assert shows(server.site.port, *ledger.entries[-1])
    assert integrity(site.url) == []
    assert schema_fits(site)


def shows(port: int, id: int, title: str) -> bool:
    """Whether the restarted server has a page of it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", f"/ideen/{id}/fassungen")
        return title in connection.getresponse().read().decode()
    finally:
        connection.close()


def schema_fits(site: Site) -> bool:
    command = [sys.executable, "-c", "from civic.app import main; main()", "db", "check"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(site), capture_output=True, check=False
    )
    return done.returncode == 0


def test_a_server_that_thanks_before_it_commits_is_found(site):
    """The negative control: the same ledger, the same kill, and ideas are missing."""
    application = "tests.faults.hasty:make_app()"
    ledger = written_while_killed(site, rounds=1, seconds=SECONDS, application=application)
    with site.app.app_context():
        assert lost(ledger)
    log = (site.folder / "server.log").read_text()
    assert not re.search(r"afterwards: [45]", log), "lost because they were refused proves nothing"


def test_a_half_written_idea_is_found(site):
    """The negative control of the other measure: one row is taken away behind everybody's back."""
    with site.app.app_context():
        make_idea()
        assert halves() == []
        for damage in (
            "DELETE FROM activity", "DELETE FROM idea_version", "DELETE FROM search_document",
            "DELETE FROM follow", "DELETE FROM contribution_topic",
            "UPDATE contribution SET reference = NULL",
        ):  # fmt: skip
            db.session.execute(text(damage))
            assert halves(), damage
            db.session.rollback()
