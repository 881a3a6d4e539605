"""Addresses are German and stay; a stranger changes nothing; looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import Column, MetaData, String, Table, select, text
from werkzeug.test import TestResponse

from civic.core.db import db
from tests.architecture.routes import FROZEN, listing
from tests.architecture.sources import none_of
from tests.architecture.world import STRANGER, Route, World, make_world, rules
from tests.client import Page, problems_of

SEGMENT = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
#: Addresses that machines ask for.
TECHNICAL = frozenset({"/healthz", "/metrics", "/readyz"})
#: How the address of a file ends that is taken along, subscribed to or shown in a page.
FILE_ENDING = re.compile(r"\.(?:atom|csv|ics|json|webp)$")
#: Words that are the same in both languages.
BOTH_LANGUAGES = frozenset({"moderation", "email", "feeds", "logo"})
#: English words that a tired hand would write; endpoints are English, so theirs count too.
ENGLISH = frozenset(
    "about account admin answer comment comments confirm create delete draft edit feedback follow "
    "hide home idea ideas index language list login logout new page password preview profile "
    "register remove reply report reset search sent sessions settings show sign-in sign-up similar "
    "styleguide thanks topics unfollow update user users versions vote votes withdraw".split()
)
#: What a stranger may send: coming in, and saying that something is in the way.
OPEN_TO_STRANGERS = frozenset(
    {
        "accounts.confirm",
        "accounts.forgot",
        "accounts.reset",
        "accounts.sent",
        "accounts.sign_in",
        "accounts.sign_up",
        "pages.feedback",
    }
)
#: What goes without a token, because the address itself is signed and a mail program asks for it.
SIGNED = frozenset({"notifications.end"})
#: Signing out a stranger does nothing and leads home.
HARMLESS = frozenset({"accounts.sign_out"})
#: Written in passing, not a change of anything a person made.
BOOKKEEPING = {"user_session": {"last_seen_at"}}


# -- spelling --------------------------------------------------------------------------------


def misspelt(addresses: Iterable[tuple[str, str]]) -> list[str]:
    """(rule, endpoint) -> what is not German, lower case, with hyphens."""
    found = []
    for rule, endpoint in addresses:
        if rule in TECHNICAL:
            continue
        words = {word.replace("_", "-") for word in endpoint.split(".")} | ENGLISH
        for part in re.sub(r"<[^>]*>", "", FILE_ENDING.sub("", rule)).split("/"):
            segment = part.strip("-")
            if segment and not SEGMENT.match(segment):
                found.append(f"{rule}: {segment!r} is not lower case with hyphens")
            elif segment in words - BOTH_LANGUAGES:
                found.append(f"{rule}: {segment!r} is English; addresses are German")
    return found


def test_addresses_are_german():
    assert len(rules()) > 30
    none_of(misspelt((rule.rule, rule.endpoint) for rule in rules()))


@pytest.mark.parametrize(
    ("rule", "endpoint"),
    [
        ("/Ideen", "ideas.index"),
        ("/ideen/meine_ideen", "ideas.own"),
        ("/ideen/<int:id>/edit", "ideas.edit"),
        ("/ideen/<int:id>/adopt", "ideas.adopt"),
        ("/ideen/über", "ideas.about"),
        ("/ideen/liste.php", "ideas.index"),
        ("/ideen.csv/liste", "ideas.index"),
    ],
)
def test_a_misspelt_address_is_found(rule, endpoint):
    assert misspelt([(rule, endpoint)])
    assert not misspelt([("/ideen/<int:id>-<slug>", "ideas.show")])


def test_the_list_of_addresses_is_frozen():
    """An address is a promise. If one changed on purpose: `make routes`, and read the diff."""
    assert FROZEN.read_text() == listing()


def test_another_address_would_differ():
    assert listing().replace("/ideen ", "/einfaelle ") != listing()


# -- strangers -------------------------------------------------------------------------------


def is_refusal(response: TestResponse, *, token: bool) -> bool:
    """To the sign-in page, or no. Without a token the answer may be that the request is broken."""
    aim = response.headers.get("HX-Redirect") or response.headers.get("Location", "")
    if aim:
        return response.status_code in {200, 302, 303} and aim.startswith("/anmelden")
    return response.status_code in {401, 403} | (set() if token else {400})


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "htmx"])
@pytest.mark.parametrize("token", [True, False], ids=["token", "no-token"])
def test_a_stranger_changes_nothing(world, token, fragment):
    stranger = world.visitor(STRANGER)
    found = []
    for rule in rules():
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            if rule.endpoint in OPEN_TO_STRANGERS | SIGNED | (HARMLESS if token else set()):
                continue
            route = Route(method, rule.rule, rule.endpoint)
            response = stranger.ask(route, world.address(rule), token=token, fragment=fragment)
            if not is_refusal(response, token=token):
                found.append(f"{route}: {response.status_code} {response.location or ''}")
    none_of(found)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example.org"}, {"Sec-Fetch-Site": "cross-site"}], ids=str
)
def test_another_site_changes_nothing(world, headers):
    """Even with the cookie of an admin and a token that is valid."""
    admin = world.visitor("admin")
    found = []
    for rule in rules():
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            route = Route(method, rule.rule, rule.endpoint)
            response = admin.ask(route, world.address(rule), headers=headers)
            if response.status_code != 403:
                found.append(f"{route}: {response.status_code}")
    none_of(found)


def test_exceptions_are_addresses_that_exist():
    assert {rule.endpoint for rule in rules()} >= OPEN_TO_STRANGERS | SIGNED | HARMLESS


@pytest.mark.parametrize("endpoint", sorted(OPEN_TO_STRANGERS | HARMLESS))
def test_without_a_token_nobody_sends_anything(world, endpoint):
    stranger = world.visitor(STRANGER)
    rule = next(r for r in rules() if r.endpoint == endpoint and "POST" in r.methods)
    route = Route("POST", rule.rule, endpoint)
    assert stranger.ask(route, world.address(rule), token=False).status_code in {400, 403}


def test_an_answer_that_is_no_refusal_is_told_apart():
    assert not is_refusal(TestResponse([], "200 OK", {}, None), token=True)
    away = {"Location": "/ideen"}
    assert not is_refusal(TestResponse([], "303 See Other", away, None), token=True)
    assert not is_refusal(TestResponse([], "400 Bad Request", {}, None), token=True)
    aim = {"Location": "/anmelden?next=/ideen"}
    assert is_refusal(TestResponse([], "302 Found", aim, None), token=True)


# -- looking ---------------------------------------------------------------------------------


def state(metadata: MetaData) -> dict[str, str]:
    """Table -> a hash of all its rows, without what is written in passing."""
    found = {t.name: _hash(db.session.execute(_content(t))) for t in metadata.sorted_tables}
    index = db.session.execute(text("SELECT * FROM search_document"))
    return {**found, "search_document": _hash(index)}


def _content(table: Table):
    passing = BOOKKEEPING.get(table.name, set())
    return select(*[column for column in table.columns if column.name not in passing])


def _hash(rows: Iterable[object]) -> str:
    return sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


class Looker:
    """Asks as one person and notes after each answer which tables are not what they were."""

    def __init__(self, world: World, person: str) -> None:
        self.world = world
        self.visitor = world.visitor(person)
        self.changed: list[str] = []
        self.unruly: list[str] = []
        self.state = self._state()

    def look_at(self, route: Route, address: str, **form: str) -> None:
        client = self.visitor.browser.client
        response = client.open(address, method=route.method, data=form)
        client._cookies = dict(self.visitor._cookies)
        before, after = self.state, self._state()
        self.state = after
        self.changed += [f"{route} changes {name}" for name in after if after[name] != before[name]]
        if response.status_code == 200 and response.mimetype == "text/html":
            self.unruly += [f"{route}: {problem}" for problem in problems_of(Page(response))]
        if response.status_code >= 500:
            self.unruly.append(f"{route}: {response.status_code}")

    def _state(self) -> dict[str, str]:
        with self.world.app.app_context():
            return state(db.metadata)


@pytest.mark.parametrize("person", ["admin", "author", STRANGER])
def test_looking_changes_nothing_and_every_page_keeps_the_rules(world, person):
    looker = Looker(world, person)
    pages = [rule for rule in rules() if "GET" in rule.methods]
    assert len(pages) > 30
    for rule in pages:
        looker.look_at(Route("GET", rule.rule, rule.endpoint), world.address(rule))
    none_of(looker.changed + looker.unruly)


def test_a_look_that_changes_something_is_found(world):
    looker = Looker(world, "member")
    rule = next(rule for rule in rules() if rule.endpoint == "follows.follow")
    route = Route("POST", rule.rule, rule.endpoint)
    looker.look_at(route, world.address(rule), csrf_token=looker.visitor.csrf)
    assert looker.changed == [f"{route} changes follow"]


def test_bookkeeping_names_columns_that_exist():
    for table, columns in BOOKKEEPING.items():
        assert columns <= set(db.metadata.tables[table].columns.keys())
    column = Column("x", String)
    assert "x" in str(_content(Table("planted", MetaData(), column)))
