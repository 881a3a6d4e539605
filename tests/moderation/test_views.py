"""The pages of a decision and what an author reads of it."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.moderation import service
from civic.moderation.forms import SUGGESTIONS
from tests.make import make_idea, make_user

REASON = "Der Text greift eine Person an."


@pytest.fixture
def thing(app) -> int:
    with app.app_context():
        return make_idea().id


@pytest.fixture
def moderator(app, browser, thing) -> int:
    with app.app_context():
        place = db.session.get_one(Contribution, thing).municipality
        user = make_user(roles=[(Role.MODERATOR, place)]).id
    browser.sign_in(user)
    return user


def hidden_as(app, thing: int) -> str | None:
    with app.app_context():
        return db.session.get_one(Contribution, thing).hidden_as


def test_hide_and_restore_without_javascript(app, browser, thing, moderator):
    page = browser.get(f"/beitraege/{thing}/ausblenden")
    assert page.one("input", value="hide").get("checked") is not None
    answer = browser.post(f"/beitraege/{thing}/ausblenden", kind="block", reason=REASON)
    assert answer.location.startswith("/ideen/")
    assert hidden_as(app, thing) == "blocked"
    browser.get(f"/beitraege/{thing}/ausblenden")
    browser.post(f"/beitraege/{thing}/ausblenden", kind="hide", reason=REASON)
    assert hidden_as(app, thing) == "moderated"
    assert REASON in browser.get(f"/beitraege/{thing}/einblenden").words
    browser.post(f"/beitraege/{thing}/einblenden", reason="Der Einspruch war berechtigt.")
    assert hidden_as(app, thing) is None
    browser.get(f"/beitraege/{thing}/einblenden")
    assert REASON in browser.get(f"/beitraege/{thing}/moderation").words


def test_suggestions_fill_the_reason(browser, thing, moderator):
    address = f"/beitraege/{thing}/ausblenden"
    links = [a.get("href") for a in browser.get(address).all("a") if "grund=" in a.get("href")]
    assert len(links) == len(SUGGESTIONS)
    for link in links:
        assert len(browser.get(link).one("textarea", id="reason").text) > 10
    assert not (browser.get(address + "?grund=unknown").one("textarea").text or "").strip()


@pytest.mark.parametrize("form", [{"reason": "kurz"}, {"reason": ""}, {"kind": "delete"}])
def test_a_form_with_mistakes_comes_back_with_what_was_typed(app, browser, thing, moderator, form):
    values = {"kind": "hide", "reason": REASON} | form
    page = browser.post(f"/beitraege/{thing}/ausblenden", 422, **values)
    assert page.one("div", id="error_summary")
    assert (page.one("textarea").text or "").strip() == values["reason"]
    assert hidden_as(app, thing) is None


def test_a_second_moderator_is_told(app, browser, thing, moderator):
    browser.post(f"/beitraege/{thing}/ausblenden", kind="hide", reason=REASON)
    page = browser.post(f"/beitraege/{thing}/ausblenden", 422, kind="hide", reason=REASON)
    assert page.one("div", id="error_summary")


def test_only_moderators_come_in(app, browser, thing):
    paths = [f"/beitraege/{thing}/{word}" for word in ("ausblenden", "einblenden", "moderation")]
    for path in paths:
        assert "/anmelden" in browser.get(path, 302).location
    with app.app_context():
        stranger = make_user().id
    browser.sign_in(stranger)
    browser.get(paths[0], 403)
    browser.post(paths[0], 403, kind="hide", reason=REASON)
    browser.get(paths[1], 403)
    browser.get(paths[2], 404)


def test_strangers_do_not_learn_that_there_is_something_hidden(app, browser, thing):
    with app.app_context():
        about = db.session.get_one(Contribution, thing)
        moderator = make_user(roles=[(Role.MODERATOR, about.municipality)])
        service.hide(moderator, about, reason=REASON)
        author, stranger, name = about.author_id, make_user().id, moderator.name
    browser.sign_in(stranger)
    for word in ("ausblenden", "einblenden", "moderation"):
        browser.get(f"/beitraege/{thing}/{word}", 404)
    browser.sign_in(author)
    page = browser.get(f"/beitraege/{thing}/moderation")
    assert REASON in page.words
    assert "kontakt@example.org" in page.words
    assert name not in page.words
    assert not [a for a in page.all("a") if a.get("href").endswith("/einblenden")]
