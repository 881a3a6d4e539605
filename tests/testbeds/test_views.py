"""The pages: one way from the offer to the result, refusals with kept input, closed doors."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.testbeds.models import Pilot, PilotState
from civic.testbeds.models import Testbed as Bed
from civic.testbeds.models import TestbedState as State
from tests.make import make_idea, make_municipality, make_topic, make_user
from tests.make_testbeds import PLAN, REASON, RESULT, admit, make_pilot, make_testbed

BODY = "Eine Halle mit Strom und Netz, in der Vereine und Projekte etwas aufbauen können."


class Cast:
    """A town with a test bed, an idea, and the people around it."""

    def __init__(self):
        self.town = make_municipality("Lindfurt")
        self.slug = self.town.slug
        self.topic = make_topic().slug
        self.testbed = make_testbed(self.town, title="Die Halle am Bach", capacity=1)
        self.staff = self.testbed.author
        self.idea = make_idea(municipality=self.town)
        self.author = self.idea.author
        self.stranger = make_user()
        self.neighbour = make_user(roles=[(Role.STAFF, make_municipality())])


@pytest.fixture
def cast(app):
    with app.app_context():
        cast = Cast()
        db.session.commit()
        for one in vars(cast).values():
            if hasattr(one, "id"):
                db.session.refresh(one)
        cast.ids = {name: one.id for name, one in vars(cast).items() if hasattr(one, "id")}
        db.session.expunge_all()
        return cast


def last_pilot(app):
    with app.app_context():
        return db.session.query(Pilot).order_by(Pilot.id.desc()).first().id


def state_of(app, id):
    with app.app_context():
        return db.session.get_one(Pilot, id).state


def test_from_the_offer_to_the_result(app, browser, cast):
    browser.sign_in(cast.ids["staff"])
    form = {
        "municipality": cast.slug,
        "title": "Freie Wand am Marktplatz",
        "body": BODY,
        "topics": cast.topic,
        "house_rules": "Nicht nach 22 Uhr.",
        "capacity": "1",
        "ends_on": "31.12.2030",
        "latitude": "50,1109",
        "longitude": "8,6821",
        "contact_name": "Hauptamt",
        "contact_phone": "0123 456",
    }
    made = browser.post("/erprobungsraeume/neu", **form).location
    assert "50.1109" in browser.get(made).text
    assert "Nicht nach 22 Uhr." in browser.get(made).words
    number = int(made.split("/")[-1].split("-")[0])

    browser.sign_in(cast.ids["author"])
    offered = browser.get(f"/erprobungsraeume/{number}/bewerben?beitrag={cast.ids['idea']}")
    assert (
        offered.one("input", type="radio", value=str(cast.ids["idea"])).get("checked") is not None
    )
    page = browser.post(
        f"/erprobungsraeume/{number}/bewerben", thing=str(cast.ids["idea"]), plan=PLAN
    ).location
    pilot = last_pilot(app)
    assert page.endswith(f"/bewerbungen/{pilot}")
    assert PLAN in browser.get(page).words

    browser.sign_in(cast.ids["staff"])
    assert browser.get(made).all("a", href=f"/erprobungsraeume/{number}/bewerbungen")
    browser.post(f"{page}/entscheiden", decision="admit", reason=REASON)
    assert state_of(app, pilot) is PilotState.ADMITTED

    browser.sign_in(cast.ids["author"])
    browser.post(f"{page}/abschliessen", result=RESULT)
    browser.sign_out()
    assert RESULT in browser.get(page).words
    assert RESULT in browser.get(made).words


@pytest.mark.parametrize(
    ("path", "form", "kept"),
    [
        ("neu", {"title": "Kurz", "body": BODY, "latitude": "abc"}, "abc"),
        ("neu", {"title": "Halle am Bach", "ends_on": "31.2.2027"}, "31.2.2027"),
        ("neu", {"title": "Halle am Bach", "latitude": "50,1"}, "50,1"),
        ("{testbed}/bearbeiten", {"title": "Die Halle am Berg", "capacity": "viele"}, "viele"),
    ],
)
def test_what_does_not_fit_comes_back(browser, cast, path, form, kept):
    browser.sign_in(cast.ids["staff"])
    page = browser.post("/erprobungsraeume/" + path.format(**cast.ids), 422, **form)
    assert page.one("div", id="error_summary") is not None
    assert kept in page.text


def test_an_application_that_does_not_fit_comes_back(browser, cast):
    browser.sign_in(cast.ids["author"])
    url = f"/erprobungsraeume/{cast.ids['testbed']}/bewerben"
    page = browser.post(url, 422, thing="another", reference="2026-99999", plan=PLAN)
    assert PLAN in page.text
    assert "reference-error" in page.text


def test_a_thing_is_named_by_its_number(app, browser, cast):
    browser.sign_in(cast.ids["author"])
    with app.app_context():
        number = db.session.get_one(Contribution, cast.ids["idea"]).reference
    url = f"/erprobungsraeume/{cast.ids['testbed']}/bewerben"
    browser.post(url, thing="another", reference=number, plan=PLAN)
    browser.sign_in(cast.ids["stranger"])
    browser.post(url, 422, thing="another", reference=number, plan=PLAN)


@pytest.fixture
def asked(app, cast):
    """An application of the author."""
    with app.app_context():
        testbed = db.session.get_one(Bed, cast.ids["testbed"])
        idea = make_idea(db.session.get_one(type(cast.author), cast.ids["author"]))
        pilot = make_pilot(testbed, idea)
        db.session.commit()
        return pilot.id


@pytest.mark.parametrize(
    ("who", "status"), [(None, 404), ("stranger", 404), ("neighbour", 404), ("staff", 200)]
)
def test_an_application_is_between_its_sides(browser, cast, asked, who, status):
    if who:
        browser.sign_in(cast.ids[who])
    browser.get(f"/erprobungsraeume/bewerbungen/{asked}", status)


@pytest.mark.parametrize("who", ["stranger", "neighbour", "author"])
def test_the_list_of_applications_is_for_the_administration(browser, cast, asked, who):
    browser.sign_in(cast.ids[who])
    browser.get(f"/erprobungsraeume/{cast.ids['testbed']}/bewerbungen", 403)


def test_a_second_admission_is_refused_in_words(app, browser, cast, asked):
    with app.app_context():
        testbed = db.session.get_one(Bed, cast.ids["testbed"])
        admit(make_pilot(testbed))
        db.session.commit()
    browser.sign_in(cast.ids["staff"])
    url = f"/erprobungsraeume/bewerbungen/{asked}/entscheiden"
    page = browser.post(url, 422, decision="admit", reason=REASON)
    assert "decision-error" in page.text
    assert REASON in page.text


def test_closing_waits_for_the_answer_and_can_be_undone(app, browser, cast, asked):
    browser.sign_in(cast.ids["staff"])
    url = f"/erprobungsraeume/{cast.ids['testbed']}"
    assert not browser.get(f"{url}/schliessen").all("button", class_="kern-btn--danger")
    browser.post(f"{url}/schliessen", 422)
    browser.post(
        f"/erprobungsraeume/bewerbungen/{asked}/entscheiden", decision="refuse", reason=REASON
    )
    browser.post(f"{url}/schliessen")
    with app.app_context():
        assert db.session.get_one(Bed, cast.ids["testbed"]).state == State.CLOSED
    browser.post(f"{url}/oeffnen")
    with app.app_context():
        assert db.session.get_one(Bed, cast.ids["testbed"]).state == State.OPEN


def test_an_application_is_taken_back(app, browser, cast, asked):
    browser.sign_in(cast.ids["author"])
    browser.get(f"/erprobungsraeume/bewerbungen/{asked}/zurueckziehen")
    browser.post(f"/erprobungsraeume/bewerbungen/{asked}/zurueckziehen")
    assert state_of(app, asked) is PilotState.WITHDRAWN


def test_list_and_map_say_the_same(app, browser, cast):
    with app.app_context():
        town = make_municipality()
        make_testbed(town, title="Die Wiese am See", latitude=50.0, longitude=9.0)
        db.session.commit()
    for url in ("/erprobungsraeume", "/erprobungsraeume?ansicht=karte"):
        words = browser.get(url).words
        assert "Die Wiese am See" in words
        assert "Die Halle am Bach" in words
    page = browser.get("/erprobungsraeume?ansicht=karte", fragment=True)
    assert len(page.all("figure", class_="map")) == 1


def test_what_one_looks_a_place_for_is_handed_on_to_the_form(browser, cast):
    browser.sign_in(cast.ids["author"])
    number = cast.ids["idea"]
    listed = browser.get(f"/erprobungsraeume?beitrag={number}&status=open")
    assert listed.one("input", name="beitrag").get("value") == str(number)
    [card] = [a for a in listed.all("a") if a.text == "Die Halle am Bach"]
    shown = browser.get(card.get("href"))
    [way] = [a.get("href") for a in shown.all("a") if "/bewerben" in a.get("href", "")]
    chosen = browser.get(way).one("input", type="radio", value=str(number))
    assert chosen.get("checked") is not None
    for odd in ("abc", "9" * 40, "-1", "<b>"):
        browser.get("/erprobungsraeume", query_string={"beitrag": odd})


def test_an_old_slug_leads_on_and_nothing_found_shows_a_way(browser, cast):
    browser.get(f"/erprobungsraeume/{cast.ids['testbed']}-alt", 301)
    assert browser.get("/erprobungsraeume?q=Unterwasserrugby").all("div", class_="empty")


def test_only_an_administration_finds_the_form(browser, cast):
    browser.sign_in(cast.ids["stranger"])
    browser.get("/erprobungsraeume/neu", 403)
    browser.sign_in(cast.ids["neighbour"])
    browser.get("/erprobungsraeume/neu")
    form = {"title": "Freie Wand am Markt", "body": BODY, "topics": cast.topic, "capacity": "1"}
    contact = {"contact_name": "Hauptamt", "contact_phone": "0123 456"}
    browser.post("/erprobungsraeume/neu", 422, municipality=cast.slug, **form, **contact)


def test_the_preview_answers_a_piece_and_a_page(browser, cast):
    browser.sign_in(cast.ids["staff"])
    for fragment in (True, False):
        page = browser.post("/erprobungsraeume/vorschau", 200, fragment=fragment, body="**Wand**")
        assert "<strong>Wand</strong>" in page.text


def test_an_application_to_a_bed_that_was_closed_meanwhile_keeps_its_plan(app, browser, cast):
    url = f"/erprobungsraeume/{cast.ids['testbed']}/bewerben"
    browser.sign_in(cast.ids["author"])
    thing = str(cast.ids["idea"])
    with app.app_context():
        db.session.get_one(Bed, cast.ids["testbed"]).state = State.CLOSED
        db.session.commit()
    page = browser.post(url, 422, thing=thing, plan=PLAN)
    assert page.one("textarea", name="plan").text.strip() == PLAN
    assert not browser.get(url).all("textarea", name="plan")
