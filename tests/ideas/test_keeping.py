"""A filtered list can be kept: the button carries the filter in its plain form."""

from __future__ import annotations

import pytest

from tests.client import words_of
from tests.make import make_municipality, make_topic, make_user

QUERY = "/ideen?kommune=Stadt+Lindfurt&thema=unterwegs&thema=erfunden&thema=gruen&q=Radweg&nach=x"


@pytest.fixture
def member(app):
    with app.app_context():
        make_municipality("Lindfurt", slug="lindfurt", title="Stadt Lindfurt")
        make_topic("unterwegs", name_de="Unterwegs")
        make_topic("gruen", name_de="Klima und Grün")
        return make_user().id


def sent_by(page):
    """The fields of the button's form: name -> values."""
    form = page.one("form", action="/konto/suchen")
    found: dict[str, list[str]] = {}
    for field in form.iter("input"):
        found.setdefault(field.get("name"), []).append(field.get("value"))
    found.pop("csrf_token")
    return found


def test_a_filtered_list_is_kept_and_found_again(member, browser):
    browser.sign_in(member)
    sent = sent_by(browser.get(QUERY))
    assert sent == {
        "endpoint": ["ideas.index"],
        "q": ["Radweg"],
        "kommune": ["lindfurt"],
        "thema": ["gruen", "unterwegs"],
    }
    for _ in range(2):  # the second press changes nothing
        assert browser.post("/konto/suchen", **sent).location == "/konto/suchen"
    page = browser.get("/konto/suchen")
    (kept,) = page.all("li", class_="notices__group")
    assert "Ideen · Lindfurt · Klima und Grün · Unterwegs · „Radweg“" in words_of(kept)


@pytest.mark.usefixtures("member")
def test_a_stranger_signs_in_first_and_comes_back(browser):
    page = browser.get("/ideen?kommune=lindfurt&status=open", fragment=True)
    aim = "/anmelden?next=/ideen?kommune%3Dlindfurt%26status%3Dopen"
    assert "Diese Suche merken" in words_of(page.one("a", href=aim))
    assert not page.all("form")


def test_a_list_without_filter_is_not_kept(member, browser):
    assert "Diese Suche merken" not in browser.get("/ideen").words
    browser.sign_in(member)
    for query in ("", "?eigene=y", "?kommune=nirgends&status=x", "?sortierung=diskutiert"):
        assert not browser.get(f"/ideen{query}").all("form", action="/konto/suchen")


def test_only_lists_that_can_be_kept(member, browser):
    browser.sign_in(member)
    browser.post("/konto/suchen", 404, endpoint="municipalities.index", q="x")
    browser.post("/konto/suchen", 404)
