"""Pages of a team: coming, going, asking, being invited, and what it looks for."""

import re

from sqlalchemy import select

from civic.core.db import db
from civic.core.outbox import Mail
from civic.organisations.models import Joining, RequestState
from civic.projects import service
from civic.projects.models import Opening, Project, TeamMember, TeamRequest, TeamRole
from tests.make import make_user
from tests.make_projects import MESSAGE, TITLE, make_project

# -- the team --------------------------------------------------------------------------------


def test_asked_answered_and_in_the_team(app, scene, browser):
    browser.sign_in(scene["resident"])
    page = browser.post(f"{scene['base']}/beitreten", 422, message="Hallo")
    assert page.one("textarea", name="message").text.strip() == "Hallo"
    browser.post(f"{scene['base']}/beitreten", message=MESSAGE)
    assert "Sie haben am" in browser.get(f"{scene['base']}/team").words
    browser.sign_in(scene["lead"])
    page = browser.get(f"{scene['base']}/anfragen")
    assert MESSAGE in page.words
    [link] = [a.get("href") for a in page.all("a") if "/anfragen/" in a.get("href", "")]
    browser.post(link, 422, decision="decline", answer="")
    browser.post(link, decision="accept", answer="Willkommen!")
    browser.sign_in(scene["resident"])
    assert "Rita Resi" in browser.get(f"{scene['base']}/team").words
    assert "Willkommen!" in browser.get("/konto/projekte").words


def test_an_application_is_sent_and_taken_back(app, scene, browser):
    browser.sign_in(scene["resident"])
    url = f"{scene['base']}/gesucht/{scene['opening']}/bewerben"
    browser.post(url, message=MESSAGE)
    assert "Jemand, der fotografiert" in browser.get("/konto/projekte").words
    with app.app_context():
        asked = db.session.scalars(select(TeamRequest)).one()
        number, wanted = asked.id, asked.opening_id
    assert wanted == scene["opening"]
    browser.sign_in(scene["member"])
    browser.post(f"{scene['base']}/anfragen/{number}/zurueckziehen", 403)
    browser.sign_in(scene["resident"])
    browser.post(f"{scene['base']}/anfragen/{number}/zurueckziehen")
    with app.app_context():
        assert db.session.get(TeamRequest, number).state is RequestState.WITHDRAWN


def test_into_an_open_team_one_walks(app, scene, browser):
    with app.app_context():
        project = make_project(joining=Joining.OPEN)
        db.session.commit()
        number = project.id
    browser.sign_in(scene["resident"])
    browser.post(f"/projekte/{number}/beitreten", task="Plakate")
    assert "Plakate" in browser.get(f"/projekte/{number}/team").words
    browser.post(f"/projekte/{number}/team/ich", task="Kuchen")
    assert "Kuchen" in browser.get(f"/projekte/{number}/team").words
    browser.post(f"/projekte/{number}/verlassen")
    with app.app_context():
        assert db.session.get(TeamMember, (number, scene["resident"])) is None


def test_the_lead_hands_over_when_leaving(app, scene, browser):
    browser.sign_in(scene["lead"])
    url = f"{scene['base']}/verlassen"
    assert browser.get(url).one("input", name="heir").get("value") == str(scene["member"])
    browser.post(url, 422)
    browser.post(url, heir=str(scene["member"]))
    with app.app_context():
        assert db.session.get_one(Project, scene["project"]).leads == [scene["member"]]


def test_who_is_alone_is_told_the_ways(app, browser):
    with app.app_context():
        project = make_project()
        db.session.commit()
        number, lead = project.id, project.author_id
    browser.sign_in(lead)
    page = browser.get(f"/projekte/{number}/verlassen")
    assert any(a.get("href") == f"/projekte/{number}/beenden" for a in page.all("a"))
    browser.post(f"/projekte/{number}/verlassen", 422)


def test_the_lead_is_shared_and_laid_down(app, scene, browser):
    browser.sign_in(scene["lead"])
    browser.get(f"{scene['base']}/team/{scene['member']}/leitung")
    browser.post(f"{scene['base']}/team/{scene['member']}/leitung")
    browser.get(f"{scene['base']}/team/{scene['member']}/entfernen", 403)
    browser.post(f"{scene['base']}/team/abgeben")
    with app.app_context():
        assert db.session.get_one(Project, scene["project"]).leads == [scene["member"]]
        assert db.session.get_one(TeamMember, (scene["project"], scene["lead"])).role is (
            TeamRole.MEMBER
        )


def test_a_member_is_taken_out_after_a_question(app, scene, browser):
    browser.sign_in(scene["lead"])
    url = f"{scene['base']}/team/{scene['member']}/entfernen"
    browser.post(url, 422, reason="Weg.")
    browser.post(url, reason="War seit Mai nicht mehr da.")
    browser.get(url, 404)


