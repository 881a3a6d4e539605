"""Who may do what with an idea: the table of truth."""

from datetime import UTC, datetime, timedelta

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.core import clock
from civic.ideas import policy
from civic.ideas.models import Idea, IdeaState
from civic.municipalities.models import Municipality

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KREIS = Municipality(id=1, path="/1/", is_active=True)
TOWN = Municipality(id=2, path="/1/2/", is_active=True, idea_edit_hours=48)
ELSEWHERE = Municipality(id=3, path="/3/", is_active=True)
ASLEEP = Municipality(id=4, path="/4/", is_active=False)


def person(id, *roles, **changes):
    user = User(**{"id": id, "confirmed_at": NOW} | changes)
    user.memberships = [Membership(role=role, municipality=place) for role, place in roles]
    return user


PEOPLE = {
    "nobody": Nobody(),
    "author": person(1),
    "unconfirmed author": person(1, confirmed_at=None),
    "blocked author": person(1, blocked_at=NOW),
    "member": person(2),
    "staff": person(3, (Role.STAFF, TOWN)),
    "staff of the county": person(4, (Role.STAFF, KREIS)),
    "staff elsewhere": person(5, (Role.STAFF, ELSEWHERE)),
    "moderator": person(6, (Role.MODERATOR, TOWN)),
    "admin": person(7, (Role.ADMIN, None)),
    "system": System(),
}


def idea(state=IdeaState.OPEN, **changes):
    return Idea(
        **{
            "id": 9,
            "author_id": 1,
            "municipality": TOWN,
            "state": state,
            "published_at": NOW - timedelta(hours=1),
            "answer_due_on": NOW.date(),
        }
        | changes
    )


def allowed(rule, thing):
    with clock.at(NOW):
        return {name for name, actor in PEOPLE.items() if rule(actor, thing)}


CONFIRMED = set(PEOPLE) - {"nobody", "unconfirmed author", "blocked author"}
DECIDERS = {"staff", "staff of the county", "admin", "system"}


@pytest.mark.parametrize(
    ("rule", "thing", "who"),
    [
        (policy.may_submit, TOWN, CONFIRMED),
        (policy.may_submit, ASLEEP, set()),
        (policy.may_edit, idea(), {"author"}),
        (policy.may_edit, idea(IdeaState.IN_REVIEW), {"author"}),
        (policy.may_edit, idea(IdeaState.TAKEN_UP), set()),
        (policy.may_edit, idea(hidden_at=NOW), set()),
        (policy.may_edit, idea(published_at=NOW - timedelta(hours=48)), {"author"}),
        (policy.may_edit, idea(published_at=NOW - timedelta(hours=49)), set()),
        (policy.may_withdraw, idea(), {"author"}),
        (policy.may_withdraw, idea(IdeaState.TAKEN_UP), {"author"}),
        (policy.may_withdraw, idea(IdeaState.DECLINED), set()),
        (policy.may_withdraw, idea(IdeaState.WITHDRAWN), set()),
        (policy.may_decide, idea(), DECIDERS),
        (policy.may_decide, idea(IdeaState.DECLINED), DECIDERS),
        (policy.may_decide, idea(IdeaState.WITHDRAWN), set()),
        (policy.may_decide, idea(IdeaState.DONE), set()),
        (policy.may_decide, idea(hidden_at=NOW), set()),
    ],
)
def test_who_may(rule, thing, who):
    assert allowed(rule, thing) == who


def test_every_state_has_its_decisions():
    assert set(policy.DECISIONS) == set(IdeaState)
