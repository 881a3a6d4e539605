"""Coming into a team, going, leading; asking and being answered."""

import pytest
from sqlalchemy import select

from civic.activity.models import Activity
from civic.core import clock, limits
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany
from civic.follows import queries as follows
from civic.organisations import service as organisations
from civic.organisations.models import Joining, RequestState
from civic.projects import service
from civic.projects.models import OpeningState, ProjectState, Task, TeamRole
from civic.projects.queries import team
from civic.projects.service import requests as asking
from tests.make import make_user
from tests.make_organisations import add_member, make_organisation
from tests.make_projects import MESSAGE, make_member, make_opening, make_project, make_request


def acts(project, verb):
    wanted = select(Activity).where(Activity.contribution_id == project.id, Activity.verb == verb)
    return list(db.session.scalars(wanted.order_by(Activity.id)))


@pytest.fixture
def project(inside):
    return make_project()


@pytest.fixture
def lead(project):
    return project.author


# -- walking in ------------------------------------------------------------------------------


def test_into_an_open_team_everybody_walks(inside):
    project, person = make_project(joining=Joining.OPEN), make_user()
    assert service.join_team(person, project, task="Plakate") is True
    assert project.member(person).task == "Plakate"
    assert follows.followed(person, [project.id]) == {project.id}
    assert acts(project, "team.joined")[0].to_ids == [project.author_id]
    with pytest.raises(Forbidden):
        service.join_team(person, project)


def test_for_an_organisation_only_its_members_stand(inside):
    project = make_project(joining=Joining.OPEN)
    club = make_organisation(name="Heimatverein")
    member, stranger = add_member(club), make_user()
    service.join_team(member, project, organisation=club)
    assert project.member(member).stands_for == "Heimatverein"
    with pytest.raises(Forbidden):
        service.join_team(stranger, project, organisation=club)
    organisations.leave_organisation(member, club)
    db.session.expire_all()
    assert project.member(member).stands_for == ""


def test_members_say_themselves_what_they_do(project, lead):
    club = make_organisation(lead, name="Heimatverein")
    service.describe_self(lead, project, task="Technik", organisation=club)
    assert (project.member(lead).task, project.member(lead).stands_for) == (
        "Technik",
        "Heimatverein",
    )
    with pytest.raises(Missing):
        service.describe_self(make_user(), project, task="Technik", organisation=None)


# -- asking ----------------------------------------------------------------------------------


def test_who_asks_is_read_by_those_who_lead_and_hears_the_answer(project, lead):
    person = make_user()
    asked = make_request(project, person)
    act = acts(project, "team.asked")[0]
    assert (act.note, act.to_ids) == (MESSAGE, [lead.id])
    assert team.my_request(person, project) is asked
    service.answer_request(lead, asked, is_accepted=True, answer="Willkommen!")
    assert project.member(person).role is TeamRole.MEMBER
    assert asked.state is RequestState.ACCEPTED
    assert acts(project, "team.accepted")[0].to_ids == [person.id]
    assert acts(project, "project.member_joined")[0].actor_id == person.id


def test_declining_needs_a_word(project, lead):
    asked = make_request(project)
    with pytest.raises(RuleBroken) as broken:
        service.answer_request(lead, asked, is_accepted=False, answer="Nein")
    assert broken.value.field == "answer"
    service.answer_request(lead, asked, is_accepted=False, answer="Wir sind leider schon viele.")
    assert asked.state is RequestState.DECLINED
    assert project.member(asked.user) is None
    assert acts(project, "team.declined")[0].note == "Wir sind leider schon viele."


def test_an_answer_is_given_once(project, lead):
    asked = make_request(project)
    service.answer_request(lead, asked, is_accepted=True, answer="")
    with pytest.raises(RuleBroken):
        service.answer_request(lead, asked, is_accepted=False, answer="Doch lieber nicht.")


def test_asking_twice_is_refused_until_the_first_is_settled(project):
    person = make_user()
    asked = make_request(project, person)
    with pytest.raises(RuleBroken):
        make_request(project, person)
    service.withdraw_request(person, asked)
    assert asked.state is RequestState.WITHDRAWN
    with pytest.raises(RuleBroken):
        service.withdraw_request(person, asked)
    assert make_request(project, person).id != asked.id


def test_a_message_says_something(project):
    with pytest.raises(RuleBroken) as broken:
        make_request(project, message="Hallo")
    assert broken.value.field == "message"


def test_nobody_asks_without_end(project, monkeypatch):
    monkeypatch.setattr(asking, "ASKING", (limits.Limit(2, 3600),))
    person = make_user()
    for _ in range(2):
        service.withdraw_request(person, make_request(project, person))
    with pytest.raises(TooMany):
        make_request(project, person)