def test_openings_are_put_up_changed_and_settled(app, scene, browser):
    browser.sign_in(scene["lead"])
    browser.post(f"{scene['base']}/gesucht/neu", 422, title="X")
    browser.post(f"{scene['base']}/gesucht/neu", title="Jemand mit Bohrmaschine", hours="2 Stunden")
    with app.app_context():
        number = db.session.scalars(select(Opening.id).filter_by(hours="2 Stunden")).one()
    one = f"{scene['base']}/gesucht/{number}"
    form = browser.get(f"{one}/bearbeiten")
    assert form.one("input", name="title").get("value") == "Jemand mit Bohrmaschine"
    browser.post(f"{one}/bearbeiten", title="Jemand mit Leiter", hours="")
    for end, word in (("gefunden", "Gefunden"), ("wieder", "Gesucht"), ("schliessen", "Nicht")):
        page = browser.post(f"{one}/{end}")
        assert page.location == f"{scene['base']}/gesucht#opening_{number}"
        assert word in browser.get(f"{scene['base']}/gesucht").words
    browser.post(f"{one}/verschenken", 404)


# -- invitations -----------------------------------------------------------------------------


def token_in(app):
    with app.app_context():
        mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
        return re.search(r"/projekte/einladung/(\S+)", mail.text).group(1)


def test_an_invitation_leads_into_the_team(app, scene, browser):
    with app.app_context():
        guest = make_user("Gerd Gast")
        db.session.commit()
        address, number = guest.email, guest.id
    browser.sign_in(scene["lead"])
    browser.post(f"{scene['base']}/einladungen", 422, email="keine", role="member")
    browser.post(f"{scene['base']}/einladungen", email=address, role="member")
    assert address in browser.get(f"{scene['base']}/einladungen").words
    url = f"/projekte/einladung/{token_in(app)}"
    browser.sign_out()
    assert "Lea Leitung" not in browser.get(url).words
    browser.sign_in(scene["resident"])
    page = browser.get(url)
    assert "Lea Leitung" not in page.words
    assert not page.all("input", name="decision")
    browser.post(url, 422, decision="accept")
    browser.sign_in(number)
    assert "Lea Leitung" in browser.get(url).words
    assert TITLE in browser.get("/konto/projekte").words
    assert browser.post(url, decision="accept").location == f"{scene['base']}/team"
    assert "Gerd Gast" in browser.get(f"{scene['base']}/team").words
    browser.get(url, 404)


def test_an_invitation_can_be_declined_sent_again_and_taken_back(app, scene, browser):
    with app.app_context():
        guest = make_user()
        db.session.commit()
        address, number = guest.email, guest.id
    browser.sign_in(scene["lead"])
    invitations = f"{scene['base']}/einladungen"
    browser.post(invitations, email=address, role="lead")
    first = token_in(app)
    page = browser.get(invitations)
    [again] = [f.get("action") for f in page.all("form") if f.get("action").endswith("/nochmals")]
    browser.post(again)
    second = token_in(app)
    browser.get(f"/projekte/einladung/{first}", 404)
    browser.sign_in(number)
    browser.post(f"/projekte/einladung/{second}", decision="decline")
    browser.get(f"/projekte/einladung/{second}", 404)
    browser.sign_in(scene["lead"])
    browser.post(invitations, email=address, role="member")
    page = browser.get(invitations)
    [back] = [
        f.get("action")
        for f in page.all("form")
        if re.search(r"/einladungen/\d+/zurueckziehen$", f.get("action"))
    ]
    browser.post(back)
    browser.get(f"/projekte/einladung/{token_in(app)}", 404)


def test_who_owns_the_address_needs_no_link(app, scene, browser):
    with app.app_context():
        guest = make_user()
        project = db.session.get_one(Project, scene["project"])
        service.invite(
            project.people[0].user, project, email=guest.email, role=TeamRole.MEMBER, language="de"
        )
        number = guest.id
    browser.sign_in(number)
    page = browser.get("/konto/projekte")
    [link] = [a.get("href") for a in page.all("a") if "/projekte/einladungen/" in a.get("href")]
    browser.sign_in(scene["resident"])
    browser.get(link, 404)
    browser.sign_in(number)
    browser.post(link, decision="accept")
    with app.app_context():
        assert db.session.get(TeamMember, (scene["project"], number)) is not None


def test_my_projects_hold_what_nobody_else_sees(proposed, browser):
    browser.sign_in(proposed["lead"])
    assert TITLE in browser.get("/konto/projekte").words
    browser.sign_in(proposed["resident"])
    assert TITLE not in browser.get("/konto/projekte").words


def test_a_member_sees_the_way_out_and_a_stranger_the_way_in(scene, browser):
    base = scene["base"]
    page = browser.get(f"{base}/team")
    assert not any("/verlassen" in a.get("href", "") for a in page.all("a"))
    browser.sign_in(scene["resident"])
    assert any(a.get("href") == f"{base}/beitreten" for a in browser.get(f"{base}/team").all("a"))
    browser.sign_in(scene["member"])
    assert any(a.get("href") == f"{base}/verlassen" for a in browser.get(f"{base}/team").all("a"))
