"""What a team tells of its project stands in the feed of the project, as long as it is public."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from civic.accounts.models import User
from civic.core import clock
from civic.core.db import db
from civic.moderation import service as moderation
from civic.projects import service
from civic.projects.models import MilestoneState, Project, ProjectPost
from tests.feeds.test_feeds import ATOM, faults_of, link, parse, queries_of, titles
from tests.projects.scene import make_scene

BODY = "Seit gestern steht die **erste** Bank."


@pytest.fixture
def team(app):
    """Numbers of a project with public and inner news, and the people around it."""
    with app.app_context():
        scene = make_scene()
        lead, project = scene.lead, scene.project
        post = service.add_post(
            lead, project, title="Die erste Bank steht", body=BODY, is_inner=False
        )
        service.add_post(lead, project, title="Nur unter uns", body="Ganz leise.", is_inner=True)
        service.add_task(
            lead, project, title="Holz kaufen", owner_id=None, due_on=None, milestone_id=None
        )
        service.settle_milestone(
            lead,
            service.add_milestone(lead, project, title="Erste Bank", due_on=clock.today()),
            state=MilestoneState.REACHED,
            settled_on=clock.today(),
            result="Sie steht.",
        )
        return {
            "project": project.id,
            "post": post.id,
            "moderator": scene.moderator.id,
            "url": f"/feeds/beitraege/{project.id}.atom",
        }


@pytest.fixture
def read(browser, team):
    def fetch():
        page = browser.get(team["url"])
        assert not faults_of(page.response.data)
        return parse(page.response.data)

    return fetch


def changed(app, team, change):
    with app.app_context():
        post = db.session.get_one(ProjectPost, team["post"])
        change(post.author, post)


def test_news_stand_in_the_feed_of_their_project(read, team):
    feed = read()
    assert titles(feed) == [
        "Ein Meilenstein ist erreicht",
        "Die erste Bank steht",
        "Das Projekt beginnt",
    ]
    entry = feed.findall(ATOM + "entry")[1]
    assert link(entry, "alternate") == f"http://localhost/projekte/nachrichten/{team['post']}"
    assert "<strong>erste</strong>" in entry.findtext(ATOM + "content")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Lea Leitung"


def test_nothing_inner_is_in_it(read):
    text = ET.tostring(read(), "unicode")
    assert "Nur unter uns" not in text
    assert "Ganz leise" not in text
    assert "Holz kaufen" not in text


def test_it_says_what_the_news_say_now(app, read, team):
    def edit(lead, post):
        service.edit_post(lead, post, title="Bank Nummer eins", body=BODY, is_inner=False)

    changed(app, team, edit)
    text = ET.tostring(read(), "unicode")
    assert "Bank Nummer eins" in text
    assert "Die erste Bank steht" not in text


def test_hidden_news_are_not_in_it(app, read, team):
    with app.app_context():
        moderator = db.session.get_one(User, team["moderator"])
        moderation.hide(
            moderator, db.session.get_one(ProjectPost, team["post"]), reason="Mit einem Namen."
        )
    assert "erste Bank steht" not in ET.tostring(read(), "unicode")


def test_removed_news_are_not_in_it(app, read, team):
    changed(app, team, service.remove_post)
    assert titles(read()) == ["Ein Meilenstein ist erreicht", "Das Projekt beginnt"]


def test_a_hidden_project_has_no_feed(app, browser, team):
    with app.app_context():
        moderator = db.session.get_one(User, team["moderator"])
        project = db.session.get_one(Project, team["project"])
        moderation.hide(moderator, project, reason="Werbung für ein Geschäft")
    browser.get(team["url"], 404)


def test_many_news_ask_no_more_than_one(app, browser, team):
    few = queries_of(app, lambda: browser.get(team["url"]))
    with app.app_context():
        project = db.session.get_one(Project, team["project"])
        for n in range(8):
            service.add_post(
                project.author, project, title=f"Nachricht {n}", body=BODY, is_inner=False
            )
    assert queries_of(app, lambda: browser.get(team["url"])) == few
