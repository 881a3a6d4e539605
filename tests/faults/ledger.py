"""Writers, their ledger, and its comparison with the database.

A writer submits ideas over HTTP and supports the ideas of others; each acknowledgement goes into
the ledger before the next request. What is in the ledger and not in the database was lost.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from urllib.parse import urlencode

from sqlalchemy import select, text

from civic.core.db import db, transaction
from civic.votes.models import Vote
from tests.faults.machine import until
from tests.faults.site import Site, Visitor
from tests.make import BODY, make_municipality, make_topic, make_user

#: Enough that nobody reaches the daily limit of ideas.
PEOPLE_PER_WRITER = 30
PLACE = re.compile(r"/ideen/(\d+)-")

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


@dataclass(frozen=True)
class Person:
    """Somebody who writes: their account and their browser."""

    id: int
    visitor: Visitor


@dataclass
class Ledger:
    """What was acknowledged, in the order of the answers, and what else was answered."""

    ideas: list[tuple[int, str]] = field(default_factory=list)
    votes: list[tuple[int, int]] = field(default_factory=list)
    #: Moment of each acknowledgement, to see for how long there was none.
    moments: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, took: float) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.times.append(took)

    def enter(
        self, idea: tuple[int, str] | None = None, vote: tuple[int, int] | None = None
    ) -> None:
        with self._lock:
            if idea:
                self.ideas.append(idea)
            if vote:
                self.votes.append(vote)
            self.moments.append(time.monotonic())

    @property
    def refusals(self) -> dict[int, int]:
        """How often another answer than a thank-you came, by status; 0: none came."""
        return {status: n for status, n in self.statuses.items() if status != 303}

    def __len__(self) -> int:
        return len(self.moments)

    def first_after(self, moment: float) -> float | None:
        """Seconds from a moment to the next acknowledgement."""
        return next((m - moment for m in self.moments if m >= moment), None)

    def longest_gap(self) -> float:
        """The longest time between two acknowledgements."""
        pairs = zip(self.moments, self.moments[1:], strict=False)
        return max((b - a for a, b in pairs), default=0.0)


class Writer(threading.Thread):
    """Writes until told to stop, as several people in turn."""

    def __init__(self, crew: Crew, people: Sequence[Person], name: str, port: int) -> None:
        super().__init__(name=name, daemon=True)
        self.crew, self.people, self.port = crew, cycle(people), port
        self.stop = threading.Event()

    def run(self) -> None:
        for number, person in enumerate(self.people):
            if self.stop.is_set():
                return
            title = f"Bank Nummer {number} von {self.name} am Weg"
            idea = self._submit(person, title)
            if idea is None:
                self.stop.wait(0.05)  # gone or refused: people press again, but not at once
            elif self.crew.votes:
                self._support(next(self.people), idea)

    def _submit(self, person: Person, title: str) -> int | None:
        form = self.crew.form | {"title": title}
        place = self._post("/ideen/neu", person.visitor, form)
        if place is None:
            return None
        found = PLACE.match(place)
        assert found, place
        self.crew.ledger.enter(idea=(int(found[1]), title))
        return int(found[1])

    def _support(self, person: Person, idea: int) -> None:
        place = self._post(f"/beitraege/{idea}/stimme", person.visitor, {})
        if place is not None:
            self.crew.ledger.enter(vote=(idea, person.id))

    def _post(self, path: str, visitor: Visitor, form: dict[str, str]) -> str | None:
        """Where a 303 leads; None for any other answer and for none."""
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": visitor.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            body = urlencode(form | {"csrf_token": visitor.token})
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            self.crew.ledger.note(0, time.monotonic() - began)
            return None
        finally:
            connection.close()
        self.crew.ledger.note(answer.status, time.monotonic() - began)
        return answer.headers["Location"] if answer.status == 303 else None


class Crew:
    """Some writers with a common ledger, who can be sent to work again and again."""

    def __init__(self, site: Site, writers: int, *, votes: bool = True) -> None:
        self.site, self.votes, self.ledger = site, votes, Ledger()
        with site.app.app_context():
            town, topic = make_municipality().slug, make_topic().slug
            self.form = {"municipality": town, "topics": topic, "body": BODY}
            people = iter(recruit(site, writers * PEOPLE_PER_WRITER))
            self.groups = [list(islice(people, PEOPLE_PER_WRITER)) for _ in range(writers)]
            db.session.remove()
        self.turn = 0

    @contextmanager
    def at_work(self, port: int | None = None) -> Iterator[list[Writer]]:
        """They write while the block runs, from the first acknowledgement on.

        A fresh server is slow at first; the clock of an experiment runs from its first thank-you.
        """
        self.turn += 1
        goal = port or self.site.port
        writers = [
            Writer(self, group, f"{self.turn}-{n}", goal) for n, group in enumerate(self.groups)
        ]
        before = len(self.ledger)
        for writer in writers:
            writer.start()
        try:
            until(lambda: len(self.ledger) > before, 30)
            yield writers
        finally:
            for writer in writers:
                writer.stop.set()
            for writer in writers:
                writer.join(30)


def recruit(site: Site, number: int) -> list[Person]:
    """Confirmed people with a browser that is signed in; inside an app context."""
    with transaction():
        users = [make_user() for _ in range(number)]
        return [Person(user.id, site.visitor(user)) for user in users]


def rows(statement: str) -> list:
    key = "rowid" if db.engine.dialect.name == "sqlite" else "id"
    return list(db.session.execute(text(statement.format(key=key, **WORDS))))


def lost(ledger: Ledger) -> list[tuple]:
    """What was acknowledged and is not there."""
    db.session.rollback()
    ideas = {tuple(row) for row in rows("SELECT id, title FROM contribution WHERE kind = 'idea'")}
    votes = {tuple(row) for row in db.session.execute(select(Vote.contribution_id, Vote.user_id))}
    return [i for i in ledger.ideas if i not in ideas] + [v for v in ledger.votes if v not in votes]


def halves() -> list[str]:
    """What was written in part; the names of the measures that found something."""
    return [name for name, statement in HALVES.items() if rows(statement)]
