"""A real Chromium in front of a real server: what the journeys in this folder are written with.

A look is one way of looking at a page (theme, width, size of text, with or without scripts).
Every page is opened under a watch, which collects what a visitor's browser would complain of and
fails the test at its end.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Page, Request, Response

from tests.browser.server import Server

T = TypeVar("T")

SCREENSHOTS = Path(__file__).parent / "screenshots"
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ALL_RULES = {"runOnly": {"type": "tag", "values": AXE_TAGS}}
#: What a theme can spoil, and what the room for a page can; contrast takes axe most of its time.
COLOUR_RULES = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
ROOM_RULES = {**ALL_RULES, "rules": {"color-contrast": {"enabled": False}}}
PATIENCE_SECONDS = 30
DEMO_PASSWORD = "zukunft-machen-2026"
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # No other machine can be found: a page that asks for one fails, and the watch names it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
BROWSER_TEXT_PIXELS = 16
ORDINARY_TEXT = 100
# Not Playwright's own switch: that one cannot be turned back for the moment axe needs.
SCRIPTS_OFF = ("Emulation.setScriptExecutionDisabled", {"value": True})
SCRIPTS_ON = ("Emulation.setScriptExecutionDisabled", {"value": False})
RUN_AXE = """([within, options]) => Promise.race([
    axe.run(within ?? document, options),
    new Promise((_, fail) => setTimeout(() => fail(new Error("axe takes too long")), 30000)),
])"""
MAY_BE_REFUSED = frozenset({"document", "fetch", "xhr"})
CLIENT_ERROR, SERVER_ERROR = 400, 500

_without_scripts: dict[Page, CDPSession] = {}


@dataclass(frozen=True)
class Look:
    """One way of looking at a page; `text` is the size in per cent set in the browser."""

    js: bool = True
    theme: str = "light"
    width: int = 1280
    text: int = 100

    def __str__(self) -> str:
        size = f"-text{self.text}" if self.text != ORDINARY_TEXT else ""
        return f"{'js' if self.js else 'nojs'}-{self.theme}-{self.width}{size}"


EVERY_LOOK = (
    *(
        Look(js=js, theme=theme, width=width)
        for js, theme, width in itertools.product(
            (True, False), ("light", "dark"), (1280, 360, 320)
        )
    ),
    Look(text=200),
    Look(text=200, theme="dark", width=360),
)
#: Each value of each property once, and theme with width in pairs: for pages like many others.
FEW_LOOKS = (
    Look(),
    Look(theme="dark", width=360),
    Look(js=False, width=320),
    Look(js=False, theme="dark"),
    Look(text=200),
)


@dataclass
class Watch:
    """Collects faults of the pages of one browser context."""

    server: Server
    faults: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Listen to every page that the context will open."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def forgive(self, pattern: str) -> None:
        """Expect a fault that matches the regular expression; a test of error pages needs it."""
        self.forgiven.append(pattern)

    def complain(self) -> None:
        """Fail with the list of what happened."""
        faults = [
            fault for fault in self.faults if not any(re.search(p, fault) for p in self.forgiven)
        ]
        if any(fault.startswith("answer 5") for fault in faults):
            faults.append(f"The server wrote last:\n{self.server.log()}")
        assert not faults, "The browser complained:\n" + "\n".join(faults)

    def _console(self, message: ConsoleMessage) -> None:
        # A refused answer is reported by _response, which knows whether it may be refused.
        refused = message.text.startswith("Failed to load resource: the server responded")
        if message.type == "error" and not refused:
            where = message.location.get("url", "")
            self.faults.append(f"console error: {message.text} ({where})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        elsewhere = address.netloc != self.server.netloc
        if elsewhere and address.scheme in {"http", "https", "ws", "wss"}:
            self.faults.append(f"foreign request: {request.url}")

    def _response(self, response: Response) -> None:
        kind = response.request.resource_type
        refused = response.status >= CLIENT_ERROR and kind not in MAY_BE_REFUSED
        if refused or response.status >= SERVER_ERROR:
            self.faults.append(f"answer {response.status}: {kind} {response.url}")


@contextmanager
def opened(context: BrowserContext, look: Look, watch: Watch) -> Iterator[Callable[[], Page]]:
    """Yield a function that opens one more page with this look."""
    watch.attach(context)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    silenced: list[Page] = []

    def new_page() -> Page:
        page = context.new_page()
        session = context.new_cdp_session(page)
        if look.text != ORDINARY_TEXT:
            size = BROWSER_TEXT_PIXELS * look.text // ORDINARY_TEXT
            sizes = {"standard": size, "fixed": size * 13 // 16}
            session.send("Page.setFontSizes", {"fontSizes": sizes})
        if not look.js:
            session.send(*SCRIPTS_OFF)
            _without_scripts[page] = session
            silenced.append(page)
        return page

    try:
        yield new_page
    finally:
        for page in silenced:
            del _without_scripts[page]
        context.close()


def context_options(look: Look, base_url: str) -> dict[str, object]:
    """What `Browser.new_context` needs for a look."""
    return {
        "base_url": base_url,
        "viewport": {"width": look.width, "height": 800},
        "color_scheme": look.theme,
        "reduced_motion": "reduce",  # a colour half-way through a fade has no fair contrast
        "locale": "de-DE",
        "timezone_id": "Europe/Berlin",
    }


def axe(page: Page, *, within: str | None = None, rules: dict[str, object] = ALL_RULES) -> None:
    """Fail when axe finds anything on the page, or in the part that the selector names.

    `rules` leaves out what another look at the same page has shown already. On a page without
    scripts they are switched on just for axe: those of the page itself were passed over when it
    was read, and stay so.
    """
    session = _without_scripts.get(page)
    if session:
        session.send(*SCRIPTS_ON)
    try:
        if page.evaluate("!window.axe"):
            page.evaluate(AXE_SCRIPT)
        options = {**rules, "resultTypes": ["violations"]}
        found = page.evaluate(RUN_AXE, [within, options])
    finally:
        if session:
            session.send(*SCRIPTS_OFF)
    assert found["passes"], f"axe looked at nothing on {page.url}"
    assert not found["violations"], _report(page.url, found["violations"])


def _report(url: str, violations: list[dict[str, Any]]) -> str:
    lines = [f"axe on {url}:"]
    for violation in violations:
        lines.append(f"- {violation['id']} ({violation['impact']}): {violation['help']}")
        for node in violation["nodes"][:5]:
            why = " ".join(str(node["failureSummary"]).split())
            lines.append(f"    {node['target']} {node['html'][:160]}\n      {why[:300]}")
    return "\n".join(lines)


def assert_reflows(page: Page) -> None:
    """Fail when one must scroll sideways to read (WCAG 2.2, 1.4.10)."""
    wide = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= room) return [];
            return [...document.querySelectorAll("body *")]
                .filter(element => element.getBoundingClientRect().right > room + 1)
                .slice(0, 5).map(element => element.outerHTML.slice(0, 120));
        }"""
    )
    assert not wide, f"{page.url} is wider than the window:\n" + "\n".join(wide)


