"""German first: language of a page, dates and numbers as people here write them, addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from civic.core import clock
from civic.core.errors import Missing, RuleBroken
from civic.core.language import (
    COOKIE,
    error_text,
    iso_date,
    person,
    show_ago,
    show_date,
    show_moment,
    show_number,
    slugify,
    stored,
    translate,
)
from tests.make import make_user

SUMMER = datetime(2026, 8, 12, 17, 42, tzinfo=UTC)


@pytest.fixture
def speaking(app):
    """A request in one of the languages."""

    def context(language: str):
        return app.test_request_context("/", headers={"Cookie": f"{COOKIE}={language}"})

    return context


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("", "de"),
        ("de", "de"),
        ("en", "en"),
        ("fr", "de"),
        ("EN", "de"),
        ("../en", "de"),
        ("x" * 900, "de"),
    ],
)
def test_the_language_of_a_page(app, cookie, shown):
    client = app.test_client()
    client.set_cookie(COOKIE, cookie)
    assert f'<html lang="{shown}"' in client.get("/").text


def test_the_profile_counts_where_no_cookie_was_chosen(app, browser):
    with app.app_context():
        user = make_user(language="en").id
    browser.sign_in(user)
    assert browser.get("/").one("html").get("lang") == "en"
    browser.client.set_cookie(COOKIE, "de")
    assert browser.get("/").one("html").get("lang") == "de"


def test_what_a_browser_says_it_prefers_does_not_count(app):
    """Pages are cached by address; two languages under one address would mix."""
    answer = app.test_client().get("/", headers={"Accept-Language": "en"})
    assert '<html lang="de"' in answer.text


def test_switching_goes_back_where_one_was(app):
    client = app.test_client()
    answer = client.get("/sprache/en?next=/ideen?q=bank")
    assert answer.headers["Location"] == "/ideen?q=bank"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get("/sprache/fr").status_code == 404


@pytest.mark.parametrize(
    ("language", "day", "moment", "number"),
    [
        ("de", "12. August 2026", "12. August 2026, 19:42 Uhr", "1.284"),
        ("en", "12 August 2026", "12 August 2026, 19:42", "1,284"),
    ],
)
def test_dates_and_numbers(speaking, language, day, moment, number):
    with speaking(language):
        assert show_date(SUMMER) == show_date(SUMMER.date()) == day
        assert show_moment(SUMMER) == moment
        assert show_number(1284) == number


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "1. Januar 2027"),
        (
            datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
            "29. März 2026",
        ),  # the night summer time begins
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), "25. Oktober 2026"),  # and the night it ends
        (datetime(2024, 2, 29, 12, 0, tzinfo=UTC), "29. Februar 2024"),
    ],
)
def test_a_day_is_one_of_the_place(speaking, moment, day):
    with speaking("de"):
        assert show_date(moment) == day


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "gerade eben"),
        (timedelta(minutes=1), "vor 1 Minute"),
        (timedelta(hours=2, minutes=10), "vor 2 Stunden"),
        (timedelta(days=6, hours=3), "vor 6 Tagen"),
        (timedelta(days=7), "5. August 2026"),
        (timedelta(hours=-1), "12. August 2026"),
    ],
)
def test_how_long_ago(speaking, age, words):
    with speaking("de"), clock.at(SUMMER):
        assert show_ago(SUMMER - age) == words


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Bänke am Weg", "baenke-am-weg"),
        ("Straße & Öffnung, ÜBERALL!", "strasse-oeffnung-ueberall"),
        ("Café Łódź", "cafe-odz"),
        ("---", ""),
        ("李小龍", ""),
        ("🌳 Bäume", "baeume"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 80, "a" * 60),
        ("Wort " * 30, "-".join(["wort"] * 12)),
    ],
)
def test_a_title_becomes_part_of_an_address(title, slug):
    made = slugify(title)
    assert made == slug
    assert slugify(made) == made
    assert len(made) <= 60


def test_small_words(speaking):
    with speaking("de"):
        assert translate("") == ""
        assert translate("no such msgid") == "no such msgid"
        assert person("Anna") == "Anna"
        assert person("") == person(None) == "Ehemaliges Mitglied"
        assert error_text(Missing()) == ""
        assert error_text(RuleBroken("%(n)s of 100%%", None, n=3)) == "3 of 100%"
        assert stored("<p>x</p>").__html__() == "<p>x</p>"
        assert iso_date(date(2026, 1, 2)) == "2026-01-02"
