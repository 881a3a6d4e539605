"""Pages of projects: whole, as a fragment, refused; and what stays in the form."""

import pytest
from sqlalchemy import func, select

from civic.core.db import db
from civic.projects.models import Project
from tests.make import TITLE as IDEA
from tests.make import make_idea, make_municipality, make_user
from tests.make_organisations import make_organisation
from tests.make_projects import (
    GOAL,
    LESSONS,
    TITLE,
    make_project,
)

REASON = "Der Brandschutz ist noch nicht geklärt; bitte sprechen Sie mit dem Bauamt."


def form_of(scene, **changes):
    return {
        "title": "Ein Reparaturcafé am Markt",
        "goal": GOAL,
        "municipality": "moosbach",
        "topics": scene["topic"],
        "joining": "request",
    } | changes


# -- the list --------------------------------------------------------------------------------


def test_the_list_is_a_page_and_a_fragment(scene, browser):
    page = browser.get("/projekte")
    assert page.one("h1").text == "Projekte"
    assert TITLE in page.words
    part = browser.get("/projekte", fragment=True)
    assert part.text.lstrip().startswith('<section class="results" id="project_list"')


def test_an_empty_list_shows_the_ways_on(scene, browser):
    empty = browser.get("/projekte?q=Schwimmbad&status=paused")
    assert any(a.get("href") == "/projekte?q=Schwimmbad" for a in empty.all("a"))
    assert any(a.get("href", "").startswith("/projekte/neu") for a in empty.all("a"))


@pytest.mark.parametrize("list_url", ["/projekte", "/projekte/gesucht"])
@pytest.mark.parametrize(
    "query", ["status=proposed", "kommune=nirgends", "sortierung=x", "thema=x", "nach=%%%"]
)
def test_values_that_no_list_offers_do_no_harm(scene, browser, list_url, query):
    browser.get(f"{list_url}?{query}")


def test_what_is_wanted_leads_to_the_team(scene, browser):
    page = browser.get("/projekte/gesucht")
    [link] = [a for a in page.all("a") if a.text == "Jemand, der fotografiert"]
    assert link.get("href") == f"{scene['base']}/gesucht#opening_{scene['opening']}"
    browser.get(link.get("href"))


def test_a_search_can_be_kept_and_followed_as_a_feed(scene, browser):
    feed = browser.get("/feeds/projekte.atom?kommune=moosbach")
    assert TITLE in feed.text
    browser.sign_in(scene["resident"])
    browser.post("/konto/suchen", endpoint="projects.index", kommune="moosbach")
    assert "Projekte · Moosbach" in browser.get("/konto/suchen").words


# -- the page --------------------------------------------------------------------------------


def test_the_page_shows_goal_team_ideas_and_what_is_wanted(scene, browser):
    page = browser.get(scene["url"])
    for words in (GOAL, "Lea Leitung", "Mia Mit", IDEA, "Jemand, der fotografiert"):
        assert words in page.words
    assert "public" in page.headers["Cache-Control"]
    assert browser.get(scene["base"], 301).location == scene["url"]
    assert TITLE in browser.get(f"/ideen/{scene['idea']}-baenke-am-weg-zum-friedhof").words


def test_the_idea_leads_to_a_new_project(scene, browser):
    page = browser.get(f"/ideen/{scene['idea']}-baenke-am-weg-zum-friedhof")
    [link] = [a for a in page.all("a") if a.get("href", "").startswith("/projekte/neu?idee=")]
    browser.sign_in(scene["resident"])
    form = browser.get(link.get("href"))
    assert form.one("input", name="title").get("value") == IDEA
    box = form.one("input", name="ideas")
    assert (box.get("value"), box.get("checked")) == (str(scene["idea"]), "")


def test_only_the_team_and_the_administration_know_of_a_proposal(proposed, browser):
    browser.get(proposed["url"], 404)
    for name, status in (("resident", 404), ("lead", 200), ("staff", 200)):
        browser.sign_in(proposed[name])
        browser.get(proposed["url"], status)
    browser.sign_out()
    for url in ("/projekte", "/projekte?q=B%C3%BCcherei", "/feeds/projekte.atom"):
        assert TITLE not in browser.get(url).text
    browser.get(f"/feeds/beitraege/{proposed['id']}.atom", 404)


# -- beginning -------------------------------------------------------------------------------


