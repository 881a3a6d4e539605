"""A new secret key puts nobody out, and what was tampered with is nobody's (F30)."""

from __future__ import annotations

import pytest
from flask import Flask

from civic.app import create_app
from civic.core.db import db
from tests.client import Browser
from tests.conftest import make_config
from tests.make import make_user

OLD = "old-key-0123456789-abcdefghij-klmnopqrst"
NEW = "new-key-9876543210-zyxwvutsrq-ponmlkjihg"


@pytest.fixture
def houses(app, request):
    """The same database with the old key, with both, and with the new one alone."""
    config = app.extensions["civic_config"]
    made = []

    def house(key: str, *old: str) -> Flask:
        changed = make_config(
            config.database_url, config.instance_path, secret_key=key, secret_keys_old=old
        )
        other = create_app(changed)
        db._app_engines[other] = db._app_engines[app]  # the connection that is rolled back
        made.append(other)
        return other

    return {"before": house(OLD), "with both": house(NEW, OLD), "after": house(NEW)}


def signed_in(house: Flask) -> Browser:
    browser = Browser(house)
    with house.app_context():
        user = make_user().id
    browser.sign_in(user)
    assert browser.client.get("/konto").status_code == 200
    return browser


def move(browser: Browser, house: Flask) -> Browser:
    """The same browser with its cookies, after the restart."""
    other = Browser(house)
    other.client._cookies = browser.client._cookies
    return other


@pytest.mark.parametrize(("place", "status"), [("with both", 200), ("after", 302)])
def test_who_is_signed_in_stays_so_while_the_old_key_is_believed(houses, place, status):
    """And the control: without it everybody is out."""
    browser = move(signed_in(houses["before"]), houses[place])
    assert browser.client.get("/konto").status_code == status


@pytest.mark.parametrize(("believes_old", "status"), [(True, 422), (False, 400)])
def test_a_form_that_was_opened_before_can_still_be_sent(houses, believes_old, status):
    """The control is what Flask-WTF does by itself: it knows the newest key alone."""
    browser = signed_in(houses["before"])
    token = browser.get("/konto/profil").all("input", name="csrf_token")[0].get("value")
    house = houses["with both"]
    if not believes_old:
        del house.config["WTF_CSRF_SECRET_KEY"]
    answer = move(browser, house).client.post("/konto/profil", data={"csrf_token": token})
    assert answer.status_code == status


def test_what_is_signed_from_now_on_needs_the_new_key(houses):
    browser = signed_in(houses["with both"])
    assert move(browser, houses["after"]).client.get("/konto").status_code == 200
    assert move(browser, houses["before"]).client.get("/konto").status_code == 302


@pytest.mark.parametrize(
    "broken", ["", ".........", "eyJzaWQiOiJ4In0.x.y", "{0}{0}{0}", "ÿ{0}", "{0}x", "x{0}", "{0}."]
)
def test_a_broken_cookie_is_nobody_and_no_fault(houses, broken):
    house = houses["with both"]
    browser = signed_in(house)
    cookie = browser.client.get_cookie("civic")
    browser.client.set_cookie("civic", broken.format(cookie.value))
    for url, status in (("/konto", 302), ("/ideen", 200)):
        assert browser.client.get(url).status_code == status
