"""Two thousand municipalities: no page grows, and whoever writes a name is understood."""

from __future__ import annotations

import gzip

import pytest
from sqlalchemy import event, insert

from civic.accounts.models import User
from civic.core.db import db
from civic.municipalities.models import Municipality, MunicipalityKind
from tests.client import words_of
from tests.ideas.test_views import BODY, TITLE
from tests.make import make_municipality, make_topic, make_user

HEAVIEST = 20 * 1024
PAGES = ("/ideen", "/ideen?kommune=moosbach", "/registrieren", "/ideen/neu", "/konto/profil")


def settle(number):
    """As many active municipalities in one county; Moosbach is among them. Returns a person."""
    county = make_municipality(
        "Auental", slug="auental", title="Landkreis Auental", kind=MunicipalityKind.KREIS
    )
    rows = [
        {
            "kind": MunicipalityKind.GEMEINDE,
            "ars": f"77{n:010}",
            "ags": f"77{n:06}",
            "name": f"Ortsteil {n}",
            "title": f"Gemeinde Ortsteil {n}",
            "slug": f"ortsteil-{n}",
            "parent_id": county.id,
            "path": f"{county.path}{county.id + 1 + n}/",
            "is_active": True,
        }
        for n in range(number - 2)
    ]
    db.session.execute(insert(Municipality), rows)
    town = make_municipality("Moosbach", slug="moosbach", parent=county)
    return make_user(home_id=town.id).id


@pytest.fixture
def two_thousand(app):
    with app.app_context():
        person = settle(2000)
        db.session.commit()
    return person


@pytest.mark.parametrize("number", [10, 2000])
def test_pages_weigh_and_ask_the_same(app, browser, number):
    with app.app_context():
        person = settle(number)
        db.session.commit()
    budgets = (6, 8, 2, 7, 5)
    for url, budget in zip(PAGES, budgets, strict=True):
        if url == "/ideen/neu":
            browser.sign_in(person)
        browser.get(url)
        page, asked = ask(app, lambda url=url: browser.get(url))
        assert len(gzip.compress(page.text.encode())) < HEAVIEST, url
        assert asked <= budget, f"{url}: {asked}"


def ask(app, get):
    with app.app_context():
        engine = db.engine
    seen = []

    def note(connection, cursor, statement, *rest):
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        return get(), len(seen)
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_list_would_be_too_heavy():
    options = "".join(f'<option value="ortsteil-{n}">Gemeinde {n}</option>' for n in range(2000))
    page = f"<p>{'x' * 20_000}</p>{options}"
    assert len(page) > 5 * HEAVIEST


def test_ten_are_a_list(app, browser):
    with app.app_context():
        settle(10)
        db.session.commit()
    page = browser.get("/registrieren")
    assert len(page.one("select", name="home").findall("option")) == 11
    assert not page.all("datalist")


NEW = {
    "email": "neu@example.org",
    "name": "Nina Neu",
    "password": "Kupfer Ziegel Montag Heide",
    "is_old_enough": "y",
}


class TestSigningUp:
    @pytest.mark.usefixtures("two_thousand")
    def test_a_line_with_suggestions(self, browser):
        line = browser.get("/registrieren").one("input", name="home")
        assert line.get("list") == "place_options"
        assert line.get("data-hx-get") == "/kommunen/vorschlaege"
        assert line.get("data-hx-target") == "#place_options"

    @pytest.mark.parametrize("said", ["Moosbach", "moosbach, Landkreis Auental", "moosbach"])
    @pytest.mark.usefixtures("two_thousand")
    def test_a_name_by_hand(self, app, browser, said):
        browser.post("/registrieren", **NEW, home=said)
        with app.app_context():
            person = db.session.query(User).filter_by(email="neu@example.org").one()
            assert person.home.slug == "moosbach"

    @pytest.mark.usefixtures("two_thousand")
    def test_a_doubtful_name_is_asked_back_with_those_near(self, browser):
        page = browser.post("/registrieren", 422, **NEW, home="Mosbach")
        assert page.one("input", name="home").get("value") == "Mosbach"
        assert "Welche Kommune meinen Sie mit „Mosbach“?" in page.words
        assert "Moosbach, Landkreis Auental" in words_of(page.one("main"))
        offered = [o.get("value") for o in page.one("datalist").findall("option")]
        assert offered == ["Moosbach, Landkreis Auental"]

    @pytest.mark.usefixtures("two_thousand")
    def test_an_unknown_name(self, browser):
        page = browser.post("/registrieren", 422, **NEW, home="Xyzzy")
        assert "Eine Kommune „Xyzzy“ kennen wir nicht." in page.words

    @pytest.mark.usefixtures("two_thousand")
    def test_no_name_is_no_answer(self, app, browser):
        browser.post("/registrieren", **NEW, home="")
        with app.app_context():
            assert db.session.query(User).filter_by(email="neu@example.org").one().home_id is None


