"""The button and the watch list."""

from __future__ import annotations

import pytest

from civic.follows import service, views
from tests.make import make_idea, make_user


@pytest.fixture
def thing(app) -> int:
    with app.app_context():
        return make_idea().id


@pytest.fixture
def person(app, browser) -> int:
    with app.app_context():
        user = make_user().id
    browser.sign_in(user)
    return user


def test_the_button_works_without_javascript(browser, thing, person):
    answer = browser.post(f"/beitraege/{thing}/folgen")
    assert answer.location.endswith("#follow_button")
    assert len(browser.get("/konto/merkliste").all("li", class_="card")) == 1
    form = browser.get(answer.location).one("div", id="follow_button").find(".//form")
    assert form.get("action") == f"/beitraege/{thing}/entfolgen"
    browser.post(form.get("action"))
    assert not browser.get("/konto/merkliste").all("li", class_="card")


def test_htmx_gets_the_button_alone(browser, thing, person):
    button = browser.post(f"/beitraege/{thing}/folgen", 200, fragment=True)
    assert button.one("div", id="follow_button").find("form").get("action").endswith("/entfolgen")
    button = browser.post(f"/beitraege/{thing}/entfolgen", 200, fragment=True)
    assert button.one("div", id="follow_button").find("form").get("action").endswith("/folgen")


def test_an_empty_watch_list_shows_the_way_on(browser, person):
    page = browser.get("/konto/merkliste")
    assert page.one("div", class_="empty").find(".//a").get("href") == "/ideen"


def test_the_watch_list_has_pages(app, browser, person, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    with app.app_context():
        user = make_user()
        for _ in range(3):
            service.follow(user, make_idea())
        number = user.id
    browser.sign_in(number)
    first = browser.get("/konto/merkliste")
    assert len(first.all("li", class_="card")) == 2
    second = browser.get(first.one("a", rel="next").get("href"))
    assert len(second.all("li", class_="card")) == 1
    assert len(browser.get(second.one("a", rel="prev").get("href")).all("li", class_="card")) == 2
    browser.get("/konto/merkliste?nach=unreadable")


def test_visitors_are_sent_to_sign_in(browser, thing):
    assert "/anmelden" in browser.post(f"/beitraege/{thing}/folgen", 302).location
    assert "/anmelden" in browser.get("/konto/merkliste", 302).location


def test_what_is_not_there_is_404(browser, person):
    browser.post("/beitraege/999999/folgen", 404)
    browser.post("/beitraege/999999/entfolgen", 404)
