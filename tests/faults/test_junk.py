"""F21: ten thousand malformed requests over all routes, as a stranger, a member and an admin.

None of them may be answered by a fault of ours (5xx). A fault that is planted must be found. What
every run of the tests tries stands in `tests/architecture/test_malformed.py`.
"""

from __future__ import annotations

import zlib
from collections import Counter

import pytest
from flask import request
from hypothesis import HealthCheck, Phase, given, seed, settings
from werkzeug.routing import Rule
from werkzeug.test import run_wsgi_app

from tests.architecture.sources import none_of
from tests.architecture.world import STRANGER, World, make_world, rules
from tests.client import Page
from tests.faults.junk import Junk, malformed, plain_corpus
from tests.faults.report import counted, number
from tests.make import BODY, TITLE

pytestmark = pytest.mark.faults

#: On each of the two databases.
FEWEST = 5000
#: More digits than Python reads, in a form that is filled in otherwise.
LONG_NUMBERS = [("title", TITLE), ("body", BODY), ("version", "9" * 5000), ("id", "9" * 5000)]
PEOPLE = (STRANGER, "author", "admin")
#: Requests to each rule by each kind of person.
EXAMPLES = -(-FEWEST // (len(rules()) * len(PEOPLE)))


class Fuzzer:
    """Sends junk and keeps what was answered by a fault."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = {name: world.visitor(name) for name in PEOPLE}
        self.statuses: Counter[int] = Counter()
        self.asked: Counter[str] = Counter()
        self.faults: list[str] = []

    def send(self, person: str, junk: Junk) -> None:
        visitor = self.people[person]
        cookie = visitor.browser.client.get_cookie("civic")
        environ = junk.environ(f"civic={cookie.value}" if cookie else "", visitor.csrf)
        with self.world.undone():
            _, status, _ = run_wsgi_app(self.world.app, environ, buffered=True)
        code = int(status[:3])
        self.statuses[code] += 1
        if code >= 500:
            self.faults.append(f"{code} as {person}: {junk}")

    def fuzz(self, rule: Rule, address: str, names: list[str], examples: int = EXAMPLES) -> None:
        for person in PEOPLE:
            self._fuzz_as(person, rule, address, names, examples)

    def _fuzz_as(self, person, rule, address, names, examples) -> None:
        @seed(zlib.crc32(f"{rule.rule} {person}".encode()))
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(malformed(rule, address, names))
        def send(junk: Junk) -> None:
            self.asked[rule.rule] += 1
            self.send(person, junk)

        send()


def names_on(fuzzer: Fuzzer, address: str) -> list[str]:
    """The fields that the form of a page has, as the author or an admin sees it."""
    found = {"body", "title", "email", "name", "password", "next", "version", "draft", "mark"}
    for person in ("author", "admin"):
        answer = fuzzer.people[person].browser.client.get(address, buffered=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page = Page(answer)
            fields = [e for tag in ("input", "textarea", "select", "button") for e in page.all(tag)]
            found |= {e.get("name", "") for e in fields}
    return sorted(found - {"", "csrf_token"})


def kind_of(world: World) -> str:
    url = world.app.extensions["civic_config"].engine_url
    return "SQLite" if url.startswith("sqlite") else "PostgreSQL"


@pytest.fixture
def fuzzer(app) -> Fuzzer:
    return Fuzzer(make_world(app))


def test_f21_nothing_malformed_is_answered_by_a_fault(fuzzer, report):
    for rule in rules():
        address = fuzzer.world.address(rule)
        fuzzer.fuzz(rule, address, names_on(fuzzer, address))
        for person in PEOPLE:
            fuzzer.send(person, Junk("GET", address, headers={"HX-Request": "true"}))
            fuzzer.send(person, Junk("POST", address, fields=LONG_NUMBERS))
    for n, junk in enumerate(plain_corpus()):
        fuzzer.send(PEOPLE[n % len(PEOPLE)], junk)
    total, kind = fuzzer.statuses.total(), kind_of(fuzzer.world)
    report.note(
        "F21", f"{kind}: malformed requests to {len(rules())} addresses", f"≥ {FEWEST}, no 5xx",
        f"{number(total)}: {counted(fuzzer.statuses)}",
    )  # fmt: skip
    none_of(fuzzer.faults)
    assert total >= FEWEST
    assert set(fuzzer.asked) == {rule.rule for rule in rules()}
    # It reached the rooms behind the first door, too.
    assert {200, 303, 400, 403, 404, 405, 413, 422} <= set(fuzzer.statuses)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_f21_control_a_fault_that_is_planted(fuzzer, monkeypatch, report):
    def careless():
        return str(int(request.args.get("q", "1") or 0))

    monkeypatch.setitem(fuzzer.world.app.view_functions, "health.healthz", careless)
    rule = next(rule for rule in rules() if rule.rule == "/healthz")
    fuzzer.fuzz(rule, "/healthz", ["body"], examples=60)
    report.note(
        "F21", "Control: a parameter that is read as a number", "found: 5xx",
        f"{len(fuzzer.faults)} of {fuzzer.statuses.total()}",
    )  # fmt: skip
    assert fuzzer.faults