class TestIdeas:
    def form(self, topic, **changes):
        return {"title": TITLE, "body": BODY, "topics": topic, **changes}

    @pytest.fixture
    def topic(self, app):
        with app.app_context():
            return make_topic().slug

    def test_the_home_stands_in_the_form(self, two_thousand, browser):
        browser.sign_in(two_thousand)
        line = browser.get("/ideen/neu").one("input", name="municipality")
        assert line.get("value") == "Moosbach, Landkreis Auental"
        line = browser.get("/ideen/neu?kommune=ortsteil-7").one("input", name="municipality")
        assert line.get("value") == "Gemeinde Ortsteil 7, Landkreis Auental"
        line = browser.get("/konto/profil").one("input", name="home")
        assert line.get("value") == "Moosbach, Landkreis Auental"

    def test_an_idea_for_a_place_by_its_key(self, two_thousand, topic, browser):
        browser.sign_in(two_thousand)
        browser.post("/ideen/neu", **self.form(topic, municipality="770000000007"))
        assert "Gemeinde Ortsteil 7" in browser.get("/ideen?kommune=ortsteil-7").words
        assert "1 Idee gefunden" in browser.get("/ideen?kommune=ortsteil-7").words

    def test_a_place_is_needed_and_must_be_clear(self, two_thousand, topic, browser):
        browser.sign_in(two_thousand)
        page = browser.post("/ideen/neu", 422, **self.form(topic, municipality=""))
        assert "für welche Kommune" in page.words
        page = browser.post("/ideen/neu", 422, **self.form(topic, municipality="Ortsteil"))
        assert "Welche Kommune meinen Sie mit „Ortsteil“?" in page.words

    def test_a_draft_keeps_the_place(self, two_thousand, topic, browser):
        browser.sign_in(two_thousand)
        form = self.form(topic, municipality="Gemeinde Ortsteil 9", draft="1")
        browser.post("/ideen/neu", **form)
        line = browser.get("/ideen/neu").one("input", name="municipality")
        assert line.get("value") == "Gemeinde Ortsteil 9, Landkreis Auental"


class TestFilter:
    @pytest.mark.usefixtures("two_thousand")
    def test_a_name_filters_like_a_slug(self, browser):
        page = browser.get("/ideen?kommune=Moosbach")
        assert page.one("input", name="kommune").get("value") == "Moosbach, Landkreis Auental"
        assert page.one("link", rel="alternate").get("href") == "/feeds/ideen.atom?kommune=moosbach"

    @pytest.mark.usefixtures("two_thousand")
    def test_a_doubtful_name_filters_nothing_and_offers_those_near(self, browser):
        page = browser.get("/ideen?kommune=Mosbach&status=open", fragment=True)
        page.one("a", href="/ideen?kommune=moosbach&status=open")
        page = browser.get("/ideen?kommune=Xyzzy")
        assert "Wir kennen keine Kommune „Xyzzy“." in page.words
        assert page.one("input", name="kommune").get("value") == "Xyzzy"


class TestSuggestions:
    @pytest.mark.usefixtures("two_thousand")
    def test_the_field_gets_options(self, browser):
        page = browser.get("/kommunen/vorschlaege?home=moos", fragment=True)
        options = page.one("datalist", id="place_options").findall("option")
        assert [o.get("value") for o in options] == ["Moosbach, Landkreis Auental"]
        page = browser.get("/kommunen/vorschlaege?kommune=ortst", fragment=True)
        assert len(page.one("datalist").findall("option")) == 8

    @pytest.mark.parametrize("query", ["", "?home=", "?home=%25", "?home=%F0%9F%99%82", "?x=,"])
    @pytest.mark.usefixtures("two_thousand")
    def test_nothing_typed_suggests_nothing(self, browser, query):
        page = browser.get(f"/kommunen/vorschlaege{query}", fragment=True)
        assert not page.all("option")

    @pytest.mark.usefixtures("two_thousand")
    def test_by_itself_it_is_a_page_of_links(self, browser):
        page = browser.get("/kommunen/vorschlaege?q=moos")
        page.one("a", href="/kommunen/moosbach")

    @pytest.mark.usefixtures("two_thousand")
    def test_it_costs_one_query(self, app, browser):
        _, asked = ask(
            app, lambda: browser.get("/kommunen/vorschlaege?home=ortsteil", fragment=True)
        )
        assert asked == 1