def test_others_neither_answer_nor_take_back(project):
    asked = make_request(project)
    member = make_user()
    make_member(project, member)
    for person in (member, make_user()):
        with pytest.raises(Forbidden):
            service.answer_request(person, asked, is_accepted=True, answer="")
        with pytest.raises(Forbidden):
            service.withdraw_request(person, asked)


def test_an_application_brings_its_task_and_may_fill_the_opening(project, lead):
    first, second = make_opening(project, title="Jemand, der fotografiert"), make_opening(project)
    for opening, fills in ((first, True), (second, False)):
        asked = make_request(project, opening=opening)
        service.answer_request(lead, asked, is_accepted=True, answer="", fills=fills)
        assert project.member(asked.user).task == opening.title
    assert (first.state, second.state) == (OpeningState.FILLED, OpeningState.OPEN)


def test_with_invitations_only_one_applies_for_what_is_wanted(inside):
    project = make_project(joining=Joining.INVITATION)
    with pytest.raises(Forbidden):
        make_request(project)
    assert make_request(project, opening=make_opening(project)).state is RequestState.OPEN


def test_an_organisation_asks_through_its_members(project, lead):
    club = make_organisation(name="Heimatverein")
    person = add_member(club)
    asked = make_request(project, person, organisation=club)
    service.answer_request(lead, asked, is_accepted=True, answer="")
    assert project.member(person).stands_for == "Heimatverein"


# -- going and leading -----------------------------------------------------------------------


def test_whoever_goes_leaves_the_tasks_to_others(project):
    person = make_user()
    make_member(project, person)
    task = Task(project_id=project.id, title="Tür prüfen", owner_id=person.id)
    done = Task(project_id=project.id, title="Schild", owner_id=person.id, done_at=clock.now())
    task.created_at = done.created_at = clock.now()
    db.session.add_all((task, done))
    db.session.flush()
    service.leave_team(person, project)
    db.session.expire_all()
    assert project.member(person) is None
    assert (task.owner_id, done.owner_id) == (None, person.id)
    assert acts(project, "team.left")[0].to_ids == [project.author_id]


def test_the_last_lead_says_who_leads_from_now_on(project, lead):
    heir, contact = make_user(), make_user()
    with pytest.raises(RuleBroken):
        service.leave_team(lead, project)
    make_member(project, contact, TeamRole.CONTACT)
    make_member(project, heir)
    for wrong in (None, contact.id, lead.id, 999_999):
        with pytest.raises(RuleBroken) as broken:
            service.leave_team(lead, project, heir_id=wrong)
        assert broken.value.field == "heir"
    service.leave_team(lead, project, heir_id=heir.id)
    assert project.leads == [heir.id]
    assert project.member(lead) is None
    assert acts(project, "team.lead_given")[0].to_ids == [heir.id]


def test_nobody_who_cannot_sign_in_leads(project, lead):
    blocked = make_user(blocked_at=clock.now())
    make_member(project, blocked)
    with pytest.raises(RuleBroken):
        service.give_lead(lead, project, blocked.id)
    with pytest.raises(RuleBroken):
        service.leave_team(lead, project, heir_id=blocked.id)


def test_of_a_project_that_is_over_everybody_may_go(inside):
    project = make_project(state=ProjectState.COMPLETED)
    service.leave_team(project.author, project)
    assert project.team == []


def test_leads_are_made_and_step_down_themselves(project, lead):
    second = make_user()
    make_member(project, second)
    with pytest.raises(RuleBroken):
        service.step_down(lead, project)
    service.give_lead(lead, project, second.id)
    assert set(project.leads) == {lead.id, second.id}
    with pytest.raises(Forbidden):
        service.remove_member(lead, project, second.id, reason="Ich will allein leiten.")
    service.step_down(lead, project)
    assert project.leads == [second.id]
    with pytest.raises(Forbidden):
        service.give_lead(lead, project, lead.id)


def test_a_member_is_taken_out_with_a_reason(project, lead):
    person = make_user()
    make_member(project, person)
    with pytest.raises(RuleBroken):
        service.remove_member(lead, project, person.id, reason="Weg.")
    service.remove_member(lead, project, person.id, reason="War seit Mai nicht mehr da.")
    assert project.member(person) is None
    act = acts(project, "team.removed")[0]
    assert (act.to_ids, act.note) == ([person.id], "War seit Mai nicht mehr da.")
    with pytest.raises(Missing):
        service.remove_member(lead, project, person.id, reason="War seit Mai nicht mehr da.")
