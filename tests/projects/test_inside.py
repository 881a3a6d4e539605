"""What is of the team alone is nowhere for anybody else; and the pages do what they say."""

import pytest

from civic.core.clock import today
from civic.core.db import db
from civic.projects import service
from civic.projects.models import Project, Task, TeamMember
from tests.projects.scene import make_scene

INNER_TITLES = ("Geheime Aufgabe", "Nur unter uns")
WORDS = {"title": "Die erste Bank steht", "body": "Seit gestern steht die erste Bank."}


@pytest.fixture
def scene(app):
    """Numbers of people, of the project and of what its team made."""
    with app.app_context():
        scene = make_scene()
        lead, project = scene.lead, scene.project
        stone = service.add_milestone(lead, project, title="Meilenstein Eins", due_on=today())
        task = service.add_task(
            lead,
            project,
            title="Geheime Aufgabe",
            owner_id=scene.member.id,
            due_on=today(),
            milestone_id=stone.id,
        )
        inner = service.add_post(
            lead, project, title="Nur unter uns", body="Das bleibt im Team.", is_inner=True
        )
        public = service.add_post(lead, project, **WORDS, is_inner=False)
        decision = service.record_decision(
            lead, project, service.Wording("Sechs Bänke", "", "Gemeinderat", "", today())
        )
        db.session.commit()
        numbers = {name: person.id for name, person in vars(scene).items() if hasattr(person, "id")}
        return numbers | {
            "milestone": stone.id,
            "task": task.id,
            "inner": inner.id,
            "public": public.id,
            "decision": decision.id,
        }


#: Pages and acts of the team alone, with the number that stands in the address.
INNER_PAGES = (
    ("/projekte/{project}/innen", "GET"),
    ("/projekte/{project}/aufgaben", "GET"),
    ("/projekte/{project}/aufgaben?status=erledigt", "GET"),
    ("/projekte/{project}/aufgaben/neu", "GET"),
    ("/projekte/{project}/aufgaben/neu", "POST"),
    ("/projekte/aufgaben/{task}/bearbeiten", "GET"),
    ("/projekte/aufgaben/{task}/bearbeiten", "POST"),
    ("/projekte/aufgaben/{task}/erledigt", "POST"),
    ("/projekte/aufgaben/{task}/offen", "POST"),
    ("/projekte/aufgaben/{task}/entfernen", "GET"),
    ("/projekte/aufgaben/{task}/entfernen", "POST"),
    ("/projekte/{project}/kalender", "GET"),
    ("/projekte/{project}/kalender", "POST"),
    ("/projekte/{project}/kalender/widerrufen", "GET"),
    ("/projekte/{project}/kalender/widerrufen", "POST"),
    ("/projekte/nachrichten/{inner}", "GET"),
    ("/projekte/nachrichten/{inner}/bearbeiten", "GET"),
    ("/projekte/nachrichten/{inner}/bearbeiten", "POST"),
    ("/projekte/nachrichten/{inner}/entfernen", "GET"),
    ("/projekte/nachrichten/{inner}/entfernen", "POST"),
)
#: Ways past the room: what acts do to any thing, with the number of inner news.
BY_NUMBER = (
    ("/beitraege/{inner}/kommentare", "GET"),
    ("/beitraege/{inner}/anhaenge", "GET"),
    ("/beitraege/{inner}/ausblenden", "GET"),
    ("/beitraege/{inner}/mitteilungen", "GET"),
    ("/beitraege/{inner}/moderation", "GET"),
    ("/feeds/beitraege/{inner}.atom", "GET"),
    ("/beitraege/{inner}/kommentare", "POST"),
    ("/beitraege/{inner}/stimme", "POST"),
    ("/beitraege/{inner}/folgen", "POST"),
)
#: What everybody may know of and only the team may change.
TEAM_ACTS = (
    "/projekte/{project}/meilensteine/neu",
    "/projekte/meilensteine/{milestone}/bearbeiten",
    "/projekte/meilensteine/{milestone}/abschliessen",
    "/projekte/meilensteine/{milestone}/oeffnen",
    "/projekte/meilensteine/{milestone}/entfernen",
    "/projekte/{project}/nachrichten/neu",
    "/projekte/nachrichten/{public}/bearbeiten",
    "/projekte/nachrichten/{public}/entfernen",
    "/projekte/{project}/beschluesse/neu",
    "/projekte/beschluesse/{decision}/bearbeiten",
    "/projekte/beschluesse/{decision}/entfernen",
)
PUBLIC_PAGES = (
    "/projekte/{project}/meilensteine",
    "/projekte/{project}/nachrichten",
    "/projekte/nachrichten/{public}",
    "/projekte/{project}/beschluesse",
    "/projekte/beschluesse/{decision}",
)
OUTSIDERS = ("other_lead", "staff", "staff_elsewhere", "moderator", "resident")


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_inner_address_is_there_for_anybody_outside(scene, browser, who):
    browser.sign_in(scene[who])
    for url, method in INNER_PAGES + BY_NUMBER:
        ask = browser.get if method == "GET" else browser.post
        ask(url.format(**scene), 404)


