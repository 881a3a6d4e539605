"""What strangers write is shown and never run.

Every pattern of `payloads.py` stands in every field of a platform of its own, and people of every
kind look at all pages. Their browsers ignore the content security policy: the pages must be safe
without it. A canary that sings, or an element that nobody of the house wrote, is a defect.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, expect

from civic.app import create_app
from civic.config import Config
from civic.core.db import db
from tests.browser.harness import Look, context_options, sign_in
from tests.browser.payloads import PAYLOADS, Payload
from tests.browser.poison import EVERYTHING, VISITORS, poison
from tests.browser.server import Server, serving, settings

#: What no page of the house holds, and no stranger may bring into one.
FOREIGN = """() => {
    const found = [];
    const links = new RegExp("^(href|src|srcdoc|action|formaction|data|xlink:href"
        + "|(data-)?hx-(get|post|action))$", "i");
    const tags = /^(iframe|object|embed|base|marquee|math|video|audio|animate|set)$/;
    for (const element of document.querySelectorAll("*")) {
        const tag = element.tagName.toLowerCase();
        const written = tag === "script" && !element.getAttribute("src");
        if (written || tags.test(tag) || element.hasAttribute("style"))
            found.push(element.outerHTML.slice(0, 200));
        for (const { name, value } of element.attributes) {
            const plain = value.replace(/[\\u0000-\\u0020]/g, "");
            if (/^on|^(data-)?hx-on/i.test(name) || /(^|,)js:/i.test(plain) && /hx-/.test(name))
                found.push(`${tag} ${name}=${value}`);
            if (links.test(name) && /^(javascript|vbscript|data):/i.test(plain))
                found.push(`${tag} ${name}=${value}`);
        }
    }
    return found;
}"""


class Listener:
    """A visitor whose browser keeps no policy and hears every canary."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.sang: list[str] = []
        options = context_options(Look(), server.base_url) | {"bypass_csp": True}
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(10_000)
        self.context.expose_function("fired", lambda number: self._hear(f"canary {number}"))
        self.page = self.context.new_page()
        self.page.on("dialog", self._refuse)
        self.page.on("pageerror", lambda error: self._hear(f"script error: {error}"))

    def _hear(self, what: str) -> None:
        self.sang.append(f"{what} on {self.page.url}")

    def _refuse(self, dialog: Dialog) -> None:
        self._hear("a dialog")
        dialog.dismiss()

    def visit(self, path: str) -> None:
        self.page.goto(path, wait_until="domcontentloaded")
        self.look()

    def look(self) -> None:
        """Hold the page as it stands against what the house may have written."""
        found = self.page.evaluate(FOREIGN)
        assert not found, f"{self.page.url} holds what nobody of the house wrote: {found}"

    def complain(self) -> None:
        self.page.wait_for_load_state("networkidle")
        assert not self.sang, "\n".join(self.sang)


Listen = Callable[[Server], Listener]


@pytest.fixture
def listen(chromium: Browser) -> Iterator[Listen]:
    listeners: list[Listener] = []

    def listen(server: Server) -> Listener:
        listeners.append(Listener(chromium, server))
        return listeners[-1]

    yield listen
    for listener in listeners:
        listener.context.close()


@pytest.fixture(scope="module")
def poisoned(prepared, tmp_path_factory) -> Iterator[Server]:
    """Serve the demo with a stranger's text in every field."""
    instance = tmp_path_factory.mktemp("poisoned") / "instance"
    shutil.copytree(prepared, instance)
    app = create_app(Config.from_env(settings(instance, "http://127.0.0.1:1")))
    with app.app_context():
        poison()
    _let_go(app)
    with serving(instance) as server:
        yield server


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    "visitor", VISITORS, ids=lambda address: address.partition("@")[0] or "all"
)
def test_nothing_that_is_stored_runs(listen, poisoned, visitor):
    listener = listen(poisoned)
    if visitor:
        sign_in(listener.page, visitor)
    listener.visit("/ideen?q=Satz")
    shown = set(_addresses(listener.page, "/ideen/"))
    while listener.page.locator("#idea_list a[rel=next]").count():
        listener.visit(listener.page.locator("#idea_list a[rel=next]").get_attribute("href") or "/")
        shown |= set(_addresses(listener.page, "/ideen/"))
    assert len(shown) > len(PAYLOADS) // 2
    mine = sorted(shown)[VISITORS.index(visitor) :: len(VISITORS)]
    for path in (*PATHS[visitor], *mine):
        listener.visit(path)
    listener.complain()


PATHS = {
    "": ("/", "/kommunen", "/impressum", "/datenschutz", "/sprache/en?next=/barrierefreiheit"),
    "einwohnerin@example.org": (
        "/ideen/neu",
        "/konto",
        "/konto/profil",
        "/konto/merkliste",
        "/ideen?eigene=y",
        "/registrieren",
    ),
    "moderation@example.org": ("/konto", "/kommunen"),
    "admin@example.org": (
        "/verwaltung/themen",
        "/impressum/bearbeiten",
        "/datenschutz/bearbeiten?sprache=en",
        "/konto",
    ),
}


def _addresses(page: Page, beginning: str) -> list[str]:
    found = page.locator(f'main .card__title a[href^="{beginning}"]').all()
    return [link.get_attribute("href") or "" for link in found]


