"""The box and the mark, for a browser and for htmx."""

from __future__ import annotations

import pytest
from flask_login import login_user

from civic.contributions.address import url_of
from civic.contributions.models import Contribution
from civic.core.db import db, transaction
from civic.votes import queries, service
from tests.client import words_of
from tests.make import make_idea, make_municipality, make_user


@pytest.fixture
def thing(app) -> int:
    with app.app_context():
        return make_idea(municipality=make_municipality(support_threshold=3)).id


@pytest.fixture
def person(app, browser) -> int:
    with app.app_context():
        user = make_user().id
    browser.sign_in(user)
    return user


def address(thing: int) -> str:
    return f"/beitraege/{thing}/stimme"


def page_of(app, thing: int) -> str:
    with app.test_request_context():
        return url_of(db.session.get_one(Contribution, thing))


def count(app, thing: int) -> int:
    with app.app_context():
        return queries.number_of_votes(thing)


def test_the_button_works_without_javascript(app, browser, thing, person):
    page = browser.get(page_of(app, thing))
    box = page.one("div", id="vote_box")
    assert "Ihr Name" in words_of(box) or "your name is not" in words_of(box)
    assert page.one("button", id="vote_button")
    assert page.one("progress", class_="meter").get("max") == "3"
    answer = browser.post(address(thing), version="1")
    assert answer.location == page_of(app, thing) + "#vote_box"
    assert count(app, thing) == 1
    page = browser.get(answer.location)
    assert page.one("p", id="vote_state")
    assert not page.all("button", id="vote_button")
    browser.post(address(thing) + "/zurueckziehen")
    assert count(app, thing) == 0


def test_htmx_gets_the_box_alone(app, browser, thing, person):
    box = browser.post(address(thing), 200, fragment=True, version="1")
    assert box.one("div", id="vote_box")
    assert not box.all("h1")
    assert box.one("strong").text == "1"
    box = browser.post(address(thing) + "/zurueckziehen", 200, fragment=True)
    assert box.one("strong").text == "0"
    assert box.one("button", id="vote_button")


def test_htmx_gets_the_mark_alone(app, browser, thing, person):
    mark = browser.post(address(thing), 200, fragment=True, mark="1")
    assert mark.one("button").get("aria-pressed") == "true"
    assert mark.one("form", id=f"vote_mark_{thing}").get("action").endswith("/zurueckziehen")
    mark = browser.post(address(thing) + "/zurueckziehen", 200, fragment=True, mark="1")
    assert mark.one("button").get("aria-pressed") == "false"


def test_the_mark_leads_back_to_where_it_stood(app, browser, thing, person):
    def lands_on(back: str) -> str:
        location = browser.post(address(thing), mark="1", next=back).location
        page, _, place = location.partition("#")
        assert place == f"vote_mark_{thing}"
        return page

    assert lands_on("/kommentare/7?x=1#a") == "/kommentare/7?x=1"
    assert lands_on("https://evil.example/") == page_of(app, thing)


def test_a_changed_text_asks_whether_the_vote_goes_along(app, browser, thing, person):
    browser.post(address(thing), version="1")
    with app.app_context(), transaction():
        db.session.get_one(Contribution, thing).version = 2
    page = browser.get(page_of(app, thing))
    form = page.one("div", id="vote_changed")
    assert form.find(".//button").get("id") == "vote_carry_over"
    browser.post(address(thing), version="2")
    assert not browser.get(page_of(app, thing)).all("div", id="vote_changed")
    assert count(app, thing) == 1


def test_visitors_are_sent_to_sign_in_and_get_no_token(app, browser, thing):
    assert "/anmelden" in browser.post(address(thing), 302, token=True).location
    assert count(app, thing) == 0


@pytest.mark.parametrize("case", ["own", "unconfirmed", "visitor"])
def test_who_cannot_vote_is_told_why(app, thing, case):
    with app.test_request_context("/"):
        about = db.session.get_one(Contribution, thing)
        people = {"own": about.author, "unconfirmed": make_user(confirmed=False)}
        text = box_for(app, about, people.get(case))
    assert "<form" not in text
    assert ('id="vote_button"' in text) is (case == "visitor")
    assert ("/konto" in text) is (case == "unconfirmed")
    assert ("next=/ideen/" in text.replace("%2F", "/")) is (case == "visitor")


def box_for(app, about, user) -> str:
    """The box as somebody sees it, without a page around it."""
    if user:
        login_user(user)
    return app.jinja_env.get_template("votes/_box.html").render(about=about, my_vote=None)


def test_own_things_are_refused_in_words(app, browser, thing):
    with app.app_context():
        author = db.session.get_one(Contribution, thing).author_id
    browser.sign_in(author)
    browser.post(address(thing), 422)
    refusal = browser.post(address(thing), 422, fragment=True)
    assert refusal.headers["HX-Retarget"] == "#messages"
    assert count(app, thing) == 0


def test_unconfirmed_accounts_are_refused(app, browser, thing):
    with app.app_context():
        user = make_user(confirmed=False).id
    browser.sign_in(user)
    browser.post(address(thing), 403)


def test_what_is_not_there_or_not_to_be_seen_is_404(app, browser, thing, person):
    browser.post(address(999_999), 404)
    with app.app_context(), transaction():
        about = db.session.get_one(Contribution, thing)
        service.cast_vote(make_user(), about)
        about.hidden_at = about.published_at
    browser.post(address(thing), 404)
    browser.get(address(thing), 405)
    browser.get(address(thing) + "/zurueckziehen", 405)