def test_a_stranger_is_asked_to_sign_in_and_inner_news_are_not_there(scene, browser):
    for url, method in INNER_PAGES:
        if url == "/projekte/nachrichten/{inner}":
            browser.get(url.format(**scene), 404)
        elif method == "GET":
            page = browser.get(url.format(**scene), 302)
            assert page.location.startswith("/anmelden")


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_outside_changes_what_everybody_sees(scene, browser, who):
    browser.sign_in(scene[who])
    for url in TEAM_ACTS:
        browser.get(url.format(**scene), 403)
        browser.post(url.format(**scene), 403)


@pytest.mark.parametrize("who", [None, *OUTSIDERS, "member"])
def test_public_pages_are_read_by_all_and_name_nothing_inner_outside(scene, browser, who):
    if who:
        browser.sign_in(scene[who])
    for url in PUBLIC_PAGES:
        words = browser.get(url.format(**scene)).words
        if who != "member":
            assert not [title for title in INNER_TITLES if title in words], url


def test_the_team_reads_all_of_it(scene, browser):
    browser.sign_in(scene["member"])
    for url, method in INNER_PAGES:
        if method == "GET":
            browser.get(url.format(**scene))
    words = browser.get(f"/projekte/{scene['project']}/innen").words
    assert all(title in words for title in INNER_TITLES)
    assert "Geheime Aufgabe" in browser.get("/konto/aufgaben").words


def test_who_has_left_the_team_is_outside(app, scene, browser):
    with app.app_context():
        place = db.session.get_one(TeamMember, (scene["project"], scene["member"]))
        db.session.delete(place)
        db.session.commit()
    browser.sign_in(scene["member"])
    for url, method in INNER_PAGES:
        ask = browser.get if method == "GET" else browser.post
        ask(url.format(**scene), 404)
    assert "Geheime Aufgabe" not in browser.get("/konto/aufgaben").words


# -- what the pages do -----------------------------------------------------------------------


def test_a_task_is_written_given_done_and_undone(app, scene, browser):
    browser.sign_in(scene["lead"])
    url = f"/projekte/{scene['project']}/aufgaben"
    wrong = browser.post(f"{url}/neu", 422, title="", due_on="31.02.2026", owner="", milestone="")
    assert "24.12.2026" in wrong.words
    assert wrong.one("input", name="due_on").get("value") == "31.02.2026"
    browser.post(f"{url}/neu", title="Farbe holen", due_on="1.9.2027", owner=str(scene["member"]))
    with app.app_context():
        made = db.session.query(Task).filter_by(title="Farbe holen").one()
        assert (made.due_on.isoformat(), made.owner_id) == ("2027-09-01", scene["member"])
        number = made.id
    part = browser.post(f"/projekte/aufgaben/{number}/erledigt", 200, fragment=True)
    assert part.text.lstrip().startswith(f'<li id="task_item_{number}">')
    assert part.one("form", action=f"/projekte/aufgaben/{number}/offen") is not None
    back = browser.post(f"/projekte/aufgaben/{number}/offen", next=f"{url}?person=ich")
    assert back.location == f"{url}?person=ich#task_item_{number}"


