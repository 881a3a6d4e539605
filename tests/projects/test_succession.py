"""Somebody leads as long as a project lives, also where a lead is blocked or goes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from civic.accounts.models import Membership, Role, System
from civic.activity.models import Activity
from civic.core import clock
from civic.core.db import db
from civic.core.errors import RuleBroken
from civic.organisations.models import RequestState
from civic.projects import policy, service
from civic.projects.models import ProjectState, TeamRole
from civic.projects.service import leaving
from tests.make import make_municipality, make_user
from tests.make_projects import lead_of, make_member, make_project, make_request

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def project():
    """With a lead and two members; the first of them is there longer."""
    return make_project(members=[make_user("Erste"), make_user("Zweite")])


def block(*people):
    for person in people:
        person.blocked_at = clock.now()
    db.session.commit()


def role_of(project, person):
    return next(member.role for member in project.team if member.user_id == person.id)


def members_of(project):
    return [member.user for member in project.people if member.role is TeamRole.MEMBER]


def told_to_lead(project):
    verb = "team.lead_inherited"
    rows = select(Activity.to_ids).where(
        Activity.contribution_id == project.id, Activity.verb == verb
    )
    return list(db.session.scalars(rows))


# -- a blocked lead does not count -----------------------------------------------------------


def test_who_leads_beside_a_blocked_person_leads_alone(project):
    lead, second = lead_of(project), make_user()
    make_member(project, second, TeamRole.LEAD)
    assert policy.may_step_down(lead, project)
    block(second)
    assert not policy.may_step_down(lead, project)
    with pytest.raises(RuleBroken):
        service.step_down(lead, project)
    with pytest.raises(RuleBroken):
        service.leave_team(lead, project)
    service.leave_team(lead, project, heir_id=members_of(project)[0].id)
    assert len(policy.able_leads(project)) == 1


def test_who_leaves_the_platform_beside_a_blocked_lead_passes_it_on(project):
    lead, blocked, first = lead_of(project), make_user(), members_of(project)[0]
    make_member(project, blocked, TeamRole.LEAD)
    block(blocked)
    service.forget_person(lead, erase=False)
    assert policy.able_leads(project) == {first.id}


# -- the lead itself is blocked --------------------------------------------------------------


def test_who_is_there_longest_leads_when_the_lead_is_blocked(project):
    lead, (first, second) = lead_of(project), members_of(project)
    block(lead)
    assert service.appoint_heirs(System()) == 1
    assert role_of(project, first) is TeamRole.LEAD
    assert role_of(project, second) is TeamRole.MEMBER
    assert told_to_lead(project) == [[first.id]]
    assert service.appoint_heirs(System()) == 0


def test_who_is_let_in_again_leads_with_the_heir(project):
    lead, first = lead_of(project), members_of(project)[0]
    block(lead)
    service.appoint_heirs(System())
    lead.blocked_at = None
    assert policy.able_leads(project) == {lead.id, first.id}


def test_blocked_members_are_passed_over(project):
    lead, (first, second) = lead_of(project), members_of(project)
    block(lead, first)
    service.appoint_heirs(System())
    assert policy.able_leads(project) == {second.id}


def test_with_nobody_else_it_waits(project):
    block(lead_of(project), *members_of(project))
    assert service.appoint_heirs(System()) == 0
    assert project.state == ProjectState.FORMING


def test_the_contact_leads_only_while_they_belong_to_the_administration():
    town = make_municipality()
    clerk = make_user(roles=[(Role.STAFF, town)])
    project = make_project(municipality=town)
    lead = lead_of(project)
    make_member(project, clerk, TeamRole.CONTACT)
    block(lead)
    [membership] = db.session.scalars(select(Membership).filter_by(user_id=clerk.id))
    clerk.memberships.remove(membership)
    assert service.appoint_heirs(System()) == 0
    clerk.memberships.append(Membership(municipality=town, role=Role.STAFF))
    assert service.appoint_heirs(System()) == 1
    assert policy.able_leads(project) == {clerk.id}


@pytest.mark.parametrize("state", ["completed", "ended"])
def test_what_is_over_needs_nobody(project, state):
    project.state = state
    block(lead_of(project))
    assert service.appoint_heirs(System()) == 0


def test_what_was_not_approved_still_has_somebody_who_may_propose_it_again(project):
    project.state = ProjectState.REFUSED
    block(lead_of(project))
    assert service.appoint_heirs(System()) == 1


def test_what_is_hidden_is_left_as_it_is_until_it_is_seen_again(project):
    project.hidden_at = clock.now()
    block(lead_of(project))
    assert service.appoint_heirs(System()) == 0
    project.hidden_at = None
    db.session.commit()
    assert service.appoint_heirs(System()) == 1


# -- leaving the platform --------------------------------------------------------------------


def test_who_was_let_in_while_they_left_is_in_no_team(project, monkeypatch):
    """Their request is accepted between the first look at their teams and the end."""
    person = make_user()
    asked = make_request(project, person)
    looked = leaving._take_out_everywhere

    def look_and_be_let_in(one):
        looked(one)
        monkeypatch.setattr(leaving, "_take_out_everywhere", looked)
        if asked.state is RequestState.OPEN:
            service.answer_request(lead_of(project), asked, is_accepted=True, answer="Gern!")

    monkeypatch.setattr(leaving, "_take_out_everywhere", look_and_be_let_in)
    service.forget_person(person, erase=False)
    db.session.expire_all()
    assert person.id not in [member.user_id for member in project.team]


def last_note(project, verb):
    acts = select(Activity).where(Activity.contribution_id == project.id, Activity.verb == verb)
    return db.session.scalars(acts.order_by(Activity.id.desc())).first().note


def test_what_they_wrote_to_the_leads_goes_with_them(project):
    person = make_user()
    make_request(project, person)
    assert last_note(project, "team.asked")
    service.forget_person(person, erase=False)
    assert last_note(project, "team.asked") is None


@pytest.mark.parametrize(("erase", "stays"), [(True, None), (False, "Die erste Bank")])
def test_titles_of_news_go_where_the_news_do(project, erase, stays):
    writer = members_of(project)[0]
    service.add_post(
        writer, project, title="Die erste Bank", body="Sie steht seit gestern.", is_inner=False
    )
    service.forget_person(writer, erase=erase)
    assert last_note(project, "project_post.published") == stays


# -- coming ----------------------------------------------------------------------------------


def test_who_is_blocked_is_not_let_in(project):
    asked = make_request(project, make_user())
    block(asked.user)
    with pytest.raises(RuleBroken):
        service.answer_request(lead_of(project), asked, is_accepted=True, answer="Gern!")
    service.answer_request(
        lead_of(project), asked, is_accepted=False, answer="Das geht gerade leider nicht."
    )
    assert asked.state is RequestState.DECLINED
