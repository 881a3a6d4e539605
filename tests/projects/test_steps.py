"""The steps of a project, its contact, and what becomes of it when people leave the platform."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civic.accounts.models import Role
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, RuleBroken
from civic.organisations.models import Joining, RequestState
from civic.projects import service
from civic.projects.models import Opening, OpeningState, ProjectState, TeamRequest, TeamRole
from civic.projects.queries import projects as queries
from tests.make import make_municipality, make_user
from tests.make_organisations import make_organisation
from tests.make_projects import LESSONS, make_member, make_opening, make_project, make_request

REASON = "Der Brandschutz ist noch nicht geklärt; bitte sprechen Sie mit dem Bauamt."


def news(thing):
    wanted = select(Activity.verb).where(Activity.contribution_id == thing.id)
    return list(db.session.scalars(wanted.order_by(Activity.id)))


def last_act(thing, verb):
    wanted = select(Activity).where(Activity.contribution_id == thing.id, Activity.verb == verb)
    return db.session.scalars(wanted.order_by(Activity.id.desc())).first()


@pytest.fixture
def careful(inside):
    """A municipality that approves projects first, and somebody of its administration."""
    town = make_municipality("Lindfurt", approves_projects=True, approval_days=10)
    return town, make_user(roles=[(Role.STAFF, town)])


def staff_of(project):
    return make_user(roles=[(Role.STAFF, project.municipality)])


def test_started_paused_and_going_on(inside):
    project = make_project()
    staff = staff_of(project)
    service.start_project(project.author, project)
    assert project.state == ProjectState.RUNNING
    with pytest.raises(RuleBroken):
        service.pause_project(staff, project, reason="Halt.")
    service.pause_project(staff, project, reason=REASON)
    assert project.state == ProjectState.PAUSED
    assert last_act(project, "project.paused").note == REASON
    with pytest.raises(Forbidden):
        service.resume_project(project.author, project)
    service.resume_project(staff, project)
    assert project.state == ProjectState.RUNNING


def test_it_goes_on_where_it_was(inside):
    project = make_project()
    staff = staff_of(project)
    service.pause_project(staff, project, reason=REASON)
    service.resume_project(staff, project)
    assert project.state == ProjectState.FORMING


def test_completing_says_what_came_of_it_and_closes_the_doors(inside):
    project = make_project()
    opening, asked = make_opening(project), make_request(project)
    with pytest.raises(RuleBroken) as broken:
        service.complete_project(project.author, project, lessons="Gut.")
    assert broken.value.field == "lessons"
    service.complete_project(project.author, project, lessons=LESSONS)
    db.session.expire_all()
    assert project.state == ProjectState.COMPLETED
    assert project.lessons_html.startswith("<p>")
    assert db.session.get(Opening, opening.id).state is OpeningState.CLOSED
    assert db.session.get(TeamRequest, asked.id).state is RequestState.DECLINED
    assert last_act(project, "team.doors_closed").to_ids == [asked.user_id]
    assert not project.takes_votes


def test_an_honest_ending_leaves_lessons(inside):
    project = make_project()
    with pytest.raises(RuleBroken) as broken:
        service.end_project(project.author, project, words="Schade.")
    assert broken.value.field == "words"
    service.end_project(project.author, project, words=LESSONS)
    assert (project.state, project.lessons) == (ProjectState.ENDED, LESSONS)
    service.write_lessons(project.author, project, lessons=LESSONS + " Und mehr Plakate.")
    assert project.lessons.endswith("Plakate.")


def test_where_the_administration_ends_it_the_lessons_are_owed(inside):
    project = make_project()
    service.end_project(staff_of(project), project, words=REASON)
    assert project.state == ProjectState.ENDED
    assert project.lessons == ""
    assert last_act(project, "project.ended").note == REASON
    service.write_lessons(project.author, project, lessons=LESSONS)
    assert project.lessons == LESSONS


def test_what_was_never_public_ends_without_words(careful):
    project = make_project(municipality=careful[0])
    service.end_project(project.author, project, words="")
    assert project.state == ProjectState.ENDED
    assert project.published_at is None


# -- the contact -----------------------------------------------------------------------------


def test_the_administration_names_a_contact_and_another(inside):
    project = make_project()
    first, second = staff_of(project), staff_of(project)
    service.name_contact(first, project, first)
    assert project.member(first).role is TeamRole.CONTACT
    assert "team.contact_named" not in news(project)
    service.name_contact(first, project, second)
    assert project.member(first) is None
    assert project.member(second).role is TeamRole.CONTACT
    assert last_act(project, "team.contact_named").to_ids == [second.id]
    service.name_contact(first, project, None)
    assert project.member(second) is None
    assert len(project.team) == 1


def test_a_member_of_the_administration_becomes_the_contact(inside):
    project = make_project()
    staff = staff_of(project)
    make_member(project, staff)
    service.name_contact(staff, project, staff)
    assert project.member(staff).role is TeamRole.CONTACT


def test_neither_strangers_nor_leads_are_contacts(inside):
    project = make_project()
    staff, lead = staff_of(project), staff_of(project)
    make_member(project, lead, TeamRole.LEAD)
    for person in (make_user(), lead):
        with pytest.raises(RuleBroken) as broken:
            service.name_contact(staff, project, person)
        assert broken.value.field == "person"
    with pytest.raises(Forbidden):
        service.name_contact(project.author, project, staff)


# -- leaving the platform --------------------------------------------------------------------


def test_the_longest_member_leads_when_the_lead_leaves_the_platform(inside):
    project = make_project()
    old, new = make_user(), make_user()
    make_member(project, old)
    make_member(project, staff_of(project), TeamRole.CONTACT)
    with clock.at(clock.now() + timedelta(days=1)):
        make_member(project, new)
    service.forget_person(project.author, erase=False)
    assert project.leads == [old.id]
    assert project.is_living
    assert last_act(project, "team.lead_inherited").to_ids == [old.id]


def test_with_nobody_left_it_ends(inside):
    project = make_project()
    service.forget_person(project.author, erase=False)
    assert project.team == []
    assert project.state == ProjectState.ENDED
    assert last_act(project, "project.ended").actor_id is None


def test_a_project_over_needs_no_lead(inside):
    project = make_project(state=ProjectState.COMPLETED)
    make_member(project)
    service.forget_person(project.author, erase=False)
    assert project.leads == []
    assert project.state == ProjectState.COMPLETED


def test_what_was_shared_stays_and_what_was_not_goes_with_its_author(inside):
    author = make_user()
    own, shared = make_project(author), make_project(author)
    club = make_organisation(author)
    clubs = make_project(author, organisation=club)
    make_member(shared)
    asked = make_request(make_project(), author)
    service.save_draft(author, {"title": ["angefangen"]})
    number, request = own.id, asked.id
    service.forget_person(author, erase=True)
    assert db.session.get(Contribution, number) is None
    assert shared.is_living
    assert clubs.state == ProjectState.ENDED
    assert db.session.get(TeamRequest, request) is None
    assert queries.draft_of(author) is None


def test_how_people_join_is_kept(inside):
    assert make_project(joining=Joining.INVITATION).joining is Joining.INVITATION
