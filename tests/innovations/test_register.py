"""The register: what its filters find, in which order, and what map and time line draw."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask_babel import force_locale

from civic.accounts.models import Role
from civic.contributions.address import house
from civic.core import clock, paging
from civic.core.db import db
from civic.innovations import filters
from civic.innovations.address.timeline import LANES, timeline, year_of
from civic.innovations.models import CostClass, Innovation, Stage
from civic.innovations.queries import register
from civic.innovations.queries.register import Filters, Place, Size
from civic.moderation import service as moderation
from civic.municipalities.models import MunicipalityKind
from civic.notifications.models import Subscription
from civic.topics import queries as topics
from tests.make import make_idea, make_municipality, make_topic, make_user
from tests.make_innovations import make_innovation
from tests.make_projects import make_project
from tests.make_reuse import make_adoption


def titles(wanted=None, sort="used"):
    wanted = wanted or Filters()
    window = paging.window(register.listing(wanted, sort), register.ORDERS[sort], "", 50)
    found = [card.title for card in window.items]
    assert paging.count(register.found(wanted)).number == len(found)
    assert sorted(row.title for row in register.drawn(wanted).rows) == sorted(found)
    return found


def named(name, **changes):
    return make_innovation(title=f"Sprechstunde {name}", **changes)


@pytest.fixture
def country(inside):
    """A land, a county, a town and a village, each with an entry called like it."""
    land = make_municipality("Land", kind=MunicipalityKind.LAND, population=4_000_000)
    kreis = make_municipality("Kreis", kind=MunicipalityKind.KREIS, population=120_000)
    stadt = make_municipality(
        "Neustadt", parent=kreis, title="Stadt Neustadt", population=48_000, slug="neustadt"
    )
    dorf = make_municipality(
        "Moosbach am Stadtwald",
        parent=kreis,
        title="Gemeinde Moosbach am Stadtwald",
        population=900,
    )
    for place in (land, kreis, stadt, dorf):
        named(place.name, municipality=place)
    return {"land": land, "kreis": kreis, "stadt": stadt, "dorf": dorf}


def test_the_kind_of_municipality(country):
    assert titles(Filters(place=Place.LAND)) == ["Sprechstunde Land"]
    assert titles(Filters(place=Place.KREIS)) == ["Sprechstunde Kreis"]
    assert titles(Filters(place=Place.TOWN)) == ["Sprechstunde Neustadt"]
    assert titles(Filters(place=Place.VILLAGE)) == ["Sprechstunde Moosbach am Stadtwald"]


@pytest.mark.parametrize(
    ("size", "names"),
    [
        (Size.UP_TO_2000, ["Moosbach am Stadtwald"]),
        (Size.UP_TO_10000, []),
        (Size.UP_TO_50000, ["Neustadt"]),
        (Size.UP_TO_200000, ["Kreis"]),
        (Size.ABOVE, ["Land"]),
    ],
)
def test_the_size_of_the_municipality(country, size, names):
    assert titles(Filters(size=size)) == [f"Sprechstunde {name}" for name in names]


def test_the_bounds_of_sizes_leave_no_gap_and_know_no_unknown(inside):
    for people in (0, 2_000, 2_001, 10_000, 50_000, 200_000, 200_001, None):
        named(f"mit {people}", municipality=make_municipality(population=people))
    found = [name for size in Size for name in titles(Filters(size=size))]
    assert len(found) == len(set(found)) == 7
    assert "Sprechstunde mit 2000" in titles(Filters(size=Size.UP_TO_2000))


def test_a_county_holds_its_villages(country):
    assert len(titles(Filters(municipality=country["kreis"]))) == 3
    assert titles(Filters(municipality=country["dorf"])) == ["Sprechstunde Moosbach am Stadtwald"]


def test_stage_costs_licence_topic_and_words(inside):
    mine = named("eins", cost_class=CostClass.SMALL, licence="EUPL-1.2", state=Stage.REGULAR)
    closed = named("zwei", cost_class=CostClass.LARGE, licence="LicenseRef-proprietary")
    bare = named("drei ganz ohne Technik")
    assert titles(Filters(stage=Stage.REGULAR)) == [mine.title]
    assert titles(Filters(cost=CostClass.LARGE)) == [closed.title]
    assert titles(Filters(licence="EUPL-1.2")) == [mine.title]
    assert titles(Filters(licence=register.OPEN)) == [mine.title]
    assert titles(Filters(licence="LicenseRef-proprietary")) == [closed.title]
    assert titles(Filters(topics=[topics.of_thing(bare.id)[0].slug])) == [bare.title]
    assert titles(Filters(text="Technik")) == [bare.title]
    assert titles(Filters(text="Technik", stage=Stage.REGULAR)) == []


def test_the_register_begins_with_what_is_used_most(inside):
    named("A", use_count=2, vote_count=1)
    named("B", use_count=9, vote_count=0)
    named("C", use_count=2, vote_count=7)
    assert [title[-1] for title in titles()] == ["B", "C", "A"]
    assert [title[-1] for title in titles(sort="newest")] == ["C", "B", "A"]
    assert [title[-1] for title in titles(sort="supported")] == ["C", "A", "B"]


def test_hidden_entries_and_other_things_are_in_no_view(inside):
    entry, idea = named("heimlich"), make_idea()
    assert titles() == [entry.title]
    moderator = make_user(roles=[(Role.MODERATOR, entry.municipality)])
    moderation.hide(moderator, entry, reason="Werbung für ein Geschäft")
    assert titles() == []
    assert register.compared([entry.id, idea.id]) == []
    assert register.titles([entry.id, idea.id]) == []
    assert register.among(Filters(), [entry.id, idea.id]) == set()


@pytest.mark.parametrize("sort", register.ORDERS)
def test_pages_neither_repeat_nor_lose_an_entry(inside, sort):
    town = make_municipality()
    all_ids = {named(n, municipality=town, use_count=n % 2).id for n in range(7)}
    statement, order = register.listing(Filters(), sort), register.ORDERS[sort]
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        window = paging.window(statement, order, cursor, 3)
        seen += [card.id for card in window.items]
        cursor, pages = window.next, pages + 1
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == all_ids


# -- map and time line ---------------------------------------------------------------------------


def test_the_map_knows_own_marks_and_those_of_the_project(inside):
    project = make_project(latitude=50.5, longitude=9.5)
    moved = make_innovation(project.author, project=project, latitude=51.0, longitude=9.0)
    stayed = make_innovation(project.author, project=project)
    nowhere = make_innovation()
    marks = {row.id: (row.latitude, row.longitude) for row in register.drawn(Filters()).rows}
    assert marks == {moved.id: (51.0, 9.0), stayed.id: (50.5, 9.5), nowhere.id: (None, None)}


def test_what_is_drawn_is_bounded_to_the_most_used(inside, monkeypatch):
    monkeypatch.setattr(register, "MOST_DRAWN", 2)
    town = make_municipality()
    for n in range(3):
        named(n, municipality=town, use_count=n)
    found = register.drawn(Filters())
    assert [row.use_count for row in found.rows] == [2, 1]
    assert found.is_more


def test_the_time_line_counts_years_and_stages(inside):
    town = make_municipality()
    today = clock.today()
    named("jetzt", municipality=town, state=Stage.PILOT)
    named("alt", municipality=town, state=Stage.REGULAR, used_since=date(1999, 5, 1))
    named("älter", municipality=town, state=Stage.REGULAR, used_since=date(2001, 5, 1))
    last_year = today.replace(year=today.year - 1, day=1)
    named("aus", municipality=town, state=Stage.ENDED, used_since=last_year)
    drawn = timeline(register.drawn(Filters()).rows)
    assert [lane.stage for lane in drawn.lanes] == list(LANES)
    lanes = {lane.stage: lane for lane in drawn.lanes}
    assert drawn.columns[-1] == str(today.year)
    assert len(drawn.columns) == 11
    assert lanes[Stage.PILOT].stations[-1].is_now
    assert lanes[Stage.REGULAR].stations[0].number == 2  # both lie before the first year
    assert lanes[Stage.ENDED].stations[-2].number == 1
    assert sum(lane.total for lane in drawn.lanes) == 4
    assert lanes[Stage.REGULAR].stations[0].radius > lanes[Stage.PILOT].stations[-1].radius


def test_a_time_line_of_nothing_and_of_the_future(inside):
    assert timeline([]).columns == [str(clock.today().year)]
    ahead = named("bald", used_since=clock.today() + timedelta(days=800))
    rows = register.drawn(Filters()).rows
    assert year_of(rows[0]) == ahead.used_since.year
    assert sum(lane.total for lane in timeline(rows).lanes) <= 1


# -- addresses -----------------------------------------------------------------------------------

FULL = {
    "q": ["  Laden "],
    "kommune": ["lindfurt"],
    "thema": ["unterwegs", "erfunden"],
    "stufe": ["regular"],
    "art": ["stadt"],
    "groesse": ["bis-2000"],
    "kosten": ["small"],
    "lizenz": ["offen"],
    "nach": ["x"],
}


@pytest.fixture
def ground(inside):
    make_municipality("Lindfurt", slug="lindfurt", title="Stadt Lindfurt")
    make_topic("unterwegs", name_de="Unterwegs", name_en="Getting around")
    return inside


def test_an_address_is_read_and_written_in_one_form(ground):
    wanted = filters.read(FULL)
    assert (wanted.text, wanted.municipality.slug, wanted.topics) == (
        "Laden",
        "lindfurt",
        ("unterwegs",),
    )
    assert (wanted.stage, wanted.place, wanted.size) == (
        Stage.REGULAR,
        Place.TOWN,
        Size.UP_TO_2000,
    )
    plain = filters.address(wanted)
    assert plain["stufe"] == "regular"
    again = {name: [v] if isinstance(v, str) else v for name, v in plain.items()}
    assert filters.read(again) == wanted
    kept = filters.kept(wanted)
    assert set(kept) <= set(filters.NAMES)
    again = {name: [v] if isinstance(v, str) else v for name, v in kept.items()}
    assert filters.read(again) == wanted


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"stufe": ["x"], "art": ["dorf"], "groesse": ["7"], "kosten": ["viel"], "lizenz": ["a b"]},
        {"lizenz": ["x" * 41], "kommune": ["x" * 5000], "thema": [""] * 50, "q": [" "]},
        {"lizenz": ["<b>"], "status": ["open"], "stufe": []},
    ],
)
def test_what_the_register_does_not_offer_filters_nothing(ground, params):
    assert filters.read(params) == Filters()
    assert filters.address(filters.read(params)) == {}


def test_a_filter_in_words(ground):
    with force_locale("en"):
        assert filters.describe({}) == "Innovations"
        assert filters.describe({"kommune": ["lindfurt"], "status": ["ended"]}) == (
            "Innovations · Lindfurt · Honestly ended"
        )
        assert filters.describe({"lizenz": ["MIT"], "q": ["Laden"]}) == (
            "Innovations · MIT · “Laden”"
        )


def test_the_house_knows_the_list_by_its_address(ground):
    entry = named("gesucht", state=Stage.REGULAR)
    with ground.test_request_context():
        listed = house().saved_lists["innovations.index"]
    assert listed.among({"status": ["regular"]}, [entry.id, 999_999]) == {entry.id}
    assert listed.among({"status": ["pilot"]}, [entry.id]) == set()


# -- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def shelf(app):
    with app.app_context():
        first = named("mit Ort", latitude=50.0, longitude=9.0, use_count=3, licence="EUPL-1.2")
        second = named("ohne Ort", cost_class=CostClass.FREE)
        db.session.commit()
        return first.id, second.id


def test_the_three_views_show_the_same_entries(browser, shelf):
    for view in ("", "?ansicht=karte", "?ansicht=zeitlinie", "?ansicht=gibtesnicht"):
        page = browser.get(f"/innovationen{view}")
        assert page.words.index("Sprechstunde mit Ort") < page.words.index("Sprechstunde ohne Ort")
    drawn = browser.get("/innovationen?ansicht=karte")
    assert len(drawn.all("figure", class_="map")) == 1
    line = browser.get("/innovationen?ansicht=zeitlinie")
    assert len(line.all("table", class_="stage-line")) == 1


def test_filters_that_are_on_can_be_taken_off(browser, shelf):
    page = browser.get("/innovationen?lizenz=EUPL-1.2&ansicht=karte&vergleich=1")
    chips = page.one("ul", class_="chips")
    assert len(list(chips.iter("a"))) == 1
    href = next(chips.iter("a")).get("href")
    assert "lizenz" not in href
    assert "ansicht=karte" in href
    assert "vergleich=1" in href


def test_htmx_gets_the_results_alone(browser, shelf):
    page = browser.get("/innovationen?q=Sprechstunde", fragment=True)
    assert len(page.all("section", id="innovation_list")) == 1
    assert page.all("h1") == []


def test_nothing_found_shows_the_next_steps(browser, shelf):
    page = browser.get("/innovationen?q=Raumschiff&stufe=ended")
    links = [a.get("href") for a in page.one("div", class_="empty").iter("a")]
    assert "/innovationen" in links
    assert any(link.startswith("/innovationen/boerse/neu") for link in links)


def test_a_search_is_kept_with_its_stage(app, browser, shelf):
    with app.app_context():
        person = make_user()
        db.session.commit()
        number = person.id
    browser.sign_in(number)
    page = browser.get("/innovationen?stufe=regular&groesse=bis-2000")
    form = next(f for f in page.all("form") if f.get("action") == "/konto/suchen")
    values = {i.get("name"): i.get("value") for i in form.iter("input")}
    assert (values["status"], values["groesse"]) == ("regular", "bis-2000")
    assert browser.client.post("/konto/suchen", data=values).status_code == 303
    with app.app_context():
        kept = db.session.query(Subscription).filter_by(user_id=number).one()
        assert kept.params == {"status": ["regular"], "groesse": ["bis-2000"]}


def test_an_unclear_municipality_is_asked_back(app, browser, shelf):
    page = browser.get("/innovationen?kommune=Nirgendwo")
    assert "Nirgendwo" in page.words
    assert "Sprechstunde mit Ort" in page.words


def test_adoptions_stand_in_the_register_like_all_others(app):
    with app.app_context():
        origin = make_innovation()
        taken = make_adoption(origin)
        assert {row.id for row in register.drawn(Filters()).rows} == {origin.id, taken.id}
        assert isinstance(taken, Innovation)


def test_a_village_called_like_a_town_is_a_village(inside):
    village = make_municipality("Neustadt am Berg", title="Gemeinde Neustadt am Berg")
    town = make_municipality("Wehlen", title="Hansestadt Wehlen", kind=MunicipalityKind.GEMEINDE)
    village.kind = MunicipalityKind.GEMEINDE
    for place in (village, town):
        named(place.name, municipality=place)
    assert titles(Filters(place=Place.TOWN)) == ["Sprechstunde Wehlen"]
    assert titles(Filters(place=Place.VILLAGE)) == ["Sprechstunde Neustadt am Berg"]
