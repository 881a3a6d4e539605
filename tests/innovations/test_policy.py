"""Who may do what with an innovation, its gates, takings over and the exchange: tables of truth."""

from datetime import UTC, datetime

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.innovations import policy
from civic.innovations.models import WAY, Degree, Exchange, Innovation, Stage
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.organisations.models import Organisation, OrganisationMember, OrganisationRole
from civic.projects.models import Project, ProjectState, TeamMember, TeamRole
from civic.testbeds import policy as testbeds

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GEMEINDE = MunicipalityKind.GEMEINDE
KREIS = Municipality(id=1, path="/1/", is_active=True, kind=MunicipalityKind.KREIS)
TOWN = Municipality(id=2, path="/1/2/", is_active=True, kind=GEMEINDE)
ELSEWHERE = Municipality(id=3, path="/3/", is_active=True, kind=GEMEINDE)
ASLEEP = Municipality(id=4, path="/4/", is_active=False, kind=GEMEINDE)


def person(id, *roles, **changes):
    user = User(**{"id": id, "confirmed_at": NOW} | changes)
    user.memberships = [
        Membership(role=role, municipality=place, municipality_id=place and place.id)
        for role, place in roles
    ]
    return user


PEOPLE = {
    "nobody": Nobody(),
    "author": person(1),
    "unconfirmed author": person(1, confirmed_at=None),
    "blocked author": person(1, blocked_at=NOW),
    "lead": person(10),
    "team member": person(11),
    "contact": person(12),
    "owner": person(20),
    "editor": person(21),
    "plain member": person(22),
    "somebody": person(2),
    "staff": person(3, (Role.STAFF, TOWN)),
    "blocked staff": person(3, (Role.STAFF, TOWN), blocked_at=NOW),
    "staff of the county": person(4, (Role.STAFF, KREIS)),
    "staff elsewhere": person(5, (Role.STAFF, ELSEWHERE)),
    "moderator": person(6, (Role.MODERATOR, TOWN)),
    "coordinator": person(8, (Role.COORDINATOR, None)),
    "admin": person(7, (Role.ADMIN, None)),
    "system": System(),
}
STAFF = {"staff", "staff of the county", "admin", "system"}
#: The contact of the administration keeps it only as long as they belong to it.
TEAM = {"lead", "team member"}
SPEAKERS = {"owner", "editor"}
CONFIRMED = set(PEOPLE) - {"nobody", "unconfirmed author", "blocked author", "blocked staff"}


def project(**changes):
    made = Project(
        **{
            "id": 50,
            "author_id": 10,
            "municipality": TOWN,
            "state": ProjectState.COMPLETED,
            "published_at": NOW,
        }
        | changes
    )
    made.team = [
        TeamMember(user_id=id, role=role)
        for id, role in ((10, TeamRole.LEAD), (11, TeamRole.MEMBER), (12, TeamRole.CONTACT))
    ]
    return made


def organisation(**changes):
    made = Organisation(id=60, **changes)
    made.members = [
        OrganisationMember(user_id=id, role=role)
        for id, role in zip((20, 21, 22), OrganisationRole, strict=True)
    ]
    return made


def innovation(**changes):
    return Innovation(
        **{
            "id": 9,
            "author_id": 1,
            "municipality": TOWN,
            "municipality_id": TOWN.id,
            "state": Stage.PILOT,
            "published_at": NOW,
        }
        | changes
    )


def exchange(**changes):
    return Exchange(
        **{"id": 8, "author_id": 1, "municipality": TOWN, "state": "wanted", "published_at": NOW}
        | changes
    )


def allowed(rule, *things, **more):
    return {name for name, actor in PEOPLE.items() if rule(actor, *things, **more)}


@pytest.mark.parametrize(
    ("place", "more", "who"),
    [
        (TOWN, {}, STAFF),
        (ELSEWHERE, {}, {"staff elsewhere", "admin", "system"}),
        (ASLEEP, {}, set()),
        (TOWN, {"organisation": organisation()}, STAFF | SPEAKERS),
        (TOWN, {"organisation": organisation(closed_at=NOW)}, STAFF),
        (TOWN, {"project": project()}, {"lead"}),
        (TOWN, {"project": project(state=ProjectState.ENDED)}, {"lead"}),
        (TOWN, {"project": project(published_at=None)}, set()),
        (TOWN, {"project": project(hidden_at=NOW)}, set()),
        (TOWN, {"project": project(), "organisation": organisation()}, {"lead"}),
        (ASLEEP, {"project": project()}, set()),
    ],
)
def test_who_may_register(place, more, who):
    assert allowed(policy.may_register, place, **more) == who
    if "project" in more and place.is_active:
        assert allowed(policy.may_register_from, more["project"]) == who