def test_nothing_runs_on_the_pages_behind_a_thing(listen, poisoned):
    """The forms and lists that hang on an idea, a comment and a town, for who runs the platform."""
    listener = listen(poisoned)
    sign_in(listener.page, "admin@example.org")
    for path in (f"/ideen?q=Satz&status={state}" for state in ("declined", "withdrawn", "open")):
        listener.visit(path)
        idea = _addresses(listener.page, "/ideen/")[0]
        number = idea.removeprefix("/ideen/").partition("-")[0]
        listener.visit(idea)
        said = listener.page.locator("[id^=comment_]").first.get_attribute("id") or ""
        town = listener.page.locator(".breadcrumb a, main nav a[href*='kommune=']").last
        slug = (town.get_attribute("href") or "").partition("kommune=")[2]
        for behind in (
            f"/ideen/{number}/fassungen",
            f"/beitraege/{number}/kommentare",
            f"/beitraege/{number}/ausblenden",
            f"/beitraege/{number}/moderation",
            f"/kommentare/{said.rpartition('_')[2]}",
            f"/kommunen/{slug}",
            f"/kommunen/{slug}/einstellungen",
            f"/kommunen/{slug}/themen",
        ):
            listener.visit(behind)
    listener.complain()


@pytest.mark.parametrize("part", range(3))
def test_nothing_in_an_address_runs(listen, poisoned, part):
    listener = listen(poisoned)
    for number, payload in [*enumerate(PAYLOADS)][part::3]:
        text = quote(payload.numbered(number))
        names = ("q", "kommune", "thema", "status", "sortierung", "nach", "los")
        listener.visit("/ideen?" + "&".join(f"{name}={text}" for name in names))
        others = (
            f"/anmelden?next={text}",
            f"/barrierefreiheit/melden?seite={text}",
            f"/kommunen?q={text}&nach={text}",
            f"/{text}",
        )
        if number % 2:
            listener.visit(others[number // 2 % len(others)])
        assert listener.page.url.startswith(poisoned.base_url)
    listener.complain()


def test_a_way_back_leads_nowhere_else(listen, poisoned):
    listener = listen(poisoned)
    for aim in (
        "javascript:fired(1)",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\tjavascript:fired(2)",
    ):
        listener.visit(f"/sprache/de?next={quote(aim)}")
        assert listener.page.url == f"{poisoned.base_url}/"
    listener.page.goto(f"/anmelden?next={quote('javascript:fired(3)')}")
    listener.page.locator("[name=email]").fill("netzwerk@example.org")
    listener.page.locator("[name=password]").fill("zukunft-machen-2026")
    listener.page.locator("main form button[type=submit]").click()
    listener.page.wait_for_url("**/konto")
    listener.complain()


def test_nothing_that_is_typed_runs(listen, poisoned):
    """Forms that come back with what was typed, and the pieces that htmx puts into the page."""
    listener = listen(poisoned)
    page = listener.page
    name, wrong = PAYLOADS[13].numbered(13), PAYLOADS[15].numbered(15)
    page.goto("/registrieren")
    for field in ("email", "name"):
        page.locator(f"[name={field}]").fill(wrong[:60])
    _send(listener)
    sign_in(page, "verein@example.org")
    page.goto("/konto/profil")
    page.locator("[name=name]").fill(name)
    _send(listener)
    page.goto("/ideen/neu")
    page.locator("[name=title]").fill("Ein Satz <img src=x onerror=fired(0)>")
    expect(page.locator("#similar")).to_be_attached()
    page.locator("[name=body]").fill(EVERYTHING[:3900])
    page.locator("[name=place]").fill(wrong)
    page.locator("[formaction='/ideen/vorschau']").click()
    expect(page.locator("#body_preview .prose")).to_be_visible()
    listener.look()
    _send(listener)
    listener.visit("/ideen?q=Satz")
    page.locator(".card__title a").first.click()
    page.locator("#comment_body").fill(EVERYTHING[-1900:])
    page.locator("#comment_submit").click()
    expect(page.locator("[data-focus]").first).to_be_attached()
    listener.look()
    listener.complain()


def _send(listener: Listener) -> None:
    listener.page.locator("main form button.kern-btn--primary").click()
    expect(listener.page.locator("#error_summary")).to_be_visible()
    listener.look()


@pytest.fixture(scope="module")
def careless(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("careless")
    with serving(folder, application="tests.browser.careless:create_app") as server:
        yield server


def test_every_pattern_harms_a_careless_page(listen, careless):
    """The negative control: each pattern sings, and what is foreign is seen."""
    listener = listen(careless)
    page = listener.page
    silent = []
    for number, payload in enumerate(PAYLOADS):
        if not _harms(listener, page, number, payload):
            silent.append(payload)

    assert not silent


def _harms(listener: Listener, page: Page, number: int, payload: Payload) -> bool:
    page.goto(f"/{payload.place}?text={quote(payload.numbered(number))}")
    if not _sings(listener, number):
        page.evaluate(
            "document.querySelectorAll('a, button, b').forEach(element => "
            "element.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})))"
        )
        page.wait_for_timeout(50)
    return _sings(listener, number)


def _sings(listener: Listener, number: int) -> bool:
    return any(sound.startswith(f"canary {number} ") for sound in listener.sang)


@pytest.mark.parametrize("place", ["body", "link", "markdown"])
def test_what_is_foreign_is_seen(listen, careless, place):
    listener = listen(careless)
    [*texts] = [payload.text for payload in PAYLOADS if payload.place == place]

    with pytest.raises(AssertionError, match="nobody of the house"):
        listener.visit(f"/{place}?text={quote(texts[0])}")
