"""The register as data: licence, source and day; no formula, nothing hidden, bit by bit."""

from __future__ import annotations

import csv
import io
import json

import pytest

from civic.accounts.models import Role
from civic.core import clock
from civic.core.db import db
from civic.innovations.models import Stage
from civic.innovations.queries import register
from civic.moderation import service as moderation
from tests.make import make_user
from tests.make_innovations import make_innovation
from tests.make_reuse import make_adoption


def table_in(page):
    assert page.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(page.text[1:]), delimiter=";"))


@pytest.fixture
def shelf(app):
    with app.app_context():
        origin = make_innovation(
            title="=HYPERLINK(1) im Dorf", staff="+6 Leute\nund mehr", cost_once=3200, licence="MIT"
        )
        taken = make_adoption(origin, title="@Sprechstunde im Bus")
        secret = make_innovation(title="Das sieht niemand mehr")
        moderator = make_user(roles=[(Role.MODERATOR, secret.municipality)])
        moderation.hide(moderator, secret, reason="Werbung für ein Geschäft")
        db.session.commit()
        return {"origin": origin.id, "taken": taken.id, "reference": origin.reference}


def test_the_table_says_licence_source_and_day_in_every_row(browser, shelf):
    page = browser.get("/innovationen.csv")
    rows = table_in(page)
    assert page.headers["Content-Type"].startswith("text/csv")
    assert f"innovationen-{clock.today()}.csv" in page.headers["Content-Disposition"]
    assert 'rel="license"' in page.headers["Link"]
    assert len(rows) == 2
    for row in rows:
        assert (row["lizenz"], row["stand"]) == ("CC-BY-4.0", str(clock.today()))
        assert "http://localhost/" in row["quelle"]
    assert rows[0]["adresse"] == f"http://localhost/innovationen/{shelf['origin']}"
    assert (rows[0]["nutzungen"], rows[0]["kosten_einmalig"]) == ("1", "3200")
    assert (rows[1]["uebernommen_von"], rows[1]["grad"]) == (shelf["reference"], "in_use")


def test_the_permanent_address_leads_to_the_page(browser, shelf):
    url = table_in(browser.get("/innovationen.csv"))[0]["adresse"]
    page = browser.get(url.removeprefix("http://localhost"), status=301)
    browser.get(page.location)


def test_no_cell_is_a_formula(browser, shelf):
    rows = table_in(browser.get("/innovationen.csv"))
    cells = [cell for row in rows for cell in row.values() if cell]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r\n"]
    assert rows[0]["titel"] == "'=HYPERLINK(1) im Dorf"
    assert rows[0]["personal"] == "'+6 Leute\nund mehr"


def test_json_says_the_same(browser, shelf):
    page = browser.get("/innovationen.json?q=Sprechstunde")
    data = json.loads(page.text)
    assert (data["licence"], data["date"]) == ("CC-BY-4.0", str(clock.today()))
    assert data["url"] == "http://localhost/innovationen?q=Sprechstunde"
    assert data["source"]
    [entry] = data["innovations"]
    assert entry["title"] == "@Sprechstunde im Bus"  # a program reckons with no text
    assert entry["url"] == f"http://localhost/innovationen/{shelf['taken']}"
    assert len(entry["topics"]) == 1
    assert (entry["stage"], entry["use_count"]) == (Stage.REGULAR, 0)


def test_filters_hold_for_the_export(browser, shelf):
    assert len(table_in(browser.get("/innovationen.csv?lizenz=MIT"))) == 2  # carried over
    assert len(table_in(browser.get("/innovationen.csv?stufe=regular"))) == 1
    assert json.loads(browser.get("/innovationen.json?stufe=ended").text)["innovations"] == []


def test_a_hidden_origin_is_not_named(app, browser, shelf):
    with app.app_context():
        origin = register.compared([shelf["origin"]])[0]
        moderator = make_user(roles=[(Role.MODERATOR, origin.municipality)])
        moderation.hide(moderator, origin, reason="Werbung für ein Geschäft")
        db.session.commit()
    [row] = table_in(browser.get("/innovationen.csv"))
    assert row["uebernommen_von"] == ""


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_it_comes_bit_by_bit_and_nothing_is_lost(app, browser, shelf, monkeypatch, size):
    with app.app_context():
        for n in range(4):
            make_innovation(title=f"Sprechstunde {n}")
        db.session.commit()
    monkeypatch.setattr(register, "BATCH", size)
    data = json.loads(browser.get("/innovationen.json").text)
    numbers = [entry["reference"] for entry in data["innovations"]]
    assert len(numbers) == len(set(numbers)) == 6
    assert len(table_in(browser.get("/innovationen.csv"))) == 6