def test_who_may_open_the_page_for_registering():
    assert allowed(policy.may_register_somewhere) == STAFF - {"system"} | {"staff elsewhere"}
    mine = organisation()
    assert allowed(policy.may_register_somewhere, [mine]) == (
        STAFF - {"system"} | {"staff elsewhere"} | SPEAKERS
    )


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (innovation(), {"author"} | STAFF),
        (innovation(project=project()), TEAM),
        (innovation(organisation=organisation()), SPEAKERS),
        (innovation(project=project(), organisation=organisation()), TEAM | SPEAKERS),
        (innovation(hidden_at=NOW), set()),
    ],
)
def test_who_keeps_an_entry_and_proposes_its_steps(thing, who):
    assert allowed(policy.may_propose, thing) == who
    assert allowed(policy.may_edit, thing) == who
    thing.state = Stage.ENDED
    assert allowed(policy.may_propose, thing) == who  # it may be taken up again
    assert allowed(policy.may_edit, thing) == set()


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (innovation(), STAFF),
        (innovation(project=project()), STAFF),
        (innovation(organisation=organisation()), STAFF | SPEAKERS),
        (innovation(organisation=organisation(closed_at=NOW)), STAFF),
        (innovation(project=project(), organisation=organisation()), STAFF | SPEAKERS),
        (innovation(state=Stage.ENDED), STAFF),
        (innovation(hidden_at=NOW), set()),
    ],
)
def test_who_decides_about_a_step(thing, who):
    assert allowed(policy.may_decide, thing) == who


def test_proposals_are_between_team_and_deciders():
    thing = innovation(project=project(), organisation=organisation())
    assert allowed(policy.may_see_proposals, thing) == TEAM | SPEAKERS | STAFF
    assert allowed(policy.may_see_proposals, innovation()) == STAFF | {"author"}


OTHERS = {"staff elsewhere", "staff of the county", "admin"}


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (innovation(), OTHERS),
        (innovation(hidden_at=NOW), set()),
        (
            innovation(municipality=ELSEWHERE, municipality_id=3),
            OTHERS - {"staff elsewhere"} | {"staff"},
        ),
        # The county may take its own entry over for a village that lies in it.
        (innovation(municipality=KREIS, municipality_id=1), OTHERS | {"staff"}),
        (innovation(state=Stage.ENDED), OTHERS),
    ],
)
def test_who_may_take_over(thing, who):
    assert allowed(policy.may_take_over, thing) == who


@pytest.mark.parametrize(
    ("place", "who"),
    [
        (TOWN, set()),
        (ELSEWHERE, {"staff elsewhere", "admin", "system"}),
        (KREIS, {"staff of the county", "admin", "system"}),
        (ASLEEP, set()),
    ],
)
def test_for_which_municipality_it_is_taken_over(place, who):
    assert allowed(policy.may_take_over_for, innovation(), place) == who
    assert allowed(policy.may_take_over_for, innovation(hidden_at=NOW), place) == set()


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (innovation(), set()),
        (innovation(degree=Degree.TRYING), STAFF),
        (innovation(degree=Degree.TRYING, state=Stage.ENDED), set()),
        (innovation(degree=Degree.TRYING, hidden_at=NOW), set()),
    ],
)
def test_who_says_how_far_it_was_taken_over(thing, who):
    assert allowed(policy.may_set_degree, thing) == who


def test_who_posts_in_the_exchange():
    assert allowed(policy.may_post, TOWN) == STAFF
    assert allowed(policy.may_post, TOWN, organisation()) == STAFF | SPEAKERS
    assert allowed(policy.may_post, TOWN, organisation(closed_at=NOW)) == STAFF
    assert allowed(policy.may_post, ASLEEP, organisation()) == set()


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (exchange(), {"author"} | STAFF),
        (exchange(organisation=organisation()), SPEAKERS),
        (exchange(settled_at=NOW), set()),
        (exchange(hidden_at=NOW), set()),
    ],
)
def test_who_keeps_an_offer(thing, who):
    assert allowed(policy.may_keep_exchange, thing) == who


@pytest.mark.parametrize(
    ("stage", "steps"),
    [
        (Stage.IDEA, {Stage.CONCEPT, Stage.ENDED}),
        (Stage.CONCEPT, {Stage.PILOT, Stage.IDEA, Stage.ENDED}),
        (Stage.PILOT, {Stage.ROLLOUT, Stage.CONCEPT, Stage.IDEA, Stage.ENDED}),
        (Stage.REGULAR, set(WAY) - {Stage.REGULAR} | {Stage.ENDED}),
        (Stage.HANDED_ON, set(WAY) - {Stage.HANDED_ON} | {Stage.ENDED}),
        (Stage.ENDED, {Stage.IDEA}),
    ],
)
def test_one_step_on_any_step_back_and_the_end_from_everywhere(stage, steps):
    assert set(policy.steps_from(stage)) == steps


def test_what_was_ended_is_taken_up_again_at_most_where_it_stood():
    assert policy.steps_from(Stage.ENDED, Stage.PILOT) == (Stage.IDEA, Stage.CONCEPT, Stage.PILOT)


def test_only_a_step_along_the_way_is_a_step_on():
    forward = [(a, b) for a in Stage for b in Stage if policy.is_forward(a, b)]
    assert forward == [(a, b) for n, a in enumerate(WAY) for b in WAY[n + 1 :]]


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (innovation(), {"author"} | STAFF),
        (innovation(state=Stage.HANDED_ON), {"author"} | STAFF),
        (innovation(state=Stage.ENDED), set()),
        (innovation(hidden_at=NOW), set()),
        (exchange(), set()),
    ],
)
def test_what_was_ended_and_what_is_only_an_offer_asks_for_no_test_bed(thing, who):
    assert allowed(testbeds.may_try, thing) == who
