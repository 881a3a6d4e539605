"""Who may moderate: tables of truth, no database."""

import pytest

from civic.accounts.models import Membership, Nobody, Role, System, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.moderation import policy
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation, OrganisationMember, OrganisationRole
from civic.projects.models import Project, TeamMember, TeamRole

COUNTY = Municipality(id=1, path="/1/")
TOWN = Municipality(id=2, path="/1/2/")
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
    "moderator of all": person(7, Role.MODERATOR),
    "blocked moderator": person(8, Role.MODERATOR, TOWN, blocked_at=clock.now()),
    "unconfirmed moderator": person(9, Role.MODERATOR, TOWN, confirmed_at=None),
    "admin": person(10, Role.ADMIN),
    "nobody": Nobody(),
    "console": System(),
}
DECIDERS = {"moderator", "moderator above", "moderator of all", "admin"}


def thing(author: int = 1, **changes) -> Contribution:
    values = {"published_at": clock.now()} | changes
    return Contribution(id=9, author_id=author, municipality=TOWN, **values)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_moderate(who):
    assert policy.may_moderate(PEOPLE[who], thing()) is (who in DECIDERS)
    assert policy.may_moderate(PEOPLE[who], thing(published_at=None)) is False


@pytest.mark.parametrize("who", sorted(DECIDERS))
def test_nobody_moderates_in_their_own_cause(who):
    own = thing(PEOPLE[who].id)
    assert policy.may_moderate(PEOPLE[who], own) is False
    assert policy.may_read_decisions(PEOPLE[who], own) is True


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_read_decisions(who):
    assert policy.may_read_decisions(PEOPLE[who], thing()) is (who in DECIDERS | {"author"})


def organisation(**roles: OrganisationRole) -> Organisation:
    named = Organisation(id=7, name="Verein")
    named.members = [
        OrganisationMember(user_id=PEOPLE[who.replace("_", " ")].id, role=role)
        for who, role in roles.items()
    ]
    return named


def test_who_speaks_for_an_organisation_reads_why_its_words_were_hidden():
    named = organisation(member=OrganisationRole.EDITOR, staff=OrganisationRole.MEMBER)
    said = thing(organisation=named)
    readers = {who for who, actor in PEOPLE.items() if policy.may_read_decisions(actor, said)}
    assert readers == DECIDERS | {"author", "member"}


def test_nobody_moderates_what_their_organisation_or_team_published():
    named = organisation(moderator=OrganisationRole.EDITOR, admin=OrganisationRole.MEMBER)
    project = Project(id=9, author_id=1, municipality=TOWN, published_at=clock.now())
    project.team = [TeamMember(user_id=4, role=TeamRole.MEMBER)]
    for own in (thing(organisation=named), project):
        deciders = {who for who, actor in PEOPLE.items() if policy.may_moderate(actor, own)}
        assert deciders == DECIDERS - {"moderator"}
        assert policy.may_read_decisions(PEOPLE["moderator"], own)
