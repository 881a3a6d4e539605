"""What is not approved yet, or hidden, is read about nowhere, whoever looks."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.core import clock
from civic.core.db import db
from civic.moderation import service as moderation
from civic.projects import service
from civic.projects.models import TeamRole
from civic.votes import service as votes
from tests.make import make_idea, make_municipality, make_topic, make_user
from tests.make_organisations import make_organisation
from tests.make_projects import LESSONS, make_opening, make_project, make_request

#: What is looked for, which a page repeats, and what no page may say.
SAID, SECRET = "Quittengelee", "Zimtstern"
PLACES = (
    "/",
    "/projekte",
    "/projekte?q=Quittengelee",
    "/projekte?kommune=moosbach",
    "/projekte?thema=bildung",
    "/projekte?eigene=y",
    "/projekte?gemerkt=y",
    "/projekte?status=forming",
    "/projekte/gesucht",
    "/projekte/gesucht?q=Quittengelee",
    "/projekte/genehmigen",
    "/projekte/neu?idee={idea}",
    "/ideen",
    "/ideen?q=Quittengelee",
    "/ideen/{idea}-ein-regal-fuer-alle",
    "/beitraege/{idea}/kommentare",
    "/kommunen",
    "/kommunen/moosbach",
    "/organisationen",
    "/organisationen/{organisation}-foerderverein",
    "/innovationen",
    "/erprobungsraeume",
    "/konto",
    "/konto/aufgaben",
    "/konto/merkliste",
    "/konto/mitteilungen",
    "/konto/projekte",
    "/konto/wirkung",
    "/feeds/projekte.atom",
    "/feeds/projekte.atom?q=Quittengelee",
    "/feeds/kommunen/moosbach.atom",
    "/feeds/beitraege/{idea}.atom",
)
OWN = (
    "/projekte/{project}",
    "/projekte/{project}-zimtstern-und-quittengelee",
    "/projekte/{project}/team",
    "/projekte/{project}/gesucht",
    "/projekte/{project}/meilensteine",
    "/projekte/{project}/nachrichten",
    "/projekte/{project}/beschluesse",
    "/projekte/{project}/kalender.ics",
    "/projekte/meilensteine/{milestone}/bearbeiten",
    "/projekte/beschluesse/{decision}",
    "/projekte/nachrichten/{post}",
    "/beitraege/{project}/kommentare",
    "/beitraege/{project}/anhaenge",
    "/feeds/beitraege/{project}.atom",
)


@pytest.fixture(params=["proposed", "hidden", "hidden at its end"])
def secret(request, app):
    """A project full of work that nobody outside may know of, and the people around it."""
    with app.app_context():
        town = make_municipality("Moosbach", slug="moosbach")
        lead, author, voter = make_user("Lea Leitung"), make_user(), make_user()
        idea = make_idea(author=author, municipality=town, title="Ein Regal für alle")
        votes.cast_vote(voter, idea)
        town.approves_projects = request.param == "proposed"
        organisation = make_organisation(lead, town, name="Förderverein")
        project = make_project(
            lead,
            town,
            ideas=[idea],
            organisation=organisation,
            title=f"{SECRET} und {SAID}",
            goal=f"Im Rathaus soll es jede Woche {SECRET} und {SAID} geben, von allen für alle.",
        )
        opening = make_opening(project, title=f"Jemand, der {SECRET} kocht")
        stone = service.add_milestone(
            lead, project, title=f"{SECRET} ist fertig", due_on=clock.today()
        )
        decision = service.record_decision(
            lead, project, service.Wording(f"{SECRET} kommt", "", "Rat", "", clock.today())
        )
        post = service.add_post(
            lead,
            project,
            title=f"{SECRET} kocht",
            body=f"Heute kocht das {SECRET}.",
            is_inner=request.param == "proposed",
        )
        asker = make_user()
        if request.param == "hidden":
            make_request(project, asker, opening=opening)
            service.invite(lead, project, email=asker.email, role=TeamRole.MEMBER, language="de")
        _hide(town, project, request.param)
        return {
            "idea": idea.id,
            "project": project.id,
            "milestone": stone.id,
            "decision": decision.id,
            "post": post.id,
            "organisation": organisation.id,
            "author": author.id,
            "voter": voter.id,
            "asker": asker.id,
            "staff elsewhere": make_user(roles=[(Role.STAFF, make_municipality())]).id,
            "lead of another": make_project(municipality=town).author_id,
        }


def _hide(town, project, how):
    if how == "hidden at its end":
        service.complete_project(project.author, project, lessons=LESSONS + SECRET)
    if how != "proposed":
        moderator = make_user(roles=[(Role.MODERATOR, town)])
        moderation.hide(moderator, project, reason="Werbung für ein Geschäft")
    make_topic("bildung")
    db.session.commit()


WHO = ("nobody", "author", "voter", "asker", "staff elsewhere", "lead of another")


@pytest.mark.parametrize("who", WHO)
def test_no_page_names_it(secret, browser, who):
    if who != "nobody":
        browser.sign_in(secret[who])
    for place in PLACES:
        url = place.format(**secret)
        assert SECRET not in browser.client.get(url).text, url


@pytest.mark.parametrize("who", WHO)
def test_its_own_pages_are_not_there(secret, browser, who):
    if who != "nobody":
        browser.sign_in(secret[who])
    for place in OWN:
        url = place.format(**secret)
        page = browser.client.get(url)
        is_asked = page.status_code == 302 and page.location.startswith("/anmelden")
        assert is_asked or page.status_code == 404, url
        assert SECRET not in page.text, url


def test_who_had_asked_takes_it_back_all_the_same(app, browser):
    with app.app_context():
        project, asker = make_project(), make_user()
        asked = make_request(project, asker)
        moderator = make_user(roles=[(Role.MODERATOR, project.municipality)])
        moderation.hide(moderator, project, reason="Werbung für ein Geschäft")
        url = f"/projekte/{project.id}/anfragen/{asked.id}/zurueckziehen"
        people = asker.id, make_user().id
    browser.sign_in(people[1])
    browser.post(url, 404)
    browser.sign_in(people[0])
    browser.post(url, next="/konto/projekte")
    assert "zurückgezogen" in browser.get("/konto/projekte").words
