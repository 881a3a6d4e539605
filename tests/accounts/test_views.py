"""The pages: whole, as a fragment, refused; and the ways through them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from civic.accounts import policy, service
from civic.accounts.current import COOKIE_KEY
from civic.accounts.models import Role, User, UserSession
from civic.core import clock
from civic.core.db import db
from tests.accounts.post import OTHER, PASSWORD, hashed, link_in, mails
from tests.client import Browser
from tests.make import make_municipality, make_user

PRIVATE = (
    "/konto",
    "/konto/profil",
    "/konto/email",
    "/konto/passwort",
    "/konto/sitzungen",
    "/konto/loeschen",
)
PUBLIC = (
    "/registrieren",
    "/registrieren/gesendet",
    "/anmelden",
    "/passwort-vergessen",
    "/passwort-vergessen/gesendet",
)


@pytest.fixture
def anna(app) -> User:
    with app.app_context():
        user = make_user(
            "Anna", email="anna@example.org", email_key="anna@example.org", password_hash=hashed()
        )
        assert user.id
        return user


def enter(browser: Browser, status: int = 303, **form: str):
    values = {"email": "anna@example.org", "password": PASSWORD}
    return browser.post("/anmelden", status, **(values | form))


def links(app, recipient: str) -> list[str]:
    with app.app_context():
        return [
            link_in(m)
            for m in mails(recipient)
            if "/konto/email/" in m.text or "neu/" in m.text or "bestaetigen/" in m.text
        ]


# -- pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", PUBLIC)
def test_public_pages(browser, url: str) -> None:
    browser.get(url)
    browser.get(url, fragment=True)


@pytest.mark.parametrize("url", PRIVATE)
def test_private_pages(browser, anna: User, url: str) -> None:
    browser.sign_in(anna)
    page = browser.get(url)
    assert page.headers["Cache-Control"] == "private, no-store"
    browser.get(url, fragment=True)


@pytest.mark.parametrize("url", [*PRIVATE, "/konto/email/irgendwas"])
def test_strangers_are_asked_to_sign_in(browser, url: str) -> None:
    assert browser.get(url, 302).location == f"/anmelden?next={url}"
    page = browser.get(url, fragment=True)
    assert page.headers["HX-Redirect"] == "/anmelden?next=/"
    assert page.text == ""


def test_after_a_press_of_a_button_the_way_back_is_the_page_that_showed_it(browser) -> None:
    headers = {"HX-Current-URL": "http://localhost/ideen/7-bank?x=1"}
    page = browser.get("/konto", headers=headers, fragment=True)
    assert page.headers["HX-Redirect"] == "/anmelden?next=/ideen/7-bank?x%3D1"
    evil = {"HX-Current-URL": "https://evil.example//evil.example"}
    assert "evil" not in browser.get("/konto", headers=evil, fragment=True).headers["HX-Redirect"]


def test_the_sessions_as_a_fragment(browser, anna: User) -> None:
    browser.sign_in(anna)
    page = browser.get("/konto/sitzungen", fragment=True)
    assert page.one("section", id="session_list") is not None
    assert page.all("h1") == []


@pytest.mark.parametrize(
    "url", ["/registrieren", "/anmelden", "/passwort-vergessen", "/registrieren/gesendet"]
)
def test_an_empty_form_comes_back_with_a_summary(browser, url: str) -> None:
    page = browser.post(url, 422)
    assert page.one("div", id="error_summary") is not None


def test_input_is_kept_and_passwords_are_not(browser) -> None:
    page = browser.post(
        "/registrieren", 422, email="anna@example.org", name="Anna", password="geheimnis!"
    )
    assert page.one("input", name="email").get("value") == "anna@example.org"
    assert page.one("input", name="name").get("value") == "Anna"
    assert "geheimnis!" not in page.text


@pytest.mark.parametrize(
    ("url", "name", "expected"),
    [
        ("/anmelden", "email", "username"),
        ("/anmelden", "password", "current-password"),
        ("/registrieren", "email", "email"),
        ("/registrieren", "name", "nickname"),
        ("/registrieren", "password", "new-password"),
        ("/konto/passwort", "current_password", "current-password"),
        ("/konto/passwort", "password", "new-password"),
        ("/konto/email", "password", "current-password"),
        ("/konto/loeschen", "password", "current-password"),
    ],
)
def test_browsers_can_fill_in(browser, anna: User, url: str, name: str, expected: str) -> None:
    if url.startswith("/konto"):
        browser.sign_in(anna)
    field = browser.get(url).one("input", name=name)
    assert field.get("autocomplete") == expected
    assert field.get("maxlength") is None or name not in {"password", "current_password"}


# -- ways ------------------------------------------------------------------------------------


def test_from_sign_up_to_the_account(app, browser) -> None:
    with app.app_context():
        make_municipality("Lindfurt", slug="lindfurt")
    form = {
        "email": "neu@example.org",
        "name": "Neu",
        "password": PASSWORD,
        "is_old_enough": "y",
        "home": "lindfurt",
    }
    assert browser.post("/registrieren", **form).location == "/registrieren/gesendet"
    (path,) = links(app, "neu@example.org")

    for _ in range(3):  # a scanner that follows links confirms nothing
        Browser(app).get(path)
    waiting = enter(browser, 200, email="neu@example.org")
    assert waiting.one("form", action="/registrieren/gesendet") is not None
    assert browser.get("/konto", 302)

    assert browser.post(path).location == "/anmelden"
    browser.get(path, 404)
    browser.post(path, 404)
    assert enter(browser, email="neu@example.org").location == "/konto"
    assert "Lindfurt" in browser.get("/konto").words


def test_too_young_is_too_early(browser) -> None:
    page = browser.post(
        "/registrieren", 422, email="neu@example.org", name="Neu", password=PASSWORD
    )
    assert page.one("input", name="is_old_enough").get("aria-invalid") == "true"


def test_a_place_that_is_not_offered_is_refused(app, browser) -> None:
    with app.app_context():
        make_municipality(slug="schlaeft", is_active=False)
    form = {"email": "neu@example.org", "name": "Neu", "password": PASSWORD, "is_old_enough": "y"}
    browser.post("/registrieren", 422, home="schlaeft", **form)


def test_the_session_changes_its_id_at_sign_in(browser, anna: User) -> None:
    browser.get("/anmelden")
    with browser.client.session_transaction() as session:
        before = dict(session)
    enter(browser)
    with browser.client.session_transaction() as session:
        assert set(session) & set(before) <= {"_flashes"}
        first = session[COOKIE_KEY]
    browser.post("/abmelden")
    enter(browser)
    with browser.client.session_transaction() as session:
        assert session[COOKIE_KEY] != first


def test_signing_out_ends_the_session_itself(app, browser, anna: User) -> None:
    enter(browser)
    with browser.client.session_transaction() as session:
        cookie = dict(session)
    browser.post("/abmelden")
    thief = Browser(app)
    with thief.client.session_transaction() as session:
        session.update(cookie)
    thief.get("/konto", 302)
    browser.get("/abmelden", 405)


def test_whoever_is_signed_in_needs_no_door(browser, anna: User) -> None:
    browser.sign_in(anna)
    assert browser.get("/anmelden?next=/ideen", 303).location == "/ideen"
    assert browser.get("/registrieren", 303).location == "/konto"


SAFE = ["/", "/ideen", "/ideen/7-bank?x=1&y=%C3%BC", "/ideen#kommentar_3", "/konto/profil"]
UNSAFE = [
    "https://evil.example", "http:///evil.example", "//evil.example", "///evil.example",
    "/\\evil.example", "\\/evil.example", "\\\\evil.example", "https:evil.example",
    "javascript:alert(1)", "data:text/html,x", "evil.example", "evil.example/ideen", "ideen",
    "/\t/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example", "/\n/evil",
    "/ideen\r\nSet-Cookie: a=b", "http://localhost@evil.example", "//localhost",
    "http://localhost/ideen", "?next=/x", "#x", ".", "/" + "a" * 3000, "/\x7f",
    "ftp://x", "mailto:x",
    "///", "/\\/evil.example", "https://evil.example\\@localhost",
]  # fmt: skip


@pytest.mark.parametrize("target", SAFE)
def test_sign_in_goes_on_where_one_wanted_to_go(browser, anna: User, target: str) -> None:
    assert enter(browser, next=target).location == target


@pytest.mark.parametrize("target", UNSAFE)
def test_sign_in_leads_nowhere_else(browser, anna: User, target: str) -> None:
    location = enter(browser, next=target).location
    assert location == "/konto"
    assert urlsplit(location).netloc == ""


def test_next_is_kept_through_a_mistake(browser, anna: User) -> None:
    page = browser.get("/anmelden?next=/ideen/neu")
    assert page.one("input", name="next").get("value") == "/ideen/neu"
    page = enter(browser, 422, password="falsch", next="/ideen/neu")
    assert page.one("input", name="next").get("value") == "/ideen/neu"


def test_a_limit_says_when_to_come_back(browser) -> None:
    for _ in range(10):
        enter(browser, 422)
    assert 0 < int(enter(browser, 429).headers["Retry-After"]) <= 300


def test_a_reset_by_mail(app, browser, anna: User) -> None:
    old = Browser(app)
    enter(old)
    page = browser.post("/passwort-vergessen", email="anna@example.org")
    assert page.location == "/passwort-vergessen/gesendet"
    (path,) = links(app, "anna@example.org")
    browser.get(path)
    browser.post(path, 422, password="kurz")
    assert browser.post(path, password=OTHER).location == "/anmelden"
    browser.get(path, 404)
    browser.post(path, 404, password=PASSWORD)
    old.get("/konto", 302)
    assert enter(browser, password=OTHER).location == "/konto"


def test_another_address(app, browser, anna: User) -> None:
    enter(browser)
    browser.post("/konto/email", 422, email="neu@example.org", password="falsch")
    browser.post("/konto/email", email="neu@example.org", password=PASSWORD)
    (path,) = links(app, "neu@example.org")
    browser.get(path)
    assert "anna@example.org" in browser.get("/konto").words
    browser.post(path)
    assert "neu@example.org" in browser.get("/konto").words
    browser.get(path, 404)


def test_another_password(app, browser, anna: User) -> None:
    other = Browser(app)
    enter(browser)
    enter(other)
    browser.post("/konto/passwort", 422, current_password="falsch", password=OTHER)
    browser.post("/konto/passwort", current_password=PASSWORD, password=OTHER)
    browser.get("/konto")
    other.get("/konto", 302)


def test_the_profile_speaks_the_chosen_language(browser, anna: User) -> None:
    enter(browser)
    browser.get("/sprache/de", 303)
    browser.post("/konto/profil", name="Anna B", home="", language="en")
    page = browser.get("/konto/profil")
    assert page.one("html").get("lang") == "en"
    assert page.one("input", name="name").get("value") == "Anna B"


def test_sessions_are_listed_and_ended(app, browser, anna: User) -> None:
    agents = {
        "X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
        "Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
        "Linux; Android 16) Chrome/140.0 Mobile Safari/537.36": "Chrome, Android",
        "iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1": "Safari, iPhone",
    }
    others = []
    for agent in agents:
        one = Browser(app)
        one.client.environ_base["HTTP_USER_AGENT"] = f"Mozilla/5.0 ({agent}"
        enter(one)
        others.append(one)
    me = others[0]
    page = me.get("/konto/sitzungen")
    for device in agents.values():
        assert device in page.words
    forms = [f.get("action") for f in page.all("form") if "/sitzungen/" in f.get("action", "")]
    assert len(forms) == 4  # three others, and all others at once

    me.post(forms[0])
    assert sorted(o.client.get("/konto").status_code for o in others) == [200, 200, 200, 302]
    me.post("/konto/sitzungen/beenden")
    assert [o.client.get("/konto").status_code for o in others] == [200, 302, 302, 302]


def test_nobody_ends_somebody_elses_session(app, browser, anna: User) -> None:
    with app.app_context():
        bert = make_user("Bert")
        service.open_session(bert, bert, device="")
        theirs = db.session.scalar(select(UserSession.id).where(UserSession.user_id == bert.id))
    enter(browser)
    browser.post(f"/konto/sitzungen/{theirs}/beenden")
    with app.app_context():
        assert db.session.get(UserSession, theirs) is not None


@pytest.mark.parametrize(
    ("roles", "silence", "status"),
    [
        ([], policy.IDLE - timedelta(minutes=1), 200),
        ([], policy.IDLE, 302),
        ([(Role.STAFF, None)], timedelta(minutes=29), 200),
        ([(Role.STAFF, None)], timedelta(minutes=30), 302),
    ],
)
def test_silence_ends_a_session(app, browser, roles, silence, status) -> None:
    with app.app_context():
        user = make_user(roles=roles)
        assert user.id
    start = clock.now()
    with clock.at(start):
        browser.sign_in(user)
    with clock.at(start + silence):
        browser.get("/konto", status)


def test_use_keeps_a_session_alive_for_thirty_days_at_most(app, browser, anna: User) -> None:
    start = clock.now()
    with clock.at(start):
        browser.sign_in(anna)
    hours = 0
    while hours + 11 < 30 * 24:
        hours += 11
        with clock.at(start + timedelta(hours=hours)):
            browser.get("/konto")
    with clock.at(start + timedelta(days=30)):
        browser.get("/konto", 302)


def test_a_block_counts_from_the_next_request_on(app, browser, anna: User) -> None:
    enter(browser)
    browser.get("/konto")
    with app.app_context():
        admin = make_user(roles=[(Role.ADMIN, None)])
        service.block_account(admin, db.session.get_one(User, anna.id))
    browser.get("/konto", 302)


@pytest.mark.parametrize("choice", ["keep", "erase"])
def test_leaving(app, browser, anna: User, choice: str) -> None:
    enter(browser)
    browser.post("/konto/loeschen", 422, contributions=choice, password="falsch")
    browser.post("/konto/loeschen", 422, contributions="vielleicht", password=PASSWORD)
    assert browser.post("/konto/loeschen", contributions=choice, password=PASSWORD).location == "/"
    browser.get("/konto", 302)
    enter(browser, 422)


@pytest.mark.parametrize("cookie", ["x", "", None, 7, ["a"], {"a": 1}, "\udcff", "x" * 3000])
def test_a_strange_cookie_is_nobody(browser, cookie) -> None:
    with browser.client.session_transaction() as session:
        session[COOKIE_KEY] = cookie
    browser.get("/konto", 302)
