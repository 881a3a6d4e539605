"""Several at the same moment, on a real file and a real server: one of them decides."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Role, User
from civic.activity.models import Activity
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.organisations.models import RequestState
from civic.projects import service
from civic.projects.models import (
    Opening,
    Project,
    ProjectPost,
    ProjectState,
    TeamInvitation,
    TeamMember,
    TeamRequest,
    TeamRole,
)
from tests.make import make_municipality, make_user
from tests.make_projects import MESSAGE, make_member, make_opening, make_project, make_request
from tests.race import let_through

ROUNDS = 4
WORDS = "Wir haben den Antrag heute im Rathaus abgegeben."
DECIDED = service.Wording("Sechs Bänke", "", "Gemeinderat", "", date(2026, 11, 2))
REASON = "Der Brandschutz ist noch nicht geklärt; bitte sprechen Sie mit dem Bauamt."
#: Which of the acts came through; the rest were refused, as they had to be.
at_once = partial(let_through, refusals=(Forbidden, Missing, RuleBroken))


def one(table, id):
    return db.session.get_one(table, id)


def leave(project, person):
    service.leave_team(one(User, person), one(Project, project))


def step_down(project, person):
    service.step_down(one(User, person), one(Project, project))


def answer(request, lead, *, is_accepted):
    service.answer_request(
        one(User, lead),
        one(TeamRequest, request),
        is_accepted=is_accepted,
        answer="So haben wir es besprochen.",
    )


def approve(project, staff):
    service.approve_project(one(User, staff), one(Project, project))


def refuse(project, staff):
    service.refuse_project(one(User, staff), one(Project, project), reason=REASON)


def test_of_two_leads_who_leave_at_once_one_stays(house):
    for _ in range(ROUNDS):
        with house.app_context():
            project, second = make_project(), make_user()
            make_member(project, second, TeamRole.LEAD)
            number, leads = project.id, (project.author_id, second.id)
        went = at_once(house, [partial(leave, number, lead) for lead in leads])
        assert sorted(went) == [False, True]
        with house.app_context():
            assert len(one(Project, number).leads) == 1


def test_of_two_leads_who_step_down_at_once_one_leads_on(house):
    for _ in range(ROUNDS):
        with house.app_context():
            project, second = make_project(), make_user()
            make_member(project, second, TeamRole.LEAD)
            number, leads = project.id, (project.author_id, second.id)
        went = at_once(house, [partial(step_down, number, lead) for lead in leads])
        assert sorted(went) == [False, True]


def test_leads_who_delete_their_accounts_at_once_leave_an_heir(house):
    for _ in range(ROUNDS):
        with house.app_context():
            project, second, heir = make_project(), make_user(), make_user()
            make_member(project, second, TeamRole.LEAD)
            make_member(project, heir)
            number, leads, heir_id = project.id, (project.author_id, second.id), heir.id
        at_once(
            house, [lambda p=p: service.forget_person(one(User, p), erase=False) for p in leads]
        )
        with house.app_context():
            assert one(Project, number).leads == [heir_id]


def test_one_request_is_answered_once(house):
    for _ in range(ROUNDS):
        with house.app_context():
            project, second = make_project(), make_user()
            make_member(project, second, TeamRole.LEAD)
            asked = make_request(project)
            number, person, leads = asked.id, asked.user_id, (project.author_id, second.id)
            where = project.id
        went = at_once(
            house,
            [
                partial(answer, number, leads[0], is_accepted=True),
                partial(answer, number, leads[1], is_accepted=True),
                partial(answer, number, leads[1], is_accepted=False),
            ],
        )
        assert went.count(True) == 1
        with house.app_context():
            state = one(TeamRequest, number).state
            is_in = db.session.get(TeamMember, (where, person)) is not None
            assert is_in is (state is RequestState.ACCEPTED)


def test_a_click_sent_many_times_is_one_application(house):
    for _ in range(ROUNDS):
        with house.app_context():
            opening, person = make_opening().id, make_user().id

        def ask(opening=opening, person=person):
            wanted = one(Opening, opening)
            service.ask_to_join(one(User, person), wanted.project, message=MESSAGE, opening=wanted)

        assert at_once(house, [ask] * 4).count(True) == 1
        with house.app_context():
            asked = select(func.count()).select_from(TeamRequest).filter_by(user_id=person)
            assert db.session.scalar(asked) == 1


def test_one_invitation_lets_one_in_once(house):
    with house.app_context():
        project, guest = make_project(), make_user()
        service.invite(
            project.author, project, email=guest.email, role=TeamRole.MEMBER, language="de"
        )
        person = guest.id
        number = db.session.scalars(
            select(TeamInvitation.id).filter_by(email_key=guest.email_key)
        ).one()

    def click():
        invitation = db.session.get(TeamInvitation, number)
        if invitation is None:  # the other one was quicker than the look at it
            raise Missing
        service.accept_invitation(one(User, person), invitation)

    assert at_once(house, [click] * 4).count(True) >= 1
    with house.app_context():
        places = select(func.count()).select_from(TeamMember).filter_by(user_id=person)
        assert db.session.scalar(places) == 1


def test_a_proposal_is_decided_once(house):
    for _ in range(ROUNDS):
        with house.app_context():
            town = make_municipality(approves_projects=True)
            project = make_project(municipality=town)
            staff = [make_user(roles=[(Role.STAFF, town)]).id for _ in range(2)]
            number = project.id
        acts = [partial(approve, number, staff[0]), partial(refuse, number, staff[1])]
        went = at_once(house, acts)
        assert sorted(went) == [False, True]
        with house.app_context():
            is_public = one(Project, number).published_at is not None
            assert is_public is (one(Project, number).state == ProjectState.FORMING)
            begun = select(func.count()).select_from(Activity)
            begun = begun.filter_by(contribution_id=number, verb="project.begun")
            assert db.session.scalar(begun) == int(is_public)


def test_inner_news_are_shown_to_everybody_once(house):
    for _ in range(ROUNDS):
        with house.app_context():
            project = make_project()
            post = service.add_post(
                project.author, project, title="Der Antrag", body=WORDS, is_inner=True
            )
            number, lead, where = post.id, project.author_id, project.id

        def show(number=number, lead=lead):
            service.edit_post(
                one(User, lead),
                one(ProjectPost, number),
                title="Der Antrag",
                body=WORDS,
                is_inner=False,
            )

        assert all(at_once(house, [show] * 3))
        with house.app_context():
            told = select(func.count()).select_from(Activity)
            told = told.filter_by(contribution_id=where, verb="project_post.published")
            assert db.session.scalar(told) == 1


def make(what, project):
    """Something of the plan or the records of a project."""
    if what == "milestone":
        return service.add_milestone(
            project.author, project, title="Die Eröffnung", due_on=clock.today()
        )
    if what == "task":
        words = {"title": "Bank streichen", "owner_id": None, "due_on": None, "milestone_id": None}
        return service.add_task(project.author, project, **words)
    return service.record_decision(project.author, project, DECIDED)


@pytest.mark.parametrize("what", ["milestone", "task", "decision"])
def test_what_is_removed_by_several_is_removed_once(house, what):
    """Who comes too late is told that it is not there, and nothing breaks."""
    command = getattr(service, f"remove_{what}")
    why = {"reason": "Das war ein Versehen."} if what == "decision" else {}
    for _ in range(ROUNDS):
        with house.app_context():
            project = make_project()
            made, person = make(what, project), project.author_id
            table, number = type(made), made.id

        def remove(table=table, number=number, person=person):
            found = db.session.get(table, number)
            if found is None:  # the other one was quicker than the look at it
                raise Missing
            command(one(User, person), found, **why)

        assert at_once(house, [remove] * 3).count(True) == 1
