"""Side by side: up to three, chosen by links that live in the address."""

from __future__ import annotations

from datetime import date

import pytest

from civic.accounts.models import Role
from civic.core.db import db
from civic.innovations.models import Innovation
from civic.moderation import service as moderation
from tests.make import make_user
from tests.make_innovations import make_indicator, make_innovation

PLACE = "/innovationen/vergleich"


@pytest.fixture
def four(app):
    with app.app_context():
        made = [
            make_innovation(title=f"Sprechstunde {n}", staff=f"{n} Leute", cost_once=n * 1000)
            for n in range(1, 5)
        ]
        make_indicator(made[0], unit="Stück", values={date(2026, 1, 1): "3", date(2026, 2, 1): "7"})
        db.session.commit()
        return [one.id for one in made]


def address(ids):
    return PLACE + "?" + "&".join(f"id={id}" for id in ids)


def test_three_stand_in_a_table_with_headers(browser, four):
    page = browser.get(address(four[:3]))
    table = page.one("table", class_="compare")
    heads = [th for th in table.iter("th") if th.get("scope") == "col"]
    assert len(heads) == 4
    assert {th.get("scope") for th in table.iter("th")} == {"col", "row"}
    assert all("2 Leute" in page.words for _ in heads)
    assert "7 Stück" in page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "3 Stück" not in page.words.replace("\N{NO-BREAK SPACE}", " ")


def test_a_fourth_is_refused_with_words(browser, four):
    page = browser.get(address(four), status=422)
    notice = page.one("div", id="too_many")
    assert "Sprechstunde 4" in "".join(notice.itertext())
    heads = [th for th in page.one("table").iter("th") if th.get("scope") == "col"]
    assert len(heads) == 4


def test_taking_one_away_leaves_the_others(browser, four):
    page = browser.get(address(four), status=422)
    away = [a.get("href") for a in page.all("a") if a.get("href", "").startswith(PLACE)]
    assert len(away) == 3
    assert f"id={four[0]}" not in away[0]
    assert f"id={four[3]}" in away[0]
    assert "Sprechstunde 4" in browser.get(away[0]).words


@pytest.mark.parametrize("query", ["", "?id=", "?id=abc", "?id=999999999", "?id=99999999999999"])
def test_nothing_to_compare_shows_the_way_to_the_register(browser, four, query):
    page = browser.get(PLACE + query)
    assert page.all("table") == []
    assert any(a.get("href") == "/innovationen" for a in page.one("div", class_="empty").iter("a"))


def test_what_is_hidden_or_named_twice_is_left_out(app, browser, four):
    with app.app_context():
        entry = db.session.get_one(Innovation, four[0])
        moderator = make_user(roles=[(Role.MODERATOR, entry.municipality)])
        moderation.hide(moderator, entry, reason="Werbung für ein Geschäft")
        db.session.commit()
    page = browser.get(address([four[0], four[1], four[1]]))
    heads = [th for th in page.one("table").iter("th") if th.get("scope") == "col"]
    assert len(heads) == 2
    assert "Sprechstunde 1" not in page.words


def test_the_choice_is_made_by_links_that_live_in_the_address(browser, four):
    page = browser.get("/innovationen?q=Sprechstunde")
    add = [a.get("href") for a in page.all("a") if "vergleich=" in a.get("href", "")]
    assert len(add) == 4
    page = browser.get(add[0].partition("#")[0])
    assert "q=Sprechstunde" in add[0]
    assert len(page.all("div", id="chosen")) == 1
    page = browser.get("/innovationen?" + "&".join(f"vergleich={id}" for id in four[:3]))
    compare = next(
        a.get("href") for a in page.all("a") if a.get("href", "").startswith(f"{PLACE}?")
    )
    assert [f"id={id}" in compare for id in four] == [True, True, True, False]
    names = [a.get("href") for a in page.all("a") if f"vergleich={four[3]}" in a.get("href", "")]
    assert names == []  # no room for a fourth


def test_the_filters_keep_the_choice(browser, four):
    page = browser.get(f"/innovationen?vergleich={four[0]}&ansicht=zeitlinie")
    form = page.one("form", class_="filter")
    fields = [i for i in form.iter("input") if i.get("type") == "hidden"]
    hidden = {field.get("name"): field.get("value") for field in fields}
    assert hidden == {"vergleich": str(four[0]), "ansicht": "zeitlinie"}
