"""Maps in a real browser: without tiles, with tiles of another host, by keyboard, on a phone.

Tiles come from a route of the test, never from the net. The page is the style guide, which has a
map and a field for a place; without scripts both are a drawing and two lines.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.harness import EVERY_LOOK, FEW_LOOKS, Look, axe
from tests.browser.server import serving

HOST = "tiles.example.org"
TILES = {
    "CIVIC_MAP_TILE_URL": f"https://{HOST}/{{z}}/{{x}}/{{y}}.png",
    "CIVIC_MAP_ATTRIBUTION": "© [Landesvermessung](https://example.org/lizenz)",
}
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
MAP = "#map"
ORDINARY = Look()
PINS = f"{MAP} .map__pin"


@pytest.fixture(scope="module")
def tiled(prepared, tmp_path_factory):
    """A server whose map has tiles of another host."""
    folder = tmp_path_factory.mktemp("tiled") / "instance"
    with serving(folder, prepared=prepared, extra=TILES) as server:
        yield server


@pytest.fixture
def tiles(open_page, tiled, watches):
    """Opens the style guide on that server; returns the page and the tiles it asked for."""

    def open_tiled(look: Look = ORDINARY):
        page = open_page(None, look, server=tiled)
        asked: list[str] = []

        def answer(route) -> None:
            asked.append(route.request.url)
            route.fulfill(body=PICTURE, content_type="image/png")

        page.route(f"https://{HOST}/**", answer)
        page.goto("/stil")
        return page, asked

    yield open_tiled
    for watch in watches:  # these requests are what the test is about
        watch.forgive(rf"^foreign request: https://{HOST}/")


def button(page, act, within=MAP):
    return page.locator(f"{within} [data-map-act={act}]")


def test_nothing_of_the_map_is_loaded_before_somebody_asks(open_page):
    page = open_page(None)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(urlsplit(request.url).path))
    page.goto("/stil")
    page.wait_for_load_state("networkidle")
    assert any("js/map." in path for path in loaded)
    assert not any("leaflet" in path or "germany" in path for path in loaded)
    expect(page.locator(f"{MAP} svg.map__drawing")).to_be_visible()

    button(page, "move").click()
    expect(page.locator(PINS).first).to_be_visible()
    assert any("leaflet.js" in path or "leaflet." in path for path in loaded)
    expect(page.locator(f"{MAP} svg.map__drawing")).to_have_count(0)
    expect(page.locator(f"{MAP} .map__country")).to_have_count(1)


def test_ordinary_pages_carry_no_script_for_maps(open_page):
    page = open_page("/ideen")
    expect(page.locator("script[src*='js/civic.']")).to_have_count(1)
    expect(page.locator("script[src*='js/map.']")).to_have_count(0)


def test_places_that_cover_each_other_share_a_pin(open_page):
    page = open_page("/stil")
    button(page, "move").click()
    expect(page.locator(PINS)).to_have_count(3)
    shared = page.get_by_role("button", name=re.compile(r"^2 "))
    shared.click()
    inside = page.locator(f"{MAP} .leaflet-popup-content li")
    expect(inside).to_have_count(2)
    expect(inside.first.locator("a")).to_be_focused()


def test_the_keyboard_reaches_every_place_and_comes_back(open_page):
    page = open_page("/stil")
    button(page, "move").focus()
    page.keyboard.press("Enter")
    stage = page.locator(f"{MAP} .map__stage")
    expect(stage).to_be_focused()
    pin = page.get_by_role("button", name="Bücherbus")
    for key in ("Enter", "Space"):
        pin.focus()
        page.keyboard.press(key)
        expect(page.locator(f"{MAP} .leaflet-popup a", has_text="Bücherbus")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(f"{MAP} .leaflet-popup")).to_have_count(0)
        expect(pin).to_be_focused()
    stage.focus()
    page.keyboard.press("+")
    expect(page.locator(PINS)).to_have_count(3)


@pytest.mark.parametrize("look", FEW_LOOKS, ids=str)
def test_axe_finds_nothing_on_a_map(open_page, look):
    page = open_page("/stil", look)
    if look.js:
        button(page, "move").click()
        expect(page.locator(PINS).first).to_be_visible()
        axe(page, within=MAP)
        page.locator(PINS).first.click()
        expect(page.locator(f"{MAP} .leaflet-popup")).to_be_visible()
    else:
        expect(button(page, "move")).to_be_hidden()
    axe(page, within=MAP)


@pytest.mark.parametrize("look", [look for look in EVERY_LOOK if look.width == 320], ids=str)
def test_a_map_fits_the_narrowest_window(open_page, look):
    page = open_page("/stil", look)
    if look.js:
        button(page, "move").click()
        expect(page.locator(PINS).first).to_be_visible()
    box = page.locator(MAP).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


def test_tiles_come_only_after_the_press_for_them(tiles):
    page, asked = tiles()
    expect(button(page, "tiles")).to_contain_text(HOST)
    button(page, "move").click()
    expect(page.locator(PINS).first).to_be_visible()
    assert asked == []

    button(page, "tiles").click()
    expect(page.locator(f"{MAP} img.leaflet-tile").first).to_be_visible()
    assert asked
    assert all(url.startswith(f"https://{HOST}/") for url in asked)
    expect(page.locator(f"{MAP} [data-map-source] a")).to_be_visible()
    expect(button(page, "tiles")).to_have_count(0)
    expect(page.locator(f"{MAP} .map__country")).to_have_count(0)

    page.reload()
    expect(button(page, "tiles")).to_be_visible()
    expect(page.locator(f"{MAP} .map__stage")).to_have_count(0)


def test_tiles_in_the_dark(tiles):
    page, _ = tiles(Look(theme="dark", width=360))
    button(page, "tiles").click()
    expect(page.locator(f"{MAP} img.leaflet-tile").first).to_be_visible()
    axe(page, within=MAP)


def test_a_place_is_marked_by_a_press_and_by_the_keyboard(open_page):
    page = open_page("/stil")
    field = "#place_mark"
    latitude, longitude = page.locator("#latitude"), page.locator("#longitude")
    expect(latitude).to_have_value("51,34")
    button(page, "move", field).click()
    stage = page.locator(f"{field} .map__stage")
    expect(stage).to_be_focused()
    expect(page.locator(f"{field} .map__pin")).to_have_attribute("role", "img")

    button(page, "clear", field).click()
    expect(latitude).to_have_value("")
    expect(longitude).to_have_value("")
    expect(page.locator(f"{field} .map__pin")).to_have_count(0)

    button(page, "middle", field).press("Enter")
    expect(latitude).to_have_value(re.compile(r"^5\d,\d{5}$"))
    expect(page.locator(f"{field} [data-map-said]")).to_contain_text(latitude.input_value())

    before = latitude.input_value()
    stage.click(position={"x": 60, "y": 60})
    expect(latitude).not_to_have_value(before)
    latitude.fill("50,5")
    latitude.press("Tab")
    expect(page.locator(f"{field} .map__pin")).to_have_count(1)


def test_without_scripts_two_lines_and_a_drawing_stay(open_page):
    page = open_page("/stil", Look(js=False, width=360))
    expect(page.locator("#latitude")).to_be_visible()
    expect(page.locator(f"{MAP} svg.map__drawing")).to_be_visible()
    for act in ("move", "middle"):
        expect(button(page, act, "#place_mark")).to_be_hidden()


def test_a_map_that_comes_by_a_swap_is_as_open_as_the_one_before(open_page):
    page = open_page("/stil")
    page.evaluate("window.before = document.querySelector('#map').outerHTML")
    swap = """() => {
        document.querySelector("#map").outerHTML = window.before;
        const detail = { ctx: { swap: "none" } };
        document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail }));
    }"""
    page.evaluate(swap)
    expect(button(page, "move")).to_be_visible()
    expect(page.locator(f"{MAP} .map__stage")).to_have_count(0)
    button(page, "move").click()
    expect(page.locator(PINS)).to_have_count(3)
    page.evaluate(swap)
    expect(page.locator(PINS)).to_have_count(3)