def picture(page: Page, name: str) -> Path:
    """Save the whole page as `screenshots/<name>.png`, to be looked at by a person."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True, animations="disabled")
    return path


def sign_in(page: Page, address: str, password: str = DEMO_PASSWORD) -> None:
    """Sign in through the form, as a person would."""
    page.goto("/anmelden")
    page.locator("[name=email]").fill(address)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path != "/anmelden")


def newest_mail(server: Server, recipient: str, *, after: int = 0) -> EmailMessage:
    """Wait for a mail to `recipient` and return the newest, counting from the `after`-th."""

    def look() -> EmailMessage | None:
        found = mails(server, recipient)
        return found[-1] if len(found) > after else None

    return eventually(look, f"a mail to {recipient}")


def mails(server: Server, recipient: str) -> list[EmailMessage]:
    """Return the mails to one address that have left the house so far, oldest first."""
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((server.instance / "mail").glob("*.eml"))
    ]
    return [letter for letter in letters if recipient in str(letter["To"])]


def text_of(message: EmailMessage) -> str:
    """The plain-text part of a mail."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def link_in(message: EmailMessage, containing: str = "") -> str:
    """Return the first link of a mail that contains the given text."""
    links = re.findall(r"https?://[^\s<>\"]+", text_of(message))
    fitting = [link for link in links if containing in link]
    assert fitting, f"No link with '{containing}' in the mail '{message['Subject']}': {links}"
    return str(fitting[0])


def eventually(look: Callable[[], T | None], what: str) -> T:
    """Look again until something is there; the time is a limit, never a fixed wait."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        pause.wait(0.05)
    raise AssertionError(f"Waited {PATIENCE_SECONDS} seconds for {what}.")
