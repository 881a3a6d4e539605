"""How much a visitor must load: the budgets of the design, in bytes that cross the wire.

Measured in front of the application as it runs in production (static files compressed beforehand,
pages compressed on the way). Only the web server differs; it adds the same few bytes of headers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from civic.core import assets
from tests.browser.harness import sign_in
from tests.browser.landmarks import landmarks
from tests.browser.server import ROOT, serving

FIRST_VISIT = 150 * 1024
LATER_PAGE = 20 * 1024
SCRIPTS = 60 * 1024
PRODUCTION = {
    "CIVIC_ENV": "production",
    "CIVIC_BASE_URL": "https://127.0.0.1",
    "CIVIC_SECRET_KEY": secrets.token_urlsafe(48),
}
#: The fullest pages of the demo: a long list, a long thread, a long form, a long text.
HEAVY = (
    "/",
    "/ideen",
    "/ideen?sortierung=diskutiert",
    "/kommunen/lindfurt",
    "/datenschutz",
    "/organisationen/{organisation}",
    "/projekte",
    "/projekte/{project}",
    "/projekte/gesucht",
    "/erprobungsraeume?ansicht=karte",
    "/erprobungsraeume/{full}",
    "/innovationen",
    "/innovationen?ansicht=karte",
    "/innovationen?ansicht=zeitlinie",
    "/innovationen/{innovation}",
    "/innovationen/vergleich?id={innovation}&id={lost}&id={kept}",
)
OF_MEMBERS = (
    "/ideen",
    "/ideen/neu",
    "/konto",
    "/konto/merkliste",
    "/konto/wirkung",
    "/kommunen/lindfurt",
    "/projekte/neu",
    "/projekte/{project}",
    "/projekte/{project}/innen",
    "/innovationen/{innovation}",
)


@dataclass
class Scales:
    """Weighs what a page of Chromium receives: head and compressed body, by kind."""

    weights: dict[str, tuple[str, int]] = field(default_factory=dict)

    def attach(self, page: Any) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        kinds: dict[str, tuple[str, str]] = {}

        def received(event: dict[str, Any]) -> None:
            kinds[event["requestId"]] = (event["response"]["url"], event["type"])

        def finished(event: dict[str, Any]) -> None:
            url, kind = kinds.get(event["requestId"], ("", ""))
            if url.startswith("http"):
                self.weights[url] = (kind, int(event["encodedDataLength"]))

        session.on("Network.responseReceived", received)
        session.on("Network.loadingFinished", finished)

    def total(self, kind: str = "") -> int:
        return sum(weight for found, weight in self.weights.values() if kind in (found, ""))

    def listing(self) -> str:
        lines = sorted((weight, url) for url, (_, weight) in self.weights.items())
        return "\n".join(f"{weight:8} {url}" for weight, url in reversed(lines))


@pytest.fixture(scope="module")
def production(prepared, tmp_path_factory):
    assets.sync(ROOT)  # as every set-up does; a server of development may have joined anew since
    folder = tmp_path_factory.mktemp("production") / "instance"
    with serving(folder, prepared=prepared, extra=PRODUCTION) as server:
        yield server


@pytest.fixture
def weigh(open_page, production) -> Callable[..., Scales]:
    """Load a path as somebody who was never here, and put everything on the scales."""

    def weigh(path: str, *, page: Any = None, server: Any = production) -> Scales:
        page = page or open_page(None, server=server)
        scales = Scales()
        scales.attach(page)
        page.goto(path, wait_until="networkidle")
        return scales

    return weigh


def assert_within(weight: int, budget: int, what: str) -> None:
    assert weight <= budget, f"{what}: {weight} bytes, {budget} allowed"


def document(scales: Scales) -> int:
    return scales.total("Document")


def test_a_first_visit(weigh):
    scales = weigh("/")

    kinds = {kind for kind, _ in scales.weights.values()}
    assert {"Document", "Stylesheet", "Script", "Font"} <= kinds, scales.listing()
    assert_within(scales.total(), FIRST_VISIT, scales.listing())
    assert_within(scales.total("Script"), SCRIPTS, scales.listing())


@pytest.mark.parametrize("path", HEAVY)
def test_each_page_alone_and_with_all_it_needs(weigh, production, path):
    scales = weigh(path.format_map(landmarks(production)))

    assert_within(document(scales), LATER_PAGE, path)
    assert_within(scales.total(), FIRST_VISIT, scales.listing())


def test_pages_of_a_member_and_the_longest_talk(open_page, production, weigh):
    page = open_page(None, server=production)
    sign_in(page, "einwohnerin@example.org")
    page.goto("/ideen?sortierung=diskutiert")
    longest = urlsplit(page.locator(".card__title a").first.get_attribute("href")).path

    known = landmarks(production)
    for path in (*OF_MEMBERS, longest):
        weight = document(weigh(path.format_map(known), page=page))
        assert_within(weight, LATER_PAGE, path)


def test_later_pages_load_nothing_but_themselves(open_page, production, weigh):
    page = open_page("/", server=production)
    page.wait_for_load_state("networkidle")

    scales = weigh("/kommunen", page=page)

    loaded = {kind for kind, weight in scales.weights.values() if weight}
    assert loaded == {"Document"}, scales.listing()


def test_the_scales_see_what_is_too_heavy(weigh, tmp_path):
    """The negative control of all three budgets."""
    with serving(tmp_path / "heavy", application="tests.browser.specimen:create_app") as heavy:
        scales = weigh("/heavy", server=heavy)

    for weight, budget in (
        (scales.total(), FIRST_VISIT),
        (document(scales), LATER_PAGE),
        (scales.total("Script"), SCRIPTS),
    ):
        with pytest.raises(AssertionError, match="bytes"):
            assert_within(weight, budget, "heavy")


def test_what_is_sent_uncompressed_is_weighed_uncompressed(weigh, live):
    """The scales weigh the wire: the server of development compresses no static files."""
    light, full = weigh("/"), weigh("/", server=live)

    assert full.total("Stylesheet") > 2 * light.total("Stylesheet")
