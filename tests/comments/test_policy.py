"""Who may say something, change it and take it back: tables of truth without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.comments import policy
from civic.comments.models import Comment, CommentState
from civic.contributions.models import Hiding
from civic.core import clock
from civic.ideas.models import Idea, IdeaState
from civic.municipalities.models import Municipality

NOW = datetime(2026, 8, 14, 19, 42, tzinfo=UTC)
TOWN = Municipality(id=1, path="/1/", comment_edit_minutes=30)
SLOW_TOWN = Municipality(id=2, path="/2/", comment_edit_minutes=None)


@pytest.fixture(autouse=True)
def _now():
    with clock.at(NOW):
        yield


def person(id, *, confirmed=True, blocked=False, role=None):
    user = User(
        id=id,
        name="Anton Reiter",
        confirmed_at=NOW if confirmed else None,
        blocked_at=NOW if blocked else None,
    )
    user.memberships = [Membership(role=role, municipality=TOWN)] if role else []
    return user


AUTHOR = 7
PEOPLE = {
    "nobody": Nobody(),
    "unconfirmed": person(3, confirmed=False),
    "blocked": person(4, blocked=True),
    "member": person(5),
    "author": person(AUTHOR),
    "moderator": person(8, role=Role.MODERATOR),
    "staff": person(9, role=Role.STAFF),
}
MEMBERS = {"member", "author", "moderator", "staff"}


def idea(**changes):
    values = {"published_at": NOW, "author_id": 6, "state": IdeaState.OPEN, "municipality": TOWN}
    return Idea(**(values | changes))


def comment(about=None, parent=None, *, age=0, town=TOWN, **changes):
    values = {
        "id": 12,
        "author_id": AUTHOR,
        "state": CommentState.POSTED,
        "published_at": NOW - timedelta(minutes=age),
        "municipality": town,
        "about": about or idea(),
        "parent": parent,
        "parent_id": parent.id if parent else None,
    }
    return Comment(**(values | changes))


HIDDEN = {"hidden_at": NOW, "hidden_as": Hiding.MODERATED}
BLOCKED = {"hidden_at": NOW, "hidden_as": Hiding.BLOCKED}
REMOVED = {"state": CommentState.REMOVED}
UNPUBLISHED = {"published_at": None}


def allowed(rule, thing):
    return {name for name, actor in PEOPLE.items() if rule(actor, thing)}


@pytest.mark.parametrize(
    ("about", "who"),
    [
        (idea(), MEMBERS),
        (idea(state=IdeaState.WITHDRAWN), MEMBERS),
        (idea(**HIDDEN), set()),
        (idea(**BLOCKED), set()),
        (idea(**UNPUBLISHED), set()),
        (comment(), set()),
    ],
)
def test_who_may_comment(about, who):
    assert allowed(policy.may_add, about) == who


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (comment(), MEMBERS),
        (comment(parent=comment(id=11)), MEMBERS),
        (comment(**HIDDEN), set()),
        (comment(**BLOCKED), set()),
        (comment(**REMOVED), set()),
        (comment(about=idea(**HIDDEN)), set()),
        (comment(parent=comment(id=11, **REMOVED)), set()),
        (comment(parent=comment(id=11, **HIDDEN)), set()),
    ],
)
def test_who_may_reply(said, who):
    assert allowed(policy.may_reply, said) == who


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (comment(), {"author"}),
        (comment(age=30), {"author"}),
        (comment(age=31), set()),
        (comment(age=10_000, town=SLOW_TOWN), {"author"}),
        (comment(**HIDDEN), set()),
        (comment(**BLOCKED), set()),
        (comment(**REMOVED), set()),
    ],
)
def test_who_may_edit(said, who):
    assert allowed(policy.may_edit, said) == who


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (comment(), {"author"}),
        (comment(age=10_000), {"author"}),
        (comment(**HIDDEN), set()),
        (comment(**BLOCKED), set()),
        (comment(**REMOVED), set()),
    ],
)
def test_who_may_remove(said, who):
    assert allowed(policy.may_remove, said) == who


def test_only_the_house_itself_recounts():
    assert policy.may_recount(System())
    assert not any(policy.may_recount(actor) for actor in PEOPLE.values())


@pytest.mark.parametrize("changes", [HIDDEN, BLOCKED, REMOVED, {"about": idea(**HIDDEN)}])
def test_what_is_not_there_takes_no_votes(changes):
    assert comment().takes_votes
    assert not comment(**changes).takes_votes


def test_replies_are_one_level_deep():
    top = comment(id=11)
    assert top.takes_comments
    assert not comment(parent=top).takes_comments
    assert comment(parent=top).takes_replies
