"""Who may do what with a test bed and a pilot: the table of truth."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.comments.models import Comment
from civic.core import clock
from civic.ideas.models import Idea, IdeaState
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation, OrganisationMember, OrganisationRole
from civic.testbeds import policy
from civic.testbeds.models import PUBLIC, RUNNING, Pilot, PilotState
from civic.testbeds.models import Testbed as Bed
from civic.testbeds.models import TestbedState as State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YESTERDAY = NOW.date() - timedelta(days=1)
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
    "keeper": person(1),
    "unconfirmed keeper": person(1, confirmed_at=None),
    "blocked keeper": person(1, blocked_at=NOW),
    "member": person(2),
    "staff": person(3, (Role.STAFF, TOWN)),
    "staff of the county": person(4, (Role.STAFF, KREIS)),
    "staff elsewhere": person(5, (Role.STAFF, ELSEWHERE)),
    "moderator": person(6, (Role.MODERATOR, TOWN)),
    "admin": person(7, (Role.ADMIN, None)),
    "system": System(),
}
HOSTS = {"staff", "staff of the county", "admin", "system"}
KEEPERS = {"keeper"}
EVERYBODY = set(PEOPLE)


def bed(state=State.OPEN, **changes):
    return Bed(
        **{
            "id": 9,
            "author_id": 3,
            "municipality": TOWN,
            "state": state,
            "published_at": NOW,
            "capacity": 1,
        }
        | changes
    )


def idea(**changes):
    values = {"id": 8, "author_id": 1, "municipality": ELSEWHERE, "state": IdeaState.OPEN}
    return Idea(**values | {"published_at": NOW} | changes)


def pilot(state, thing=None, place=None):
    return Pilot(id=7, state=state, testbed=place or bed(), contribution=thing or idea())


def allowed(rule, *things):
    with clock.at(NOW):
        return {name for name, actor in PEOPLE.items() if rule(actor, *things)}


@pytest.mark.parametrize(
    ("rule", "thing", "who"),
    [
        (policy.may_open, TOWN, HOSTS),
        (policy.may_open, KREIS, HOSTS - {"staff"}),
        (policy.may_open, ASLEEP, set()),
        (policy.may_begin, TOWN, HOSTS),
        (policy.may_begin, None, {"admin", "system"}),
        (policy.may_edit, bed(), HOSTS),
        (policy.may_edit, bed(State.CLOSED), HOSTS),
        (policy.may_edit, bed(hidden_at=NOW), set()),
        (policy.may_close, bed(), HOSTS),
        (policy.may_close, bed(State.FULL), HOSTS),
        (policy.may_close, bed(State.CLOSED), set()),
        (policy.may_close, bed(hidden_at=NOW), set()),
        (policy.may_reopen, bed(), set()),
        (policy.may_reopen, bed(State.FULL), set()),
        (policy.may_reopen, bed(State.CLOSED), HOSTS),
        (policy.may_reopen, bed(State.CLOSED, hidden_at=NOW), set()),
    ],
)
def test_who_may_keep_a_test_bed(rule, thing, who):
    assert allowed(rule, thing) == who


@pytest.mark.parametrize(
    ("place", "who"),
    [
        (bed(), KEEPERS),
        (bed(ends_on=NOW.date()), KEEPERS),
        (bed(ends_on=YESTERDAY), set()),
        (bed(State.FULL), set()),
        (bed(State.CLOSED), set()),
        (bed(hidden_at=NOW), set()),
        (bed(published_at=None), set()),
    ],
)
def test_who_may_apply_in_a_test_bed(place, who):
    assert allowed(policy.may_apply, place, idea()) == who


@pytest.mark.parametrize(
    ("thing", "who"),
    [
        (idea(), KEEPERS),
        (idea(hidden_at=NOW), set()),
        (idea(published_at=None), set()),
        (bed(), set()),
        (bed(author_id=1), set()),
        (Comment(id=5, author_id=1, published_at=NOW), set()),
    ],
)
def test_what_one_may_apply_with(thing, who):
    assert allowed(policy.may_try, thing) == who
    assert allowed(policy.may_apply, bed(), thing) == who


@pytest.mark.parametrize(("is_living", "who"), [(True, KEEPERS), (False, set())])
def test_what_has_ended_is_tried_no_more(monkeypatch, is_living, who):
    monkeypatch.setattr(Idea, "is_living", property(lambda _: is_living))
    assert allowed(policy.may_try, idea()) == who


def test_what_an_organisation_published_is_tried_by_those_who_speak_for_it():
    club = Organisation(id=1, name="Verein")
    club.members = [
        OrganisationMember(user_id=2, role=OrganisationRole.EDITOR),
        OrganisationMember(user_id=6, role=OrganisationRole.MEMBER),
    ]
    assert allowed(policy.may_try, idea(organisation=club)) == {"member"}


#: Rule -> state of the pilot -> who may; in every other state nobody may.
STEPS = {
    policy.may_decide: {PilotState.APPLIED: HOSTS},
    policy.may_withdraw: {PilotState.APPLIED: KEEPERS},
    policy.may_finish: {PilotState.ADMITTED: HOSTS | KEEPERS},
}


@pytest.mark.parametrize(
    ("rule", "state"), list(chain.from_iterable([(r, s) for s in PilotState] for r in STEPS))
)
def test_who_takes_the_next_step(rule, state):
    assert allowed(rule, pilot(state)) == STEPS[rule].get(state, set())


@pytest.mark.parametrize("state", PilotState)
def test_what_was_not_admitted_is_seen_by_its_two_sides_alone(state):
    who = EVERYBODY if state in PUBLIC else HOSTS | KEEPERS
    assert allowed(policy.may_see, pilot(state)) == who


@pytest.mark.parametrize("state", PilotState)
@pytest.mark.parametrize("hidden", [{"thing": idea(hidden_at=NOW)}, {"place": bed(hidden_at=NOW)}])
def test_what_is_hidden_is_shown_to_nobody_else(state, hidden):
    assert allowed(policy.may_see, pilot(state, **hidden)) == HOSTS | KEEPERS


def test_every_state_is_known():
    assert {PilotState.ADMITTED, PilotState.FINISHED} == PUBLIC
    assert {PilotState.APPLIED, PilotState.ADMITTED} == RUNNING
    assert {rule.__name__ for rule in policy.RULES.values()} == {
        name for name in vars(policy) if name.startswith("may_")
    }
