"""What a team says to its people: by name, before publication too, and to nobody else."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.activity import service as activity
from civic.contributions.models import Hiding
from civic.core import clock
from civic.core.db import db, transaction
from civic.follows import service as follows
from civic.notifications import policy, service
from civic.notifications.address import notice_words
from civic.notifications.models import Category, Way
from civic.notifications.policy import Preference
from civic.notifications.queries import lists
from civic.projects import service as projects
from tests.make import make_idea, make_municipality, make_user
from tests.make_projects import make_project, make_request
from tests.notifications.post import mails, notices, told, work_off

REASON = "Der Brandschutz ist noch nicht geklärt; bitte sprechen Sie mit dem Bauamt."


@pytest.fixture
def careful(inside):
    """A municipality that approves projects first, and somebody of its administration."""
    town = make_municipality("Lindfurt", approves_projects=True)
    return town, make_user("Frau Amtmann", roles=[(Role.STAFF, town)])


def test_only_those_whom_the_act_names_are_told(inside):
    project, follower, staff = make_project(), make_user(), make_user()
    follows.follow(follower, project)
    work_off()
    activity.record(staff, "team.asked", project, to=[follower.id, staff.id])
    work_off()
    assert told(follower)[-1] == ("team.asked", "team", "team")
    assert told(staff) == []  # not of their own act
    assert told(project.author) == []


def test_who_asks_and_who_leads_hear_of_each_other(inside):
    project, person = make_project(), make_user("Ada Anders")
    asked = make_request(project, person)
    work_off()
    assert told(project.author) == [("team.asked", "team", "team")]
    [line] = lists.lines(project.author, [project.id])[project.id]
    assert "Ada Anders" in notice_words(line)
    projects.answer_request(project.author, asked, is_accepted=True, answer="Willkommen!")
    work_off()
    assert told(person) == [("team.accepted", "team", "team")]
    assert len(mails(person)) == 1


def test_before_it_is_public_administration_and_team_are_told_and_nobody_else(careful):
    town, staff = careful
    idea, follower, member = make_idea(municipality=town), make_user(), make_user()
    follows.follow(follower, idea)
    work_off()
    project = make_project(municipality=town, ideas=[idea], members=[member])
    work_off()
    assert told(staff)[-1] == ("project.proposed", "term", "staff")
    assert told(follower) == told(member) == told(project.author) == []
    projects.refuse_project(staff, project, reason=REASON)
    work_off()
    for person in (project.author, member):
        assert told(person) == [("project.refused", "team", "team")]
    assert told(follower) == []


def test_with_the_approval_team_idea_and_followers_hear_of_it(careful):
    town, staff = careful
    idea, follower = make_idea(municipality=town), make_user()
    follows.follow(follower, idea)
    project = make_project(municipality=town, ideas=[idea])
    projects.approve_project(staff, project)
    work_off()
    assert told(project.author) == [("project.approved", "answer", "author")]
    assert ("idea.project_begun", "change", "author") in told(idea.author)
    assert ("idea.project_begun", "change", "follower") in told(follower)


def test_the_quiet_hear_what_is_said_to_them_by_name(inside):
    project, person = make_project(), make_user()
    follows.follow(person, project)
    follows.unfollow(person, project)
    activity.record(project.author, "team.accepted", project, to=[person.id])
    activity.record(project.author, "project.started", project)
    work_off()
    assert told(person) == [("team.accepted", "team", "team")]


def test_of_what_is_hidden_nobody_is_told(inside):
    project, person = make_project(), make_user()
    with transaction():
        project.hidden_at, project.hidden_as = clock.now(), Hiding.MODERATED
    activity.record(project.author, "team.accepted", project, to=[person.id])
    work_off()
    assert told(person) == []


def test_the_delivery_log_leaves_the_team_alone(inside):
    project, person = make_project(), make_user()
    follows.follow(person, project)
    activity.record(project.author, "team.task_given", project, to=[person.id])
    activity.record(project.author, "project.started", project)
    work_off()
    assert [verb for verb, *_ in told(person)] == ["team.task_given", "project.started"]
    assert {row.verb for row in db.session.execute(lists.log(project))} == {"project.started"}


def test_people_choose_how_they_hear_of_their_teams(inside):
    assert Category.TEAM in policy.CHOSEN
    person, project = make_user(), make_project()
    wish = Preference(Way.WEEKLY, is_listed=False)
    service.set_preferences(person, {Category.TEAM: wish})
    activity.record(project.author, "team.accepted", project, to=[person.id])
    work_off()
    assert mails(person) == []
    assert [(n.way, n.is_listed) for n in notices(person)] == [(Way.WEEKLY, False)]