def test_a_project_is_begun_from_ideas(app, scene, browser):
    browser.sign_in(scene["resident"])
    sent = form_of(scene, ideas=str(scene["idea"]), budget="12.500 €", begins_on="1.2.2027")
    page = browser.post("/projekte/neu", **sent)
    assert page.location.endswith("-ein-reparaturcafe-am-markt")
    shown = browser.get(page.location)
    assert "12.500 Euro" in shown.words
    assert "1. Februar 2027" in shown.words
    assert IDEA in shown.words


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"goal": "Zu kurz."}, "goal"),
        ({"budget": "viel"}, "budget"),
        ({"begins_on": "gestern"}, "begins_on"),
        ({"begins_on": "2.2.2027", "ends_on": "1.2.2027"}, "ends_on"),
        ({"latitude": "50,1"}, "longitude"),
    ],
)
def test_a_mistake_keeps_the_input_and_names_the_field(scene, browser, changes, field):
    browser.sign_in(scene["resident"])
    page = browser.post("/projekte/neu", 422, **form_of(scene, **changes))
    assert page.one("input", name="title").get("value") == "Ein Reparaturcafé am Markt"
    links = [a.get("href") for a in page.one("div", id="error_summary").iter("a")]
    assert links == [f"#{field}"]


def test_ideas_are_looked_for_without_losing_what_is_typed(app, scene, browser):
    browser.sign_in(scene["resident"])
    page = browser.post("/projekte/neu", 200, **form_of(scene, find="Friedhof", look="1"))
    assert page.one("input", name="ideas").get("value") == str(scene["idea"])
    assert page.one("input", name="ideas").get("checked") is None
    assert page.one("input", name="title").get("value") == "Ein Reparaturcafé am Markt"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Project)) == 1


def test_the_draft_is_found_again_and_seen_by_nobody_else(scene, browser):
    browser.sign_in(scene["resident"])
    sent = form_of(scene, title="Halb fertig", goal="", begins_on="irgendwann", draft="1")
    browser.post("/projekte/neu", **sent)
    form = browser.get(f"/projekte/neu?idee={scene['idea']}")
    assert form.one("input", name="title").get("value") == "Halb fertig"
    assert form.one("input", name="begins_on").get("value") == "irgendwann"
    assert form.one("input", name="ideas").get("value") == str(scene["idea"])
    part = browser.post("/projekte/entwurf", 200, fragment=True, **form_of(scene))
    assert part.one("p", id="draft_state") is not None
    browser.sign_in(scene["member"])
    assert browser.get("/projekte/neu").one("input", name="title").get("value", "") == ""
    browser.sign_in(scene["resident"])
    browser.post("/projekte/entwurf/verwerfen")
    assert browser.get("/projekte/neu").one("input", name="title").get("value", "") == ""


@pytest.mark.parametrize("field", ["goal", "problem", "lessons", "words"])
def test_the_preview_shows_the_text_as_it_will_look(scene, browser, field):
    browser.sign_in(scene["lead"])
    text = {field: "**fett** <b>nicht</b>"}
    part = browser.post(f"/projekte/vorschau/{field}", 200, fragment=True, **text)
    assert "<strong>fett</strong>" in part.text
    assert "<b>" not in part.text
    browser.post(f"/projekte/vorschau/{field}", 200, **text)


def test_it_is_begun_in_the_name_of_an_organisation(app, scene, browser):
    with app.app_context():
        person = make_user()
        club = make_organisation(person, name="Heimatverein Moosbach")
        db.session.commit()
        person_id, club_id = person.id, club.id
    browser.sign_in(person_id)
    page = browser.post("/projekte/neu", **form_of(scene, voice=str(club_id)))
    assert "von Heimatverein Moosbach" in browser.get(page.location).words


# -- who reaches what ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "who"),
    [
        ("bearbeiten", {"lead"}),
        ("gesucht/neu", {"lead"}),
        ("anfragen", {"lead"}),
        ("einladungen", {"lead"}),
        ("abschliessen", {"lead"}),
        ("beenden", {"lead", "staff"}),
        ("pausieren", {"staff"}),
        ("kontakt", {"staff"}),
        ("genehmigen", set()),
        ("fortsetzen", set()),
        ("erkenntnisse", set()),
        ("beitreten", {"resident", "staff", "staff_elsewhere"}),
        ("verlassen", {"lead", "member"}),
    ],
)
def test_who_reaches_what(scene, browser, act, who):
    for name in ("lead", "member", "resident", "staff", "staff_elsewhere"):
        browser.sign_in(scene[name])
        browser.get(f"{scene['base']}/{act}", 200 if name in who else 403)
    browser.sign_out()
    assert "/anmelden" in browser.get(f"{scene['base']}/{act}", 302).location


