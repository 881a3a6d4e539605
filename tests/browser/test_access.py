"""Every page, for everybody who may open it: axe finds nothing, and nobody scrolls sideways.

A page is read once and then looked at in four ways; `test_no_page_is_left_out` holds the list
against the addresses of the house.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache, partial
from urllib.parse import urlsplit

import pytest
from itsdangerous import URLSafeSerializer
from playwright.sync_api import Page, expect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from civic.notifications.address import SALT
from tests.architecture.world import rules
from tests.browser.harness import (
    ALL_RULES,
    BROWSER_TEXT_PIXELS,
    COLOUR_RULES,
    ROOM_RULES,
    Look,
    assert_reflows,
    axe,
    link_in,
    mails,
    newest_mail,
    sign_in,
)
from tests.browser.landmarks import landmarks
from tests.browser.returned import REFUSED, SUBMIT
from tests.browser.server import DATABASE, Server, settings
from tests.browser.steps import main_action, publish
from tests.browser.tours import MAIN, NO_PAGES, REFUSALS, TOURS

#: Ways to look at each page, with what only they can show; `LOOKS` are looked at with every rule.
VIEWS = {
    Look(): ALL_RULES,
    Look(theme="dark"): COLOUR_RULES,
    Look(width=320): ROOM_RULES,
    Look(theme="dark", text=200): ROOM_RULES,
}
LOOKS = (
    Look(js=False, width=320),
    Look(theme="dark", width=320),
    Look(js=False, theme="dark"),
    Look(text=200),
)


@pytest.fixture
def known(live: Server) -> dict[str, str]:
    """Parts of addresses: one thing of each kind from the demo, and what the test adds to it."""
    return landmarks(live)


class Tour:
    """Collects what is wrong on the way, so that one run names everything."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.faults: list[str] = []

    def look_around(self) -> None:
        """Hold the page as it stands against axe and the width of the window, in every way."""
        self.page.wait_for_load_state()  # what can be seen may still wait for its style sheet
        for view, rules_left in VIEWS.items():
            self._turn(view)
            self._note(partial(axe, rules=rules_left), str(view))
            self._note(assert_reflows, str(view))
        self._turn(Look())

    def end(self) -> None:
        assert not self.faults, "\n".join(self.faults)

    def _turn(self, view: Look) -> None:
        self.page.emulate_media(color_scheme=view.theme)
        self.page.set_viewport_size({"width": view.width, "height": 800})
        size = BROWSER_TEXT_PIXELS * view.text // 100
        sizes = {"standard": size, "fixed": size * 13 // 16}
        self.session.send("Page.setFontSizes", {"fontSizes": sizes})

    def _note(self, check: Callable[[Page], None], view: str) -> None:
        try:
            check(self.page)
        except AssertionError as fault:
            self.faults.append(f"{view}: {fault}")


@pytest.mark.parametrize("address", TOURS, ids=lambda address: address.partition("@")[0] or "all")
def test_every_page(open_page, live, known, address):
    page = open_page(None)
    _make_ready(page, live, known, address)
    tour = Tour(page)
    refused = REFUSALS.get(address, {})
    for pattern in (*TOURS[address], *refused):
        path = pattern.format_map(known)
        answer = page.goto(path)
        assert answer.status == refused.get(pattern, 200), f"{path}: {answer.status}"
        expect(page.locator("h1")).to_have_count(1)
        arrived = urlsplit(page.url).path
        assert arrived.startswith(path.partition("?")[0]) or "/sprache/" in path, arrived
        tour.look_around()
    tour.end()


@pytest.mark.parametrize("address", TOURS, ids=lambda address: address.partition("@")[0] or "all")
def test_every_form_that_comes_back(open_page, live, known, address):
    page = open_page(None)
    _make_ready(page, live, known, address)
    tour = Tour(page)
    for form in [form for form in REFUSED if form.address == address]:
        page.goto(form.path.format_map(known))
        for name, value in form.entries.items():
            page.locator(f"main [name={name}]").fill(value)
        buttons = page.locator(f'main form[action*="{form.action}"] {SUBMIT}')
        with page.expect_response(lambda response: response.request.method == "POST") as answer:
            buttons.last.click()
        assert answer.value.status == 422, f"{form.path}: {answer.value.status}"
        expect(page.locator("#error_summary, main .error").first).to_be_visible()
        tour.look_around()
    tour.end()


def test_what_htmx_swaps_in(open_page, known):
    """Pieces that no address shows by itself."""
    page = open_page(None)
    sign_in(page, "netzwerk@example.org")
    tour = Tour(page)
    page.goto(f"/ideen/{known['talk']}")
    page.locator("[id^=comment_reply_][id$=_link]").first.click()
    expect(page.locator("[id^=comment_reply_][id$=_body]")).to_be_focused()
    follows = page.locator("#follow_button form")
    before = follows.get_attribute("action")
    page.locator("#follow_toggle").click()
    expect(follows).not_to_have_attribute("action", before)
    tour.look_around()
    page.goto("/ideen/neu")
    page.locator("[name=title]").fill("Beleuchtung am Weg zum Bahnhalt")
    expect(page.locator("#similar a").first).to_be_visible()
    page.locator("[name=body]").fill("## Warum\n\n- Es ist *dunkel*.\n\n> Sehr dunkel.\n\n`kWh`")
    page.locator("[formaction='/ideen/vorschau']").click()
    expect(page.locator("#body_preview h2, #body_preview h3").first).to_be_visible()
    tour.look_around()
    tour.end()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_main_pages_with_every_rule(open_page, known, look):
    page = open_page(None, look)
    sign_in(page, "verein@example.org")
    for pattern in MAIN:
        page.goto(pattern.format_map(known))
        axe(page)
        assert_reflows(page)


def test_no_page_is_left_out():
    visited = {_endpoint(path) for tour in TOURS.values() for path in tour}
    pages = {rule.endpoint for rule in rules() if "GET" in rule.methods}

    assert pages - visited - set(NO_PAGES) == set()
    assert set(NO_PAGES) <= pages


@cache
def _map() -> Map:
    return Map([rule.empty() for rule in rules()])


def _endpoint(pattern: str) -> str:
    """The endpoint that answers an address of a tour; letters stand for their links."""
    letters = {
        "{confirm}": "/bestaetigen/x",
        "{reset}": "/passwort-neu/x",
        "{confirm_email}": "/konto/email/x",
        "{end}": "/mitteilungen/abbestellen/x",
        "{organisation_link}": "/organisationen/einladung/x",
        "{team_link}": "/projekte/einladung/x",
    }
    path = letters.get(pattern, pattern).partition("?")[0]
    while "{" in path:
        path = f"{path.partition('{')[0]}1{path.partition('}')[2]}"
    try:
        endpoint, _ = _map().bind("localhost").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return ""
    return str(endpoint)


def _make_ready(page: Page, live: Server, known: dict[str, str], address: str) -> None:
    """Sign in, and make what this tour needs and the demo has not."""
    if address == "netzwerk@example.org":
        _invite(page, live, known, address)
    if address:
        sign_in(page, address)
    prepare = READY.get(address.partition("@")[0])
    if prepare:
        prepare(page, live, known)


def _ready_for_strangers(page: Page, live: Server, known: dict[str, str]) -> None:
    """Links of mails."""
    signer = URLSafeSerializer(settings(live.instance, "")["CIVIC_SECRET_KEY"], salt=SALT)
    known["end"] = f"/mitteilungen/abbestellen/{signer.dumps([1, 'answer'])}"
    known["confirm"] = _mailed(page, live, "/registrieren", "/bestaetigen/", _applicant())
    entries = {"email": "walter@example.org"}
    known["reset"] = _mailed(page, live, "/passwort-vergessen", "/passwort-neu/", entries)


def _ready_for_a_resident(page: Page, live: Server, known: dict[str, str]) -> None:
    """A comment and an idea of one's own that may still be changed."""
    entries = {"email": "miriam@example.org", "password": "zukunft-machen-2026"}
    known["confirm_email"] = _mailed(page, live, "/konto/email", "/konto/email/", entries)
    page.goto(f"/beitraege/{known['talk']}/kommentare")
    page.locator("#comment_body").fill("Das wäre auch für uns ein Gewinn.")
    page.locator("#comment_submit").click()
    expect(page.locator(".comment__body", has_text="auch für uns ein Gewinn")).to_be_visible()
    url = publish(page, "Ein Rundgang durch das neue Stadtarchiv")
    known["own"] = urlsplit(url).path.removeprefix("/ideen/").partition("-")[0]
    page.goto(f"/beitraege/{known['talk']}/kommentare?sortierung=neueste")
    own = page.locator(".comment__acts a[href$='/entfernen']").first
    known["own_comment"] = (own.get_attribute("href") or "").split("/")[2]


def _ready_for_the_admin(page: Page, live: Server, known: dict[str, str]) -> None:
    """A job that was given up, and a topic of the town."""
    known["dead"] = _dead_job(live)
    page.goto("/kommunen/lindfurt/themen")
    page.locator("[name=name_de]").fill("Rund um die Altstadt")
    page.locator("main form button[type=submit]").click()
    link = page.locator("main .used a").first
    known["local_topic"] = (link.get_attribute("href") or "").rpartition("/")[2]


def _ready_for_the_office(page: Page, live: Server, known: dict[str, str]) -> None:
    """A step of an innovation that waits for a decision."""
    del live
    page.goto(f"/innovationen/{known['kept']}/schritt")
    page.locator("[name=to]").first.check()
    page.locator("[name=costs]").fill("Bisher 7.400 Euro.")
    page.locator("[name=figures]").fill("Die Wartezeit liegt bei 22 Minuten.")
    main_action(page)
    page.wait_for_url("**/entscheiden")
    known["gate"] = urlsplit(page.url).path.split("/")[-2]


READY = {
    "": _ready_for_strangers,
    "einwohnerin": _ready_for_a_resident,
    "admin": _ready_for_the_admin,
    "verwaltung": _ready_for_the_office,
}


def _invite(page: Page, live: Server, known: dict[str, str], address: str) -> None:
    """Let the association invite a person into its team and into itself; the links of the mails."""
    sign_in(page, "verein@example.org")
    for link, room in (("team_link", "projekte"), ("organisation_link", "organisationen")):
        thing = known["project" if room == "projekte" else "organisation"]
        path = f"/{room}/{thing}/einladungen"
        known[link] = _mailed(page, live, path, f"/{room}/einladung/", {"email": address})
    with closing(sqlite3.connect(live.instance / DATABASE)) as connection:
        found = connection.execute("SELECT max(id) FROM team_invitation").fetchone()
    known["team_invitation"] = str(found[0])
    page.locator("header form[action$='/abmelden'] button:visible").first.click()


def _dead_job(live: Server) -> str:
    """A job that was given up; its number."""
    moment = "2026-11-01 03:00:00.000000"
    with closing(sqlite3.connect(live.instance / DATABASE)) as connection, connection:
        row = connection.execute(
            "INSERT INTO job (kind, payload, rank, state, attempts, error, created_at, due_at, "
            "done_at) VALUES ('mail.deliver', '{\"mail\": 0}', 1, 'dead', 10, "
            "'ConnectionRefusedError', ?, ?, ?)",
            (moment, moment, moment),
        )
        return str(row.lastrowid)


def _applicant() -> dict[str, str]:
    return {
        "email": "rita@example.org",
        "name": "Rita Rundgang",
        "password": "Kirschbaum Leiter Nebel",
        "is_old_enough": "y",
    }


def _mailed(page: Page, live: Server, form: str, link: str, entries: dict[str, str]) -> str:
    """Fill in a form and return the link of the mail that follows."""
    page.goto(form)
    before = len(mails(live, entries["email"]))
    for name, value in entries.items():
        box = page.locator(f"main [name={name}]")
        if value == "y":
            box.check()
        else:
            box.fill(value)
    page.locator("main form button.kern-btn--primary").click()
    found = link_in(newest_mail(live, entries["email"], after=before), link)
    return found.removeprefix(live.base_url)
