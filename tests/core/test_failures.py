"""Refusals and faults: each status as a page and as a fragment, and those that need no help."""

from __future__ import annotations

import pytest
from flask import abort
from sqlalchemy.exc import OperationalError

from civic.accounts import queries
from civic.core import failures
from civic.core.errors import Conflict, Forbidden, Missing, RuleBroken, TooMany
from civic.core.language import N_
from civic.core.security import CONTENT_SECURITY_POLICY
from tests.make import make_user

#: What a view may raise and the status that it becomes.
REFUSALS = [
    (Forbidden("may_edit"), 403),
    (Missing(), 404),
    (Conflict(), 409),
    (RuleBroken(N_("A name needs at least one letter."), "name"), 422),
    (TooMany(retry_after=120), 429),
]
HTTP = [400, 403, 404, 405, 409, 413, 418, 422, 429]
AWAY = OperationalError("SELECT secret", {}, Exception("the server closed the connection"))


@pytest.fixture
def view(app, monkeypatch):
    """Lets the address /healthz answer with what the test says."""

    def answer_with(function):
        monkeypatch.setitem(app.view_functions, "health.healthz", function)

    return answer_with


def raising(error):
    def view():
        raise error

    return view


def assert_is_fragment(page):
    """It goes among the messages, and the page around it stays."""
    assert page.headers["HX-Retarget"] == "#messages"
    assert page.headers["HX-Reswap"] == "innerHTML"
    page.one("div", id="error_notice")
    assert not page.all("main")


@pytest.mark.parametrize(("error", "status"), REFUSALS)
def test_a_refusal_has_a_page_and_a_fragment(browser, view, error, status):
    view(raising(error))
    page = browser.get("/healthz", status)
    assert len(page.all("h1")) == 1
    assert "HX-Retarget" not in page.headers
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "no-store" in page.headers["Cache-Control"]
    assert_is_fragment(browser.get("/healthz", status, fragment=True))


@pytest.mark.parametrize("status", HTTP)
def test_every_http_error_has_a_page_and_a_fragment(browser, view, status):
    view(lambda: abort(status))
    page = browser.get("/healthz", status)
    assert len(page.all("h1")) == 1
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert_is_fragment(browser.get("/healthz", status, fragment=True))


def test_each_known_status_has_words_of_its_own(browser, view):
    heads = set()
    for status in sorted(failures.KNOWN):
        view(lambda status=status: abort(status))
        heads.add(browser.get("/healthz", status).one("h1").text)
    assert len(heads) == len(failures.KNOWN)


def test_the_words_of_a_rule_are_shown(browser, view):
    view(raising(RuleBroken("Exactly these words.")))
    assert "Exactly these words." in browser.get("/healthz", 422).words
    assert "Exactly these words." in browser.get("/healthz", 422, fragment=True).words


def test_the_name_of_a_rule_is_not_shown(browser, view):
    view(raising(Forbidden("may_do_the_secret_thing")))
    assert "may_do_the_secret_thing" not in browser.get("/healthz", 403).text


def test_a_limit_says_when_to_come_back(browser, view):
    view(raising(TooMany(retry_after=77)))
    assert browser.get("/healthz", 429).headers["Retry-After"] == "77"


def test_a_stranger_is_told_that_signing_in_may_help(app, browser, view):
    view(raising(Forbidden("may_edit")))
    marked = 'href="/anmelden"'
    assert marked in browser.get("/healthz", 403).text
    with app.app_context():
        user = make_user().id
    browser.sign_in(user)
    assert marked not in browser.get("/healthz", 403).text


def test_an_unknown_address_and_a_wrong_method(browser):
    browser.get("/gibt/es/nicht", 404)
    page = browser.post("/healthz", 405, token=False)
    assert "GET" in page.headers["Allow"]


def test_a_form_without_its_token_is_refused(browser):
    browser.post("/barrierefreiheit/melden", 400, token=False, body="Text")


def test_a_fault_shows_nothing_of_its_inside(browser, view):
    view(raising(ZeroDivisionError("a secret of the house")))
    page = browser.get("/healthz", 500)
    assert len(page.all("h1")) == 1
    assert {e.get("lang") for e in page.tree.iter() if e.get("lang")} == {"de", "en"}
    assert "secret" not in page.text
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    fragment = browser.get("/healthz", 500, fragment=True)
    assert_is_fragment(fragment)
    assert fragment.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_a_fault_in_the_error_page_is_a_500(browser, view, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the page about the fault")

    monkeypatch.setattr(failures, "page", broken)
    view(lambda: abort(404))
    page = browser.get("/healthz", 500)
    assert len(page.all("h1")) == 1
    assert "the page about" not in page.text
    assert_is_fragment(browser.get("/healthz", 500, fragment=True))


def test_a_database_that_is_away_is_a_503(browser, view):
    view(raising(AWAY))
    page = browser.get("/healthz", 503)
    assert page.headers["Retry-After"] == failures.RETRY_AFTER
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "no-store" in page.headers["Cache-Control"]
    assert "verloren" in page.words
    assert "SELECT secret" not in page.text
    assert_is_fragment(browser.get("/healthz", 503, fragment=True))


def test_a_503_does_not_ask_the_database_who_is_looking(app, browser, view, monkeypatch):
    """Somebody signed in must see the page too, although nobody can be looked up."""
    with app.app_context():
        user = make_user().id
    browser.sign_in(user)

    def away(*args):
        raise AWAY

    monkeypatch.setattr(queries, "live_session", away)
    view(raising(AWAY))
    assert browser.get("/healthz", 503).headers["Retry-After"] == failures.RETRY_AFTER
    browser.get("/gibt/es/nicht", 503)  # even the page of another error becomes this one


def test_development_sees_the_fault_itself(app, browser, view, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", True)
    view(raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        browser.get("/healthz", 500)
