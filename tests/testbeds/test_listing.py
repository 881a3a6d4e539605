"""The list of test beds: filters, orders, the map beside it, and its budget of queries."""

from __future__ import annotations

import gzip

import pytest
from sqlalchemy import event

from civic.contributions.models import Contribution
from civic.core import clock, maps, paging
from civic.core.db import db
from civic.testbeds import filters, queries
from civic.testbeds.models import Pilot, PilotState
from civic.testbeds.models import TestbedState as State
from civic.testbeds.queries import Filters
from civic.topics.models import ContributionTopic
from tests.make import let_it_be_counted, make_idea, make_municipality, make_topic, make_user
from tests.make_testbeds import PLAN, admit, make_pilot, make_testbed, offer

LIST_BUDGET, PAGE_BUDGET = 8, 14
#: Bytes of a page, compressed (DESIGN 6).
LATER_PAGE = 20 * 1024


def titles(filters=queries.EVERYTHING, sort="newest"):
    window = paging.window(queries.listing(filters), queries.ORDERS[sort], "", 50)
    return [card.title for card in window.items]


@pytest.mark.usefixtures("inside")
def test_filters():
    kreis = make_municipality("Kreis")
    dorf = make_municipality("Dorf", parent=kreis)
    here = make_testbed(dorf, title="Halle im Dorf am Bach")
    there = make_testbed(title="Wiese in der Fremde", state=State.CLOSED)
    topic = make_topic()
    db.session.add(ContributionTopic(contribution_id=there.id, topic_id=topic.id))
    db.session.flush()
    assert titles(Filters(municipality=kreis)) == [here.title]
    assert titles(Filters(state="open")) == [here.title]
    assert titles(Filters(topics=[topic.slug])) == [there.title]
    assert titles(Filters(text="Wiesen")) == [there.title]
    assert titles() == [there.title, here.title]
    assert titles(sort="name") == [here.title, there.title]


@pytest.mark.usefixtures("inside")
def test_hidden_ones_are_in_no_list_and_on_no_map():
    make_testbed(hidden_at=clock.now(), latitude=50.0, longitude=10.0)
    assert titles() == []
    assert queries.marked(queries.EVERYTHING) == []


@pytest.mark.usefixtures("inside")
def test_the_map_has_what_the_list_has_where_it_is_marked():
    marked = make_testbed(latitude=50.1, longitude=8.6)
    make_testbed()
    assert [mark.id for mark in queries.marked(queries.EVERYTHING)] == [marked.id]
    assert not queries.marked(Filters(state="closed"))


@pytest.mark.usefixtures("inside")
def test_a_card_says_how_many_places_are_taken():
    testbed = make_testbed(capacity=3)
    admit(make_pilot(testbed))
    make_pilot(testbed)
    [card] = db.session.execute(queries.listing(queries.EVERYTHING)).all()
    assert (card.capacity, card.taken) == (3, 1)


@pytest.mark.usefixtures("inside")
def test_an_address_is_read_as_it_is_written():
    town, topic = make_municipality(), make_topic()
    params = {"q": [" Halle "], "kommune": [town.slug], "thema": [topic.slug], "status": ["full"]}
    read = filters.read(params)
    assert filters.address(read) == {
        "q": "Halle",
        "kommune": town.slug,
        "thema": [topic.slug],
        "status": "full",
    }
    assert filters.address(filters.read({"status": ["broken"], "thema": ["nichts"]})) == {}


class Queries:
    """Counts the statements that a request sends."""

    def __init__(self, app):
        with app.app_context():
            self.target = db.engine
        self.number = 0

    def _count(self, *args):
        if not args[2].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            self.number += 1

    def __enter__(self):
        event.listen(self.target, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_):
        event.remove(self.target, "before_cursor_execute", self._count)


@pytest.fixture
def filled(app):
    """A function that adds test beds, and pilots of many ideas in the first of them."""

    def fill(number):
        with app.app_context():
            town = make_municipality()
            first = make_testbed(town, title="Eine Halle am Rand", capacity=5)
            running = admit(make_pilot(first))
            idea = running.contribution
            for n in range(number):
                db.session.add(_bed(first, n))
            for n in range(number):
                db.session.add(_pilot(first, idea, n))
            let_it_be_counted()
            return first.id, first.author_id, idea.author_id

    return fill


