"""The pages as people see them."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.core.db import db
from civic.pages.models import Feedback
from tests.client import words_of
from tests.make import make_user

REPORT = "/barrierefreiheit/melden"


@pytest.fixture
def people(app):
    with app.app_context():
        make_user(id=901, roles=[(Role.ADMIN, None)])
        make_user(id=902)


def reports(app):
    with app.app_context():
        return [(f.page, f.body, f.email) for f in db.session.query(Feedback)]


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("/impressum", "Impressum"),
        ("/datenschutz", "Datenschutz"),
        ("/barrierefreiheit", "Barrierefreiheit"),
    ],
)
def test_each_page_stands(browser, url, title):
    page = browser.get(url)
    assert len(page.all("h1")) == 1
    assert words_of(page.one("h1")) in {title, "Imprint", "Privacy", "Accessibility"}
    assert "Set-Cookie" not in page.headers


def test_other_addresses_are_no_pages(browser):
    browser.get("/impressum2", 404)


def test_the_statement_links_to_the_form(browser):
    assert f'href="{REPORT}?seite=/barrierefreiheit"' in browser.get("/barrierefreiheit").text


class TestEditing:
    URL = "/impressum/bearbeiten"

    @pytest.mark.parametrize(("who", "status"), [(None, 302), (901, 200), (902, 403)])
    @pytest.mark.usefixtures("people")
    def test_who_may(self, browser, who, status):
        if who:
            browser.sign_in(who)
        browser.get(self.URL, status)
        assert (self.URL in browser.get("/impressum").text) is (who == 901)

    @pytest.mark.usefixtures("people")
    def test_saving_and_going_back(self, browser):
        browser.sign_in(901)
        browser.post(self.URL, body="Stadt **Lindfurt**")
        assert "<strong>Lindfurt</strong>" in browser.get("/impressum").text
        browser.post(self.URL, body="")
        assert "<strong>Lindfurt</strong>" not in browser.get("/impressum").text

    @pytest.mark.usefixtures("people")
    def test_each_language_has_its_text(self, browser):
        browser.sign_in(901)
        browser.post(self.URL + "?sprache=en", body="Town of Lindfurt")
        browser.post(self.URL + "?sprache=de", body="Stadt Lindfurt")
        assert "Stadt Lindfurt" in browser.get("/impressum").words
        browser.get("/sprache/en", 303)
        page = browser.get("/impressum")
        assert "Town of Lindfurt" in page.words
        assert page.one("html").get("lang") == "en"

    @pytest.mark.usefixtures("people")
    def test_a_text_in_the_other_language_says_so(self, browser):
        browser.sign_in(901)
        browser.post(self.URL + "?sprache=de", body="Stadt Lindfurt")
        browser.get("/sprache/en", 303)
        assert words_of(browser.get("/impressum").one("div", lang="de")) == "Stadt Lindfurt"

    @pytest.mark.usefixtures("people")
    def test_too_long_keeps_the_text(self, browser):
        browser.sign_in(901)
        page = browser.post(self.URL, 422, body="x" * 20_001)
        assert "x" * 20_001 in page.text

    @pytest.mark.usefixtures("people")
    def test_the_preview_saves_nothing(self, browser):
        browser.sign_in(901)
        piece = browser.post(self.URL + "/vorschau", 200, fragment=True, body="**fett**")
        piece.one("div", id="body_preview")
        assert "<strong>fett</strong>" in piece.text
        page = browser.post(self.URL + "/vorschau", 200, body="**fett**")
        assert "<strong>fett</strong>" in page.text
        assert page.one("textarea", id="body").text.strip() == "**fett**"
        assert "<strong>fett</strong>" not in browser.get("/impressum").text
        browser.sign_in(902)
        browser.post(self.URL + "/vorschau", 403, body="x")


class TestReporting:
    def test_without_an_account(self, app, browser):
        page = browser.get(f"{REPORT}?seite=/ideen?q=bank")
        assert page.one("input", name="page").get("value") == "/ideen?q=bank"
        done = browser.post(REPORT, body="Kein Kontrast", email="", page="/ideen?q=bank")
        thanks = browser.get(done.location)
        assert len(thanks.all("h1")) == 1
        assert 'href="/ideen?q=bank"' in thanks.text
        assert reports(app) == [("/ideen?q=bank", "Kein Kontrast", None)]

    @pytest.mark.parametrize(
        "page", ["https://böse.example/", "//evil.example", "javascript:alert(1)", "/\\evil", ""]
    )
    def test_an_address_elsewhere_is_none(self, app, browser, page):
        shown = browser.get(REPORT, query_string={"seite": page})
        assert shown.one("input", name="page").get("value") == "/"
        browser.post(REPORT, body="Text", page=page)
        assert reports(app) == [("/", "Text", None)]

    @pytest.mark.parametrize(
        ("name", "value"), [("body", " "), ("email", "keine"), ("body", "x" * 4001)]
    )
    def test_a_mistake_keeps_what_was_typed(self, app, browser, name, value):
        form = {"body": "Mein Text", "email": "a@example.org", "page": "/ideen", name: value}
        page = browser.post(REPORT, 422, **form)
        page.one("div", id="error_summary")
        assert page.one("input", name="page").get("value") == "/ideen"
        assert ("Mein Text" in page.text) is (name != "body")
        assert reports(app) == []

    def test_five_in_an_hour_and_no_more(self, app, browser):
        for n in range(5):
            browser.post(REPORT, body=f"Bericht {n}")
        page = browser.post(REPORT, 429, body="Noch einer")
        assert int(page.headers["Retry-After"]) > 0
        assert len(reports(app)) == 5
