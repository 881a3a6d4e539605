"""What people do at the pages, said once: the journeys are written with these words.

Fields and buttons are found by their names and addresses, which the design keeps stable; their
words may change with the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser.harness import link_in, mails, newest_mail
from tests.browser.server import Server

BODY = (
    "Abends ist der Weg stockdunkel, und viele gehen ihn nur ungern allein. "
    "Drei Leuchten, die auf Bewegung angehen, würden reichen."
)


def submit(page: Page, action: str) -> None:
    """Press the first button of the form with this address."""
    page.locator(f'main form[action$="{action}"] button[type=submit]:visible').first.click()


def main_action(page: Page) -> None:
    """Press the one primary button of the page's form."""
    page.locator("main form button.kern-btn--primary").click()


def follow(page: Page, ending: str, *, within: str = "main") -> None:
    """Follow the first visible link whose address ends like this."""
    page.locator(f'{within} a[href$="{ending}"]:visible').first.click()


def sign_up(page: Page, server: Server, *, address: str, name: str, password: str) -> None:
    """Open an account with the link in the mail; afterwards one can sign in."""
    page.goto("/registrieren")
    page.locator("[name=email]").fill(address)
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[name=is_old_enough]").check()
    before = len(mails(server, address))
    main_action(page)
    page.wait_for_url("**/registrieren/gesendet")
    page.goto(link_in(newest_mail(server, address, after=before), "/bestaetigen/"))
    main_action(page)
    page.wait_for_url("**/anmelden")


def fill_idea(page: Page, title: str, *, body: str = BODY, town: str = "lindfurt") -> None:
    """Fill in the whole form of an idea."""
    page.locator("[name=title]").fill(title)
    page.locator("[name=body]").fill(body)
    page.locator("[name=municipality]").select_option(town)
    page.locator("[name=topics]").first.check()


def publish(page: Page, title: str) -> str:
    """Publish an idea and return the path of its page."""
    page.goto("/ideen/neu")
    fill_idea(page, title)
    main_action(page)
    expect(page.locator("h1")).to_have_text(title)
    return page.url


def find_idea(page: Page, title: str) -> str:
    """Go to an idea through the search and return the address of its page."""
    page.goto("/ideen")
    page.locator("[name=q]").fill(title)
    submit(page, "/ideen")
    page.locator("#idea_list").get_by_role("link", name=title, exact=True).click()
    expect(page.locator("h1")).to_have_text(title)
    return page.url


@contextmanager
def on_one_page(page: Page, *, js: bool) -> Iterator[None]:
    """With scripts what happens in this block must not load the page anew."""
    if js:
        page.evaluate("window.isSame = true")
    yield
    if js:
        assert page.evaluate("window.isSame === true"), "The page was loaded anew."