def _bed(first, n):
    values = vars(offer(title=f"Halle Nummer {n} der Menge", latitude=50.0, longitude=9 + n / 999))
    return type(first)(
        **values,
        author_id=first.author_id,
        municipality_id=first.municipality_id,
        state=State.OPEN,
        created_at=clock.now(),
        published_at=clock.now(),
        body_html="",
        renderer_version=1,
        reference=f"2026-8{n:04}",
    )


def _pilot(first, idea, n):
    thing = type(idea)(
        author_id=idea.author_id,
        municipality_id=idea.municipality_id,
        title=f"Versuch Nummer {n}",
        state="open",
        created_at=clock.now(),
        published_at=clock.now(),
        body="",
        body_html="",
        renderer_version=1,
        reference=f"2026-9{n:04}",
    )
    return Pilot(
        testbed_id=first.id,
        contribution=thing,
        plan=PLAN,
        result=PLAN,
        state=PilotState.FINISHED,
        applied_at=clock.now(),
        finished_at=clock.now(),
    )


def budget(app, browser, url, most):
    browser.get(url)
    with Queries(app) as sent:
        browser.get(url)
    assert sent.number <= most, f"{url}: {sent.number}"


@pytest.mark.parametrize("number", [10, 1000])
def test_query_budgets_do_not_grow(app, browser, filled, number):
    testbed, staff, _ = filled(number)
    page = f"/erprobungsraeume/{testbed}-eine-halle-am-rand"
    for url, most in (
        ("/erprobungsraeume", LIST_BUDGET),
        ("/erprobungsraeume?ansicht=karte&q=Halle&sortierung=name", LIST_BUDGET),
        (f"/erprobungsraeume/{testbed}/erprobungen", LIST_BUDGET),
        (page, PAGE_BUDGET),
    ):
        budget(app, browser, url, most)
    browser.sign_in(staff)
    budget(app, browser, f"/erprobungsraeume/{testbed}/bewerbungen", LIST_BUDGET)
    budget(app, browser, page, PAGE_BUDGET + 6)


def test_pages_of_results_neither_repeat_nor_lose_one(app, browser, filled):
    testbed, *_ = filled(45)
    url, seen = f"/erprobungsraeume/{testbed}/erprobungen", []
    while url:
        page = browser.get(url)
        seen += [e.get("id") for e in page.all("li", class_="card")]
        url = next((a.get("href") for a in page.all("a", rel="next")), "")
    assert len(seen) == len(set(seen)) == 45
    with app.app_context():
        assert db.session.query(Contribution).filter_by(kind="idea").count() == 46


def test_so_do_those_of_running_pilots(app, browser, filled):
    testbed, *_ = filled(25)
    with app.app_context():
        finished = db.session.query(Pilot).filter_by(state=PilotState.FINISHED)
        finished.update({"state": PilotState.ADMITTED, "finished_at": None})
        number = db.session.query(Pilot).filter_by(state=PilotState.ADMITTED).count()
        db.session.commit()
    shown = browser.get(f"/erprobungsraeume/{testbed}-eine-halle-am-rand")
    url = next(a.get("href") for a in shown.all("a") if "stand=laufend" in a.get("href", ""))
    seen = []
    while url:
        page = browser.get(url)
        seen += [e.get("id") for e in page.all("li", class_="card")]
        url = next((a.get("href") for a in page.all("a", rel="next")), "")
    assert len(seen) == len(set(seen)) == number > 20
    assert len(shown.all("li", class_="card")) < len(seen)


def test_many_marks_stay_within_what_a_map_holds(app, browser, filled):
    filled(maps.MOST + 5)
    page = browser.get("/erprobungsraeume?ansicht=karte")
    assert f"{maps.MOST}" in page.words
    assert len(gzip.compress(page.text.encode())) <= LATER_PAGE
    assert len(page.all("figure", class_="map")) == 1


def test_nobody_needs_an_account_to_look(browser, app):
    with app.app_context():
        make_testbed(title="Die offene Halle am Bach")
        make_idea(make_user())
    assert "Die offene Halle am Bach" in browser.get("/erprobungsraeume").words
