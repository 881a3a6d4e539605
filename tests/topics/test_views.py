"""The pages on which topics are kept."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.core.db import db
from civic.topics.models import Topic
from tests.make import make_municipality, make_topic, make_user

SHARED, LOCAL = "/verwaltung/themen", "/kommunen/lindfurt/themen"


@pytest.fixture
def people(app):
    with app.app_context():
        town = make_municipality("Lindfurt", slug="lindfurt")
        make_user(id=901, roles=[(Role.ADMIN, None)])
        make_user(id=902, roles=[(Role.STAFF, town)])
        make_user(id=903)
        make_topic("bildung", id=801, name_de="Bildung und Kultur", name_en="Education")
        make_topic("furt", id=802, name_de="Die Furt", name_en="The ford", municipality_id=town.id)


@pytest.mark.parametrize(
    ("who", "shared", "local"),
    [(None, 302, 302), (901, 200, 200), (902, 403, 200), (903, 403, 403)],
)
@pytest.mark.usefixtures("people")
def test_who_sees_which_list(browser, who, shared, local):
    if who:
        browser.sign_in(who)
    browser.get(SHARED, shared)
    browser.get(f"{SHARED}/801", shared)
    browser.get(LOCAL, local)
    browser.get(f"{LOCAL}/802", local)


@pytest.mark.usefixtures("people")
def test_each_list_shows_its_own(browser):
    browser.sign_in(901)
    words = browser.get(SHARED).words
    assert "Bildung und Kultur" in words
    assert "Die Furt" not in words
    words = browser.get(LOCAL).words
    assert "Die Furt" in words
    assert "Bildung und Kultur" in words  # beside it, as one that holds everywhere


@pytest.mark.usefixtures("people")
def test_a_topic_belongs_to_its_list(browser):
    browser.sign_in(901)
    browser.get(f"{SHARED}/802", 404)
    browser.get(f"{LOCAL}/801", 404)
    browser.get("/kommunen/nirgendwo/themen", 404)


@pytest.mark.usefixtures("people")
def test_adding(app, browser):
    browser.sign_in(902)
    assert browser.post(LOCAL, name_de="Mühlgasse", name_en="").location.endswith(LOCAL)
    assert "Mühlgasse" in browser.get(LOCAL).words
    with app.app_context():
        assert db.session.query(Topic).filter_by(slug="muehlgasse-lindfurt").one().municipality_id


@pytest.mark.parametrize("name", ["", "Die Furt", "x" * 81])
@pytest.mark.usefixtures("people")
def test_a_mistake_keeps_what_was_typed(browser, name):
    browser.sign_in(902)
    browser.post(LOCAL, name_de="Die Furt")
    page = browser.post(LOCAL, 422, name_de=name, name_en="Words")
    page.one("div", id="error_summary")
    assert page.one("input", id="name_en").get("value") == "Words"


@pytest.mark.usefixtures("people")
def test_renaming(app, browser):
    browser.sign_in(901)
    browser.post(f"{SHARED}/801", name_de="Bildung", name_en="Learning")
    assert "Learning" in browser.get(SHARED).words
    browser.post(f"{SHARED}/801", 422, name_de="", name_en="Learning")
    with app.app_context():
        assert db.session.get_one(Topic, 801).slug == "bildung"