@pytest.mark.parametrize(
    "query",
    ["status=x", "person=0", "person=999999", "meilenstein=x", "nach=%%%", "person=ich&status="],
)
def test_filters_that_no_list_offers_do_no_harm(scene, browser, query):
    browser.sign_in(scene["lead"])
    browser.get(f"/projekte/{scene['project']}/aufgaben?{query}")
    browser.get(f"/konto/aufgaben?{query}")


def test_tasks_are_found_by_person_and_milestone(scene, browser):
    browser.sign_in(scene["lead"])
    url = f"/projekte/{scene['project']}/aufgaben"
    for query, is_there in (
        ("person=ich", False),
        (f"person={scene['member']}", True),
        ("person=niemand", False),
        (f"meilenstein={scene['milestone']}", True),
        ("status=erledigt", False),
    ):
        part = browser.get(f"{url}?{query}", fragment=True)
        assert part.text.lstrip().startswith('<section class="results')
        assert ("Geheime Aufgabe" in part.words) is is_there, query


def test_a_milestone_is_set_settled_and_opened_again(scene, browser):
    browser.sign_in(scene["member"])
    url = f"/projekte/{scene['project']}/meilensteine"
    browser.post(f"{url}/neu", title="Die zweite Bank steht", due_on="2027-09-01")
    assert "Die zweite Bank steht" in browser.get(url).words
    one = f"/projekte/meilensteine/{scene['milestone']}"
    wrong = browser.post(
        f"{one}/abschliessen", 422, state="reached", settled_on="01.01.2099", result="Sie steht."
    )
    assert wrong.one("textarea", name="result").text.strip() == "Sie steht."
    browser.post(
        f"{one}/abschliessen", state="reached", settled_on=f"{today():%d.%m.%Y}", result="Fertig."
    )
    browser.sign_out()
    assert "Fertig." in browser.get(url).words


def test_news_are_written_inside_and_shown_to_all_later(scene, browser):
    browser.sign_in(scene["member"])
    words = {"title": WORDS["title"], "body": WORDS["body"]}
    made = browser.post(f"/projekte/{scene['project']}/nachrichten/neu", **words, audience="inner")
    browser.post(f"{made.location}/bearbeiten", **words, audience="public")
    browser.post(f"{made.location}/bearbeiten", 422, **words, audience="inner")
    browser.sign_out()
    assert browser.get(made.location).one("h1").text == WORDS["title"]


def test_a_decision_shows_its_trace(scene, browser):
    browser.sign_in(scene["lead"])
    one = f"/projekte/beschluesse/{scene['decision']}"
    form = {"title": "Sieben Bänke", "body": "Gemeinderat", "decided_on": f"{today():%d.%m.%Y}"}
    browser.post(f"{one}/bearbeiten", 422, **form, reason="")
    browser.post(f"{one}/bearbeiten", **form, reason="Eine war vergessen.")
    browser.sign_out()
    words = browser.get(one).words
    assert all(said in words for said in ("Sieben Bänke", "Eine war vergessen.", "Sechs Bänke"))
    browser.sign_in(scene["lead"])
    browser.post(f"{one}/entfernen", reason="Gehört nicht hierher.")
    browser.sign_out()
    browser.get(one, 404)
    listed = browser.get(f"/projekte/{scene['project']}/beschluesse").words
    assert "Gehört nicht hierher." in listed


@pytest.mark.parametrize("state", ["ended", "completed", "paused"])
def test_in_every_state_the_pages_are_there(app, scene, browser, state):
    with app.app_context():
        db.session.get_one(Project, scene["project"]).state = state
        db.session.commit()
    browser.sign_in(scene["member"])
    for url in PUBLIC_PAGES:
        browser.get(url.format(**scene))
    browser.get(f"/projekte/{scene['project']}/innen")
    browser.get(f"/projekte/aufgaben/{scene['task']}/bearbeiten", 200 if state == "paused" else 403)
