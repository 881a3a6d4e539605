"""Without a mouse: Tab, Enter, Space and letters are enough, and one always sees where one is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import DEMO_PASSWORD, Look, sign_in
from tests.browser.server import serving
from tests.browser.steps import BODY, publish

MOST_STOPS = 150
#: What a person with good eyes would say of the element that has the focus; empty is good.
LOOK_AT_FOCUS = """() => {
    const here = document.activeElement;
    if (!here || here === document.body || here === document.documentElement) return "";
    const name = here.outerHTML.slice(0, 120);
    const style = getComputedStyle(here);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
        && !/rgba?\\(\\d+, \\d+, \\d+, 0\\)|transparent/.test(style.outlineColor);
    const before = style.boxShadow;
    here.blur();
    const differs = before !== "none" && getComputedStyle(here).boxShadow !== before;
    here.focus({ preventScroll: true });
    if (!ring && !differs) return `nothing shows the focus: ${name}`;
    const box = here.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) return `has no size: ${name}`;
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
        return `is out of sight: ${name}`;
    return "";
}"""


def press_tab(page: Page, key: str = "Tab") -> None:
    page.wait_for_load_state("load")  # a page without its styles shows no focus
    page.keyboard.press(key)
    fault = page.evaluate(LOOK_AT_FOCUS)
    assert not fault, f"{page.url}: {fault}"


def tab_to(page: Page, goal: Locator, key: str = "Tab") -> None:
    """Press Tab until the goal has the focus; each stop on the way must show that it has it."""
    for _ in range(MOST_STOPS):
        if _has_focus(goal):
            return
        press_tab(page, key)
    raise AssertionError(f"{MOST_STOPS} times {key} on {page.url} did not lead to {goal}")


def _has_focus(goal: Locator) -> bool:
    return bool(goal.evaluate("element => element === document.activeElement"))


def enter(page: Page, goal: Locator) -> None:
    tab_to(page, goal)
    page.keyboard.press("Enter")


def type_into(page: Page, goal: Locator, words: str) -> None:
    tab_to(page, goal)
    page.keyboard.type(words)


def focused(page: Page) -> str:
    """Tag, id and classes of what has the focus."""
    element: dict[str, Any] = page.evaluate(
        "(({tagName, id, className}) => ({tagName, id, className}))(document.activeElement)"
    )
    return f"{element['tagName'].lower()}#{element['id']}.{element['className']}"


def go_in(page: Page) -> None:
    enter(page, page.locator(".site-header__tools a[href*='/anmelden']"))
    page.wait_for_url("**/anmelden**")
    type_into(page, page.locator("[name=email]"), "verein@example.org")
    type_into(page, page.locator("[name=password]"), DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/anmelden" not in url)


def test_from_the_front_door_to_a_comment(open_page):
    neighbour, page = open_page(None), open_page("/")
    sign_in(neighbour, "gerda@example.org")
    publish(neighbour, "Ein zweiter Handlauf an der Treppe zum Rathaus")
    title = "Eine Klingel am Rathaus für alle mit Rollstuhl"

    go_in(page)
    page.keyboard.press("Tab")
    enter(page, page.locator(".site-nav a[href='/ideen']"))
    page.wait_for_url("**/ideen")
    enter(page, page.locator("main .page-head a[href^='/ideen/neu']"))
    page.wait_for_url("**/ideen/neu**")
    write_an_idea(page, title)

    enter(page, page.locator(".site-nav a[href='/ideen']"))
    page.wait_for_url("**/ideen")
    enter(page, page.locator(".card__title a", has_text="zweiter Handlauf"))
    expect(page.locator("#vote_box")).to_be_visible()
    vote(page)
    comment(page)


def write_an_idea(page, title):
    """First without a place, so that the summary of errors is met on the way."""
    type_into(page, page.locator("[name=title]"), title)
    type_into(page, page.locator("[name=body]"), BODY)
    enter(page, page.locator("main form button.kern-btn--primary"))
    expect(page.locator("#error_summary")).to_be_focused()
    press_tab(page)
    page.keyboard.press("Enter")
    assert re.match(r"(input|select|textarea)#", focused(page)), focused(page)

    tab_to(page, page.locator("[name=municipality]"), "Shift+Tab")
    page.keyboard.type("Stadt Lind")
    tab_to(page, page.locator("[name=topics]").first)
    page.keyboard.press("Space")
    enter(page, page.locator("main form button.kern-btn--primary"))
    expect(page.locator("h1")).to_have_text(title)


def vote(page):
    tab_to(page, page.locator("#vote_button"))
    page.keyboard.press("Space")
    expect(page.locator("#vote_state")).to_be_visible()
    expect(page.locator("#vote_state, #vote_withdraw").and_(page.locator(":focus"))).to_have_count(
        1
    )
    tab_to(page, page.locator("#follow_toggle"))
    page.keyboard.press("Enter")
    expect(page.locator("#follow_button a")).to_be_visible()
    expect(page.locator("#follow_toggle")).to_be_focused()


def comment(page):
    type_into(page, page.locator("#comment_body"), "Das hilft auch mit dem Kinderwagen.")
    enter(page, page.locator("#comment_submit"))
    own = page.locator("[id^=comment_item_]", has_text="mit dem Kinderwagen")
    expect(own).to_be_focused()
    enter(page, own.locator("[id^=comment_reply_][id$=_link]"))
    box = own.locator("[id^=comment_reply_][id$=_body]")
    expect(box).to_be_focused()
    page.keyboard.type("Und mit dem Rollator.")
    enter(page, own.locator("[id^=comment_reply_][id$=_submit]"))
    expect(own.locator(".replies")).to_contain_text("Und mit dem Rollator.")
    assert not focused(page).startswith("body"), "the focus was lost after the reply"


def test_past_the_header_at_once(open_page):
    page = open_page("/ideen")

    press_tab(page)
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#inhalt")).to_be_focused()
    press_tab(page)
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_bar_above_a_text_is_one_stop(open_page):
    page = open_page("/anmelden?next=/ideen/neu")
    type_into(page, page.locator("[name=email]"), "netzwerk@example.org")
    type_into(page, page.locator("[name=password]"), DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ideen/neu")
    bold = page.locator("[data-act=bold]")
    box = page.locator("[name=body]")

    tab_to(page, bold)
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-act=heading]")).to_be_focused()
    page.keyboard.press("Home")
    press_tab(page)
    expect(box).to_be_focused()
    page.keyboard.type("fett")
    page.keyboard.press("Control+a")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(box).to_have_value("**fett**")


def test_the_menu_of_a_phone(open_page):
    page = open_page("/", Look(width=360))

    tab_to(page, page.locator(".site-nav summary"))
    page.keyboard.press("Enter")
    enter(page, page.locator(".site-nav a[href='/kommunen']"))

    page.wait_for_url("**/kommunen")


def test_filters_and_pages_of_the_list(open_page):
    page = open_page("/ideen")

    type_into(page, page.locator("[name=q]"), "Bürgerbüro")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    expect(page.locator("#idea_list .chips")).to_be_visible()
    assert not focused(page).startswith("body"), "the focus was lost after the search"
    enter(page, page.locator("#idea_list .chips a").first)
    page.wait_for_url(lambda url: "q=" not in url)
    enter(page, page.locator("#idea_list a[rel=next]"))
    page.wait_for_url("**nach=**")
    expect(page.locator("#idea_list a[rel=prev]")).to_be_visible()
    assert not focused(page).startswith("body"), "the focus was lost on the next page"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/ideen",
        "/registrieren",
        "/kommunen/lindfurt",
        "/projekte",
        "/innovationen?stufe=pilot",
    ],
)
def test_every_stop_shows_that_it_has_the_focus(open_page, path, theme):
    page = open_page(path, Look(theme=theme))

    seen = set()
    for _ in range(MOST_STOPS):
        press_tab(page)
        seen.add(page.evaluate("document.activeElement.outerHTML"))
        if page.evaluate("document.activeElement === document.body"):
            break

    assert len(seen) > 10


def test_a_stop_without_a_sign_is_found(open_page, tmp_path):
    with serving(tmp_path / "specimen", application="tests.browser.specimen:create_app") as server:
        page = open_page("/no-focus", server=server)

        with pytest.raises(AssertionError, match="nothing shows the focus"):
            press_tab(page)
