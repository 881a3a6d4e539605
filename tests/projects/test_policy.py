"""Who may do what with a project and its team: the table of truth."""

from datetime import UTC, datetime, timedelta

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.municipalities.models import Municipality
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationMember,
    OrganisationRole,
    RequestState,
)
from civic.projects import policy
from civic.projects.models import (
    Opening,
    OpeningState,
    Project,
    ProjectState,
    TeamInvitation,
    TeamMember,
    TeamRequest,
    TeamRole,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KREIS = Municipality(id=1, path="/1/", is_active=True)
TOWN = Municipality(id=2, path="/1/2/", is_active=True)
ELSEWHERE = Municipality(id=3, path="/3/", is_active=True)
ASLEEP = Municipality(id=4, path="/4/", is_active=False)


def person(id, *roles, **changes):
    user = User(**{"id": id, "confirmed_at": NOW} | changes)
    user.memberships = [Membership(role=role, municipality=place) for role, place in roles]
    return user


PEOPLE = {
    "nobody": Nobody(),
    "lead": person(1),
    "second lead": person(2),
    "member": person(3),
    "contact": person(4, (Role.STAFF, TOWN)),
    "unconfirmed member": person(3, confirmed_at=None),
    "blocked lead": person(1, blocked_at=NOW),
    "resident": person(5),
    "unconfirmed": person(6, confirmed_at=None),
    "staff": person(7, (Role.STAFF, TOWN)),
    "staff of the county": person(8, (Role.STAFF, KREIS)),
    "staff elsewhere": person(9, (Role.STAFF, ELSEWHERE)),
    "moderator": person(10, (Role.MODERATOR, TOWN)),
    "admin": person(11, (Role.ADMIN, None)),
    "system": System(),
}
CONFIRMED = set(PEOPLE) - {"nobody", "unconfirmed member", "blocked lead", "unconfirmed"}
LEADS = {"lead", "second lead"}
TEAM = LEADS | {"member", "contact"}
STAFF = {"contact", "staff", "staff of the county", "admin", "system"}
OUTSIDE = CONFIRMED - TEAM

FORMING, RUNNING, PAUSED = ProjectState.FORMING, ProjectState.RUNNING, ProjectState.PAUSED
PROPOSED, REFUSED = ProjectState.PROPOSED, ProjectState.REFUSED
COMPLETED, ENDED = ProjectState.COMPLETED, ProjectState.ENDED


def project(state=RUNNING, leads=(1, 2), blocked=(), **changes):
    is_public = state not in {PROPOSED, REFUSED}
    found = Project(
        **{
            "id": 9,
            "author_id": 1,
            "municipality": TOWN,
            "state": state,
            "joining": Joining.REQUEST,
            "published_at": NOW - DAY if is_public else None,
        }
        | changes
    )
    roles = [(id, TeamRole.LEAD) for id in leads]
    roles += [(3, TeamRole.MEMBER), (4, TeamRole.CONTACT)]
    found.team = [
        TeamMember(
            user_id=id,
            user=person(id, blocked_at=NOW if id in blocked else None),
            role=role,
            joined_at=NOW,
        )
        for id, role in roles
    ]
    return found


HIDDEN = project(hidden_at=NOW)


def allowed(rule, *things):
    with clock.at(NOW):
        return {name for name, actor in PEOPLE.items() if rule(actor, *things)}


@pytest.mark.parametrize(
    ("rule", "thing", "who"),
    [
        (policy.may_begin, TOWN, CONFIRMED),
        (policy.may_begin, ASLEEP, set()),
        (policy.may_decide_in, TOWN, STAFF),
        (policy.may_decide_in, ELSEWHERE, {"staff elsewhere", "admin", "system"}),
        # the inner page is of the team alone, in every state
        *((policy.may_see_inside, project(state), TEAM) for state in ProjectState),
        # the work
        *((policy.may_work, project(s), TEAM) for s in (PROPOSED, FORMING, RUNNING, PAUSED)),
        *((policy.may_work, project(s), set()) for s in (REFUSED, COMPLETED, ENDED)),
        (policy.may_work, HIDDEN, set()),
        *((policy.may_lead, project(s), LEADS) for s in (PROPOSED, FORMING, RUNNING, PAUSED)),
        *((policy.may_lead, project(s), set()) for s in (REFUSED, COMPLETED, ENDED)),
        (policy.may_lead, HIDDEN, set()),
        *((policy.may_edit, project(s), LEADS) for s in (PROPOSED, REFUSED, RUNNING, PAUSED)),
        *((policy.may_edit, project(s), set()) for s in (COMPLETED, ENDED)),
        # the steps
        (policy.may_propose, project(REFUSED), LEADS),
        (policy.may_propose, project(PROPOSED), set()),
        (policy.may_approve, project(PROPOSED), STAFF),
        (policy.may_approve, project(PROPOSED, hidden_at=NOW), set()),
        *((policy.may_approve, project(s), set()) for s in (REFUSED, FORMING, RUNNING)),
        (policy.may_start, project(FORMING), LEADS),
        *((policy.may_start, project(s), set()) for s in (PROPOSED, RUNNING, PAUSED)),
        *((policy.may_complete, project(s), LEADS) for s in (FORMING, RUNNING)),
        *((policy.may_complete, project(s), set()) for s in (PROPOSED, PAUSED, COMPLETED)),
        *((policy.may_end, project(s), LEADS | STAFF) for s in (FORMING, RUNNING, PAUSED)),
        *((policy.may_end, project(s), LEADS) for s in (PROPOSED, REFUSED)),
        *((policy.may_end, project(s), set()) for s in (COMPLETED, ENDED)),
        *((policy.may_conclude, project(s), LEADS) for s in (COMPLETED, ENDED)),
        (policy.may_conclude, project(ENDED, published_at=None), set()),
        (policy.may_conclude, project(RUNNING), set()),
        *((policy.may_steer, project(s), STAFF) for s in (FORMING, RUNNING, PAUSED)),
        *((policy.may_steer, project(s), set()) for s in (PROPOSED, REFUSED, ENDED)),
        (policy.may_steer, HIDDEN, set()),
        *((policy.may_pause, project(s), STAFF) for s in (FORMING, RUNNING)),
        (policy.may_pause, project(PAUSED), set()),
        (policy.may_resume, project(PAUSED), STAFF),
        (policy.may_resume, project(RUNNING), set()),
        # coming
        (policy.may_join, project(joining=Joining.OPEN), OUTSIDE),
        (policy.may_join, project(), set()),
        (policy.may_ask, project(), OUTSIDE),
        (policy.may_ask, project(joining=Joining.OPEN), set()),
        (policy.may_ask, project(joining=Joining.INVITATION), set()),
        *((policy.may_ask, project(s), set()) for s in (PROPOSED, PAUSED, COMPLETED, ENDED)),
        (policy.may_ask, HIDDEN, set()),
        # going
        (policy.may_leave, project(), TEAM | {"unconfirmed member"}),
        (policy.may_leave, project(ENDED), TEAM | {"unconfirmed member"}),
        (policy.may_step_down, project(), LEADS),
        (policy.may_step_down, project(leads=(1,)), set()),
        (policy.may_step_down, project(blocked=(2,)), {"second lead"}),
    ],
)
def test_who_may(rule, thing, who):
    assert allowed(rule, thing) == who


def test_whoever_has_left_the_administration_is_no_contact():
    assert policy.may_work(PEOPLE["contact"], project())
    assert not policy.may_work(person(4), project())
    assert policy.may_leave(person(4), project())


def member(role, **changes):
    return TeamMember(user_id=20, role=role, project=project(**changes), joined_at=NOW)


@pytest.mark.parametrize(
    ("role", "who"),
    [(TeamRole.MEMBER, LEADS), (TeamRole.LEAD, set()), (TeamRole.CONTACT, set())],
)
def test_leads_decide_about_members_and_not_about_each_other(role, who):
    assert allowed(policy.may_change_member, member(role)) == who
    assert allowed(policy.may_change_member, member(role, state=COMPLETED)) == set()


def opening(state=OpeningState.OPEN, until_on=None, **changes):
    return Opening(state=state, until_on=until_on, project=project(**changes))


TODAY = NOW.date()


@pytest.mark.parametrize(
    ("wanted", "who"),
    [
        (opening(), OUTSIDE),
        (opening(joining=Joining.INVITATION), OUTSIDE),
        (opening(joining=Joining.OPEN), OUTSIDE),
        (opening(until_on=TODAY), OUTSIDE),
        (opening(until_on=TODAY - DAY), set()),
        (opening(OpeningState.FILLED), set()),
        (opening(OpeningState.CLOSED), set()),
        (opening(hidden_at=NOW), set()),
        (Opening(state=OpeningState.OPEN, project=project(PAUSED)), set()),
        (Opening(state=OpeningState.OPEN, project=project(PROPOSED)), set()),
    ],
)
def test_who_may_apply(wanted, who):
    assert allowed(policy.may_apply, wanted) == who


def request(state=RequestState.OPEN, **changes):
    return TeamRequest(user_id=5, state=state, project=project(**changes))


@pytest.mark.parametrize("state", RequestState)
def test_who_may_answer_and_who_may_take_back(state):
    is_open = state is RequestState.OPEN
    assert allowed(policy.may_answer, request(state)) == (LEADS if is_open else set())
    assert allowed(policy.may_withdraw, request(state)) == ({"resident"} if is_open else set())


def test_nobody_answers_for_a_team_that_is_over_but_everybody_takes_back():
    assert allowed(policy.may_answer, request()) == LEADS
    over = TeamRequest(user_id=5, state=RequestState.OPEN, project=project(ENDED))
    assert allowed(policy.may_answer, over) == set()
    assert allowed(policy.may_withdraw, over) == {"resident"}


def test_an_invitation_is_for_the_owner_of_the_address():
    invitation = TeamInvitation(email_key="a@example.org", project=project())
    assert policy.may_accept(PEOPLE["resident"], invitation, "a@example.org")
    assert not policy.may_accept(PEOPLE["resident"], invitation, "b@example.org")
    assert not policy.may_accept(PEOPLE["resident"], invitation, None)
    assert not policy.may_accept(PEOPLE["unconfirmed"], invitation, "a@example.org")


@pytest.mark.parametrize("state", ProjectState)
def test_the_invited_come_while_the_team_works(state):
    is_living = state in {PROPOSED, FORMING, RUNNING, PAUSED}
    assert policy.is_open_to_the_invited(project(state)) is is_living
    assert not policy.is_open_to_the_invited(project(state, hidden_at=NOW))


def test_members_stand_for_their_organisation():
    club = Organisation(id=1, name="Verein")
    club.members = [OrganisationMember(user_id=5, role=OrganisationRole.MEMBER)]
    assert allowed(policy.may_stand_for, club) == {"resident"}
    club.closed_at = NOW
    assert allowed(policy.may_stand_for, club) == set()


def test_before_publication_team_and_administration_see_it():
    unseen = project(PROPOSED)
    seen = {name for name, actor in PEOPLE.items() if unseen.is_open_before_publication(actor)}
    assert seen == TEAM | STAFF | {"unconfirmed member"}
