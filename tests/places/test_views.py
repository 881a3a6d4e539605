"""The pages of municipalities as people see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from civic.accounts.models import Role
from civic.core import clock
from civic.core.db import db
from civic.municipalities.models import Municipality, MunicipalityKind
from tests.client import words_of
from tests.make import make_idea, make_municipality, make_user


@pytest.fixture
def county(app):
    """A county with a town, its people, and a place that is not on board."""
    with app.app_context():
        land = make_municipality(
            "Mittelwald", slug="mittelwald", kind=MunicipalityKind.LAND, title="Land Mittelwald"
        )
        county = make_municipality(
            "Auental",
            parent=land,
            slug="auental",
            kind=MunicipalityKind.KREIS,
            title="Landkreis Auental",
            colour="#1d5a7a",
            population=68412,
            welcome_html="<p>Schön, dass Sie <strong>da</strong> sind!</p>",
        )
        town = make_municipality("Lindfurt", parent=county, slug="lindfurt", title="Stadt Lindfurt")
        make_municipality("Stillau", parent=county, slug="stillau", is_active=False)
        make_user(id=901, roles=[(Role.STAFF, town)])
        make_user(id=902, roles=[(Role.ADMIN, None)])
        make_user(id=903)
    return "auental"


def idea_in(app, slug, title, **changes):
    with app.app_context():
        town = db.session.query(Municipality).filter_by(slug=slug).one()
        make_idea(municipality=town, title=title, **changes)


def queries_of(app, act):
    seen = []

    def note(connection, cursor, statement, *rest):
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


class TestList:
    @pytest.mark.usefixtures("county")
    def test_those_on_board_by_name(self, browser):
        page = browser.get("/kommunen")
        heads = [words_of(h) for h in page.all("h3", class_="card__title")]
        assert heads == ["Landkreis Auental", "Stadt Lindfurt", "Land Mittelwald"]
        assert "68.412" in page.words
        assert "Stillau" not in page.words

    @pytest.mark.usefixtures("county")
    def test_searching_by_name(self, browser):
        page = browser.get("/kommunen?q=lind")
        assert [words_of(h) for h in page.all("h3", class_="card__title")] == ["Stadt Lindfurt"]
        assert page.one("input", id="q").get("value") == "lind"

    @pytest.mark.usefixtures("county")
    def test_a_swap_brings_the_list_alone(self, browser):
        page = browser.get("/kommunen?q=lind", fragment=True)
        page.one("section", id="municipality_list")
        assert not page.all("h1")

    def test_nothing_found_and_nobody_there(self, browser):
        assert browser.get("/kommunen?q=zzz").all("div", class_="empty")
        assert browser.get("/kommunen").all("div", class_="empty")

    def test_pages_hold_every_place_once(self, app, browser):
        with app.app_context():
            for n in range(65):
                make_municipality(f"Ort {n:02}", slug=f"ort-nummer-{n:02}", title=f"Ort {n:02}")
        url, found = "/kommunen", []
        while url:
            page = browser.get(url)
            found += [words_of(h) for h in page.all("h3", class_="card__title")]
            links = page.all("a", rel="next")
            url = links[0].get("href") if links else ""
        assert found == [f"Ort {n:02}" for n in range(65)]
        back = page.one("a", rel="prev").get("href")
        assert words_of(browser.get(back).all("h3", class_="card__title")[-1]) == "Ort 59"

    @pytest.mark.parametrize("cursor", ["x", "WyJuIiwiXHUwMDAwIl0", "WyJuIiw1XQ"])
    @pytest.mark.usefixtures("county")
    def test_a_forged_cursor_gives_the_first_page(self, browser, cursor):
        assert len(browser.get(f"/kommunen?nach={cursor}").all("h3", class_="card__title")) == 3


class TestPage:
    @pytest.mark.usefixtures("county")
    def test_what_a_place_says_of_itself(self, browser):
        page = browser.get("/kommunen/auental")
        assert words_of(page.one("h1")) == "Landkreis Auental"
        assert "Schön, dass Sie da sind!" in page.words
        assert 'fill="#1d5a7a"' in page.text
        assert 'href="/ideen/neu?kommune=auental"' in page.text
        assert 'href="/kommunen/mittelwald"' in page.text

    @pytest.mark.usefixtures("county")
    def test_those_below_are_linked_if_they_are_on_board(self, browser):
        page = browser.get("/kommunen/auental")
        assert 'href="/kommunen/lindfurt"' in page.text
        assert 'href="/kommunen/stillau"' not in page.text

    @pytest.mark.usefixtures("county")
    def test_a_county_shows_what_lives_in_its_towns(self, app, browser):
        idea_in(app, "lindfurt", "Bänke am Fluss")
        idea_in(app, "auental", "Ein Radweg für alle")
        with app.app_context():
            make_idea(title="Etwas ganz woanders")
        words = browser.get("/kommunen/auental").words
        assert "Bänke am Fluss" in words
        assert "Ein Radweg für alle" in words
        assert "Etwas ganz woanders" not in words
        words = browser.get("/kommunen/lindfurt").words
        assert "Bänke am Fluss" in words
        assert "Ein Radweg für alle" not in words
        assert "Bänke am Fluss" in browser.get("/kommunen/mittelwald").words

    @pytest.mark.usefixtures("county")
    def test_a_hidden_thing_is_not_shown(self, app, browser):
        idea_in(app, "lindfurt", "Nicht zu sehen", hidden_at=clock.now())
        assert "Nicht zu sehen" not in browser.get("/kommunen/auental").words

    @pytest.mark.usefixtures("county")
    def test_the_newest_comes_first_and_older_ones_follow(self, app, browser):
        now = clock.now()
        for n in range(12):
            idea_in(app, "lindfurt", f"Idee Nummer {n:02}", published_at=now - timedelta(days=n))
        page = browser.get("/kommunen/lindfurt")
        titles = [words_of(h) for h in page.all("h3", class_="card__title")]
        assert titles == [f"Idee Nummer {n:02}" for n in range(10)]
        older = browser.get(page.one("a", rel="next").get("href"), fragment=True)
        older.one("section", id="living")
        titles = [words_of(h) for h in older.all("h3", class_="card__title")]
        assert titles == ["Idee Nummer 10", "Idee Nummer 11"]

    @pytest.mark.usefixtures("county")
    def test_a_place_not_on_board_says_so(self, browser):
        page = browser.get("/kommunen/stillau")
        assert "ist noch nicht dabei" in page.words or "is not on board yet" in page.words
        assert "/ideen/neu?kommune=" not in page.text
        assert "kontakt@example.org" in page.text

    def test_an_unknown_place_is_missing(self, browser):
        browser.get("/kommunen/nirgendwo", 404)

    @pytest.mark.usefixtures("county")
    def test_the_number_of_queries_does_not_grow(self, app, browser):
        browser.get("/kommunen/auental")
        few = queries_of(app, lambda: browser.get("/kommunen/auental"))
        for n in range(8):
            idea_in(app, "lindfurt", f"Idee Nummer {n:02}")
        many = queries_of(app, lambda: browser.get("/kommunen/auental"))
        assert few == many <= 8
        assert queries_of(app, lambda: browser.get("/kommunen")) <= 8


FORM = {
    "title": "Stadt Lindfurt an der Aue",
    "welcome": "Guten **Tag**",
    "colour": "#3d6b21",
    "answer_days": "21",
    "support_threshold": "",
    "idea_edit_hours": "48",
    "comment_edit_minutes": "",
    "approves_projects": "y",
    "approval_days": "10",
    "attachment_most": "20",
    "attachment_megabytes": "5",
    "takes_documents": "y",
}


class TestSettings:
    URL = "/kommunen/lindfurt/einstellungen"

    @pytest.mark.usefixtures("county")
    def test_a_stranger_signs_in_first(self, browser):
        assert "/anmelden" in browser.get(self.URL, 302).location

    @pytest.mark.parametrize(("who", "status"), [(901, 200), (902, 200), (903, 403)])
    @pytest.mark.usefixtures("county")
    def test_who_sees_the_form(self, browser, who, status):
        browser.sign_in(who)
        browser.get(self.URL, status)

    @pytest.mark.usefixtures("county")
    def test_only_the_page_of_the_own_place_links_to_it(self, browser):
        browser.sign_in(901)
        assert self.URL in browser.get("/kommunen/lindfurt").text
        assert "/einstellungen" not in browser.get("/kommunen/auental").text

    @pytest.mark.usefixtures("county")
    def test_saving(self, app, browser):
        browser.sign_in(901)
        page = browser.post(self.URL, **FORM)
        assert page.location.endswith("/kommunen/lindfurt")
        assert "Stadt Lindfurt an der Aue" in browser.get("/kommunen/lindfurt").words
        with app.app_context():
            town = db.session.query(Municipality).filter_by(slug="lindfurt").one()
            assert (town.answer_days, town.idea_edit_hours) == (21, 48)
            assert (town.support_threshold, town.comment_edit_minutes) == (None, None)
            assert (town.approves_projects, town.approval_days) == (True, 10)
            assert (town.attachment_most, town.attachment_megabytes) == (20, 5)
            assert town.takes_documents
            assert town.is_active

    @pytest.mark.parametrize(
        ("name", "value"),
        [("title", ""), ("colour", "red"), ("answer_days", "x"), ("support_threshold", "-3"),
         ("approval_days", ""), ("attachment_most", "51"), ("attachment_megabytes", "11")],
    )  # fmt: skip
    @pytest.mark.usefixtures("county")
    def test_a_mistake_keeps_what_was_typed(self, browser, name, value):
        browser.sign_in(901)
        page = browser.post(self.URL, 422, **FORM | {name: value})
        page.one("div", id="error_summary")
        assert "Guten **Tag**" in page.text
        assert page.one("input", id=name).get("aria-invalid") == "true"

    @pytest.mark.usefixtures("county")
    def test_only_the_platform_may_close(self, browser):
        browser.sign_in(901)
        browser.post(self.URL, **FORM)
        browser.sign_in(902)
        page = browser.get(self.URL)
        assert page.one("input", id="is_active").get("checked") is not None
        browser.post(self.URL, **FORM)  # an unticked box is not sent
        assert "/ideen/neu?kommune=" not in browser.get("/kommunen/lindfurt").text

    @pytest.mark.usefixtures("county")
    def test_the_preview_saves_nothing(self, browser):
        browser.sign_in(901)
        piece = browser.post(self.URL + "/vorschau", 200, fragment=True, **FORM)
        assert "<strong>Tag</strong>" in piece.text
        piece.one("div", id="welcome_preview")
        page = browser.post(self.URL + "/vorschau", 200, **FORM)
        assert words_of(page.one("textarea", id="welcome")) == "Guten **Tag**"
        assert "<strong>Tag</strong>" in page.text
        assert "Guten Tag" not in browser.get("/kommunen/lindfurt").words
        browser.sign_in(903)
        browser.post(self.URL + "/vorschau", 403, **FORM)
