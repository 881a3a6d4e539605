"""Who may add, see, change and take down a file: tables of truth, no database."""

from __future__ import annotations

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.attachments import policy
from civic.attachments.models import Attachment
from civic.comments.models import Comment, CommentState
from civic.contributions.models import Contribution, Hiding
from civic.core import clock
from civic.municipalities.models import Municipality

COUNTY = Municipality(id=1, path="/1/")
TOWN = Municipality(id=2, path="/1/2/", attachment_most=10)
NEIGHBOUR = Municipality(id=3, path="/1/3/")


def person(id: int, role: Role | None = None, place: Municipality | None = None, **changes) -> User:
    user = User(id=id, **({"confirmed_at": clock.now()} | changes))
    user.memberships = [Membership(role=role, municipality=place)] if role else []
    return user


PEOPLE = {
    "author": person(1),
    "member": person(2),
    "staff": person(3, Role.STAFF, TOWN),
    "moderator": person(4, Role.MODERATOR, TOWN),
    "moderator above": person(5, Role.MODERATOR, COUNTY),
    "moderator elsewhere": person(6, Role.MODERATOR, NEIGHBOUR),
    "admin": person(7, Role.ADMIN),
    "blocked moderator": person(8, Role.MODERATOR, TOWN, blocked_at=clock.now()),
    "unconfirmed moderator": person(9, Role.MODERATOR, TOWN, confirmed_at=None),
    "nobody": Nobody(),
    "console": System(),
}
KEEPERS = {"author"}
MODERATORS = {"moderator", "moderator above", "admin"}
EVERYBODY = set(PEOPLE)


def thing(**changes) -> Contribution:
    values = {"published_at": clock.now(), "author_id": 1, "municipality": TOWN} | changes
    return Contribution(id=9, **values)


def hidden(**changes) -> Contribution:
    return thing(hidden_at=clock.now(), hidden_as=Hiding.MODERATED, **changes)


def file(about: Contribution | None = None, **changes) -> Attachment:
    values = {"author_id": 1, "is_inner": False} | changes
    return Attachment(contribution=about or thing(), **values)


def who(rule, *of) -> set[str]:
    return {name for name, actor in PEOPLE.items() if rule(actor, *of)}


def test_who_may_add():
    assert who(policy.may_add, thing()) == KEEPERS
    assert who(policy.may_add, thing(published_at=None)) == KEEPERS
    assert who(policy.may_add, hidden()) == set()
    closed = Municipality(id=4, path="/1/4/", attachment_most=0)
    assert who(policy.may_add, thing(municipality=closed)) == set()


def test_comments_take_no_files():
    comment = Comment(
        id=9, author_id=1, municipality=TOWN, published_at=clock.now(), state=CommentState.POSTED
    )
    assert who(policy.may_add, comment) == set()


def test_who_may_see():
    assert who(policy.may_see, file()) == EVERYBODY
    assert who(policy.may_see, file(thing(published_at=None))) == KEEPERS
    assert who(policy.may_see, file(hidden())) == KEEPERS | MODERATORS | {"console"}


def test_inner_files_are_for_those_who_keep_the_thing():
    assert who(policy.may_see, file(is_inner=True)) == KEEPERS
    assert who(policy.may_see, file(hidden(), is_inner=True)) == KEEPERS


def test_nobody_sees_a_file_whose_thing_is_gone():
    gone = Attachment(contribution=None, author_id=1, is_inner=False)
    for rule in (policy.may_see, policy.may_change, policy.may_take_down):
        assert who(rule, gone) == set()
    assert not policy.is_public(gone)


@pytest.mark.parametrize(
    ("about", "is_inner", "is_public"),
    [(thing(), False, True), (thing(), True, False), (hidden(), False, False),
     (thing(published_at=None), False, False)],
)  # fmt: skip
def test_what_others_may_keep_a_copy_of(about, is_inner, is_public):
    assert policy.is_public(file(about, is_inner=is_inner)) is is_public


def test_who_may_change_and_remove():
    assert who(policy.may_change, file()) == KEEPERS
    assert who(policy.may_change, file(author_id=2)) == KEEPERS
    assert who(policy.may_change, file(is_inner=True)) == KEEPERS
    assert who(policy.may_change, file(hidden())) == set()


def test_who_may_take_down():
    assert who(policy.may_take_down, file()) == MODERATORS
    assert who(policy.may_take_down, file(hidden())) == MODERATORS
    assert who(policy.may_take_down, file(is_inner=True)) == set()
    assert who(policy.may_take_down, file(thing(published_at=None))) == set()


@pytest.mark.parametrize("name", sorted(MODERATORS))
def test_nobody_takes_down_in_their_own_cause(name):
    judge = PEOPLE[name]
    assert not policy.may_take_down(judge, file(author_id=judge.id))
    assert not policy.may_take_down(judge, file(thing(author_id=judge.id), author_id=2))


def test_who_finds_the_page_of_all_files():
    assert who(policy.may_manage, thing()) == KEEPERS | MODERATORS


def test_who_may_sweep():
    assert who(policy.may_sweep) == {"admin", "console"}


def test_templates_ask_by_these_names():
    assert set(policy.RULES) == {
        f"attachment.{n}" for n in ("add", "see", "change", "take_down", "manage")
    }