def test_what_waits_is_listed_for_the_administration_alone(proposed, browser):
    for name, status in (("resident", 404), ("lead", 404), ("staff", 200)):
        browser.sign_in(proposed[name])
        browser.get("/projekte/genehmigen", status)
    assert TITLE in browser.get("/projekte/genehmigen").words
    assert "Projekte, die auf Genehmigung warten" in browser.get("/projekte").words


# -- steps -----------------------------------------------------------------------------------


def test_refused_changed_proposed_again_and_approved(app, proposed, browser):
    browser.sign_in(proposed["staff"])
    act = f"{proposed['base']}/genehmigen"
    page = browser.post(act, 422, decision="refuse", reason="Nein.")
    assert page.one("textarea", name="reason").get("aria-invalid") == "true"
    browser.post(act, decision="refuse", reason=REASON)
    browser.sign_in(proposed["lead"])
    assert REASON in browser.get(proposed["url"]).words
    browser.post(f"{proposed['base']}/vorschlagen")
    browser.sign_in(proposed["staff"])
    browser.post(act, decision="approve", reason="")
    browser.sign_out()
    page = browser.get(proposed["url"])
    assert REASON not in page.text
    assert REASON not in browser.get(f"/feeds/beitraege/{proposed['id']}.atom").text


def test_the_life_of_a_project_on_its_page(scene, browser):
    browser.sign_in(scene["lead"])
    browser.post(f"{scene['base']}/starten")
    browser.sign_in(scene["staff"])
    browser.post(f"{scene['base']}/pausieren", 422, reason="Halt.")
    browser.post(f"{scene['base']}/pausieren", reason=REASON)
    assert REASON in browser.get(scene["url"]).words
    browser.post(f"{scene['base']}/fortsetzen", remark="")
    browser.sign_in(scene["lead"])
    url = f"{scene['base']}/abschliessen"
    page = browser.post(url, 422, lessons="Gut.")
    assert page.one("textarea", name="lessons").get("aria-invalid") == "true"
    browser.post(url, lessons=LESSONS)
    browser.sign_out()
    assert LESSONS in browser.get(scene["url"]).words


@pytest.mark.parametrize(("who", "words"), [("lead", LESSONS), ("staff", REASON)])
def test_an_ending_is_read_by_everybody(scene, browser, who, words):
    browser.sign_in(scene[who])
    page = browser.post(f"{scene['base']}/beenden", 422, words="Aus.")
    assert page.one("textarea", name="words").get("aria-invalid") == "true"
    browser.post(f"{scene['base']}/beenden", words=words)
    browser.sign_out()
    assert words in browser.get(scene["url"]).words


def test_the_contact_stands_with_the_team(app, scene, browser):
    browser.sign_in(scene["staff"])
    browser.post(f"{scene['base']}/kontakt", person=str(scene["staff"]))
    browser.sign_out()
    assert "Ansprechperson in der Verwaltung" in browser.get(f"{scene['base']}/team").words
    browser.sign_in(scene["staff"])
    browser.post(f"{scene['base']}/kontakt", person="0")
    browser.post(f"{scene['base']}/kontakt", 422, person=str(scene["resident"]))


def test_an_edit_of_an_old_version_is_refused_with_words(scene, browser):
    browser.sign_in(scene["lead"])
    url = f"{scene['base']}/bearbeiten"
    form = browser.get(url)
    assert form.one("textarea", name="goal").text.strip() == GOAL
    assert not form.all("select", name="municipality")
    sent = form_of(scene)
    browser.post(url, **sent, seen="1")
    page = browser.post(url, 409, **sent, seen="1")
    assert page.one("input", name="title").get("value") == sent["title"]
    browser.post(url, **sent, seen=page.one("input", name="seen").get("value"))


def test_votes_for_a_project_have_no_goal(app, browser):
    """From how many votes on the council deals with something is a rule of ideas."""
    with app.app_context():
        town = make_municipality(support_threshold=3)
        project, idea = make_project(municipality=town), make_idea(municipality=town)
        db.session.commit()
        urls = (
            f"/projekte/{project.id}-buecherei-am-abend",
            f"/ideen/{idea.id}-baenke-am-weg-zum-friedhof",
        )
    assert [len(browser.get(url).all("progress")) for url in urls] == [0, 1]


@pytest.mark.parametrize("number", ["9" * 20, "3000000000", "-1", "x", "0"])
def test_what_is_no_number_of_an_idea_stands_at_its_field(scene, browser, number):
    browser.sign_in(scene["lead"])
    browser.post("/projekte/neu", 422, **form_of(scene), ideas=number)
    browser.post("/projekte/entwurf", **form_of(scene), ideas=number)
    browser.get("/projekte/neu")
