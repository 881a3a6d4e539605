"""Publishing in the name of an organisation: the voice is public, the person stays on record."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from civic.accounts.models import Role
from civic.activity.models import Activity
from civic.comments import service as comments
from civic.contributions import queries, service
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.core.paging import window
from civic.ideas import service as ideas
from civic.ideas.models import WithdrawalReason
from civic.moderation import service as moderation
from civic.notifications.queries import lists
from civic.organisations.models import OrganisationLogEntry, OrganisationRole
from tests.make import BODY, TITLE, make_idea, make_municipality, make_topic, make_user
from tests.make_organisations import add_member, make_organisation

OWNER, EDITOR, MEMBER = OrganisationRole


def submit(actor, organisation=None):
    return ideas.submit_idea(
        actor, make_municipality(), title=TITLE, body=BODY, place="",
        slugs=[make_topic().slug], organisation=organisation,
    )  # fmt: skip


def log_of(organisation):
    return db.session.scalars(
        select(OrganisationLogEntry)
        .where(OrganisationLogEntry.organisation_id == organisation.id)
        .order_by(OrganisationLogEntry.id.desc())
    ).all()


@pytest.mark.parametrize("role", [OWNER, EDITOR])
def test_an_idea_in_the_name_of_an_organisation(inside, role):
    organisation = make_organisation()
    writer = add_member(organisation, role=role)
    idea = submit(writer, organisation)
    assert (idea.voice, idea.author) == (organisation.name, writer)
    entry = log_of(organisation)[0]
    assert (entry.verb, entry.detail) == ("organisation.published", idea.reference)
    assert entry.actor_id == writer.id
    act = db.session.scalars(select(Activity).where(Activity.contribution_id == idea.id)).one()
    assert (act.voice, act.actor_id) == (organisation.name, writer.id)


def test_who_may_not_speak_for_it_publishes_nothing(inside):
    organisation = make_organisation()
    for person in (make_user(), add_member(organisation)):
        with pytest.raises(Forbidden):
            submit(person, organisation)
    assert all(entry.verb != "organisation.published" for entry in log_of(organisation))


def test_nobody_speaks_for_a_closed_organisation(inside):
    owner = make_user()
    organisation = make_organisation(owner, closed_at=clock.now())
    with pytest.raises(Forbidden):
        submit(owner, organisation)


def test_a_comment_in_the_name_of_an_organisation(inside):
    owner = make_user()
    organisation = make_organisation(owner)
    comment = comments.add_comment(
        owner, make_idea(), body="Wir helfen gern mit.", organisation=organisation
    )
    assert comment.voice == organisation.name
    assert log_of(organisation)[0].detail == f"#{comment.id}"


def test_the_same_words_in_another_name_are_another_comment(inside):
    owner, idea = make_user(), make_idea()
    organisation = make_organisation(owner)
    said = [
        comments.add_comment(owner, idea, body="Gute Sache!", organisation=name).id
        for name in (None, organisation, organisation)
    ]
    assert said[0] != said[1] == said[2]


def test_another_editor_goes_on_in_the_name_of_the_organisation(inside):
    organisation = make_organisation()
    writer, colleague = (add_member(organisation, role=EDITOR) for _ in range(2))
    idea = submit(writer, organisation)
    ideas.withdraw_idea(colleague, idea, code=WithdrawalReason.DONE, text="")
    act = db.session.scalars(select(Activity).where(Activity.verb == "idea.withdrawn")).one()
    assert (act.voice, act.actor_id) == (organisation.name, colleague.id)


def test_who_has_left_no_longer_changes_what_was_published(inside):
    organisation = make_organisation()
    writer = add_member(organisation, role=EDITOR)
    idea = submit(writer, organisation)
    organisation.members = [m for m in organisation.members if m.user_id != writer.id]
    db.session.flush()
    with pytest.raises(Forbidden):
        ideas.edit_idea(writer, idea, title=TITLE, body=BODY + " Neu.", place="", slugs=[], seen=1)


def test_cards_and_notices_bear_the_name_of_the_organisation(inside):
    owner = make_user("Ada Autorin")
    organisation = make_organisation(owner)
    idea = submit(owner, organisation)
    card = window(queries.cards(), queries.NEWEST, "", 5).items[0]
    assert (card.id, card.organisation_name) == (idea.id, organisation.name)
    assert card.author_name == "Ada Autorin"
    names = select(lists._lines().subquery().c.actor_name)
    assert "Ada Autorin" not in str(db.session.scalars(names).all())


def test_published_by_lists_what_is_visible(inside):
    owner = make_user()
    organisation = make_organisation(owner)
    first, second = submit(owner, organisation), submit(owner, organisation)
    submit(owner)
    moderator = make_user(roles=[(Role.MODERATOR, second.municipality)])
    moderation.hide(moderator, second, reason="Werbung für ein Geschäft")
    listed = db.session.execute(queries.published_by(organisation, ["idea"])).all()
    assert [card.id for card in listed] == [first.id]


# -- things that stand on earlier things ------------------------------------------------------


@pytest.fixture
def line(inside):
    """Three ideas of one person, each standing on the one before (whatever their kind)."""
    author = make_user()
    things = [make_idea(author, title=f"Eine Idee, Nummer {n}") for n in range(3)]
    service.descend(author, things[1], [things[0]])
    service.descend(author, things[2], [things[1]])
    return author, things


def ids(cards):
    return [card.id for card in cards]


def test_the_whole_line_is_found_from_every_place(line):
    _, (first, second, third) = line
    assert ids(queries.later(first)) == [second.id, third.id]
    assert ids(queries.earlier(third)) == [first.id, second.id]
    assert (ids(queries.earlier(second)), ids(queries.later(second))) == ([first.id], [third.id])
    assert (ids(queries.earlier(first)), ids(queries.later(third))) == ([], [])


def test_a_hidden_thing_is_left_out_and_breaks_no_line(line):
    _, (first, second, third) = line
    moderator = make_user(roles=[(Role.MODERATOR, second.municipality)])
    moderation.hide(moderator, second, reason="Werbung für ein Geschäft")
    assert ids(queries.later(first)) == [third.id]
    assert ids(queries.earlier(third)) == [first.id]


def test_a_thing_may_stand_on_several(line):
    author, (first, second, third) = line
    other = make_idea()
    service.descend(author, third, [other, first, second])
    assert ids(queries.earlier(third)) == [first.id, second.id, other.id]
    assert ids(queries.later(other)) == [third.id]


def test_a_link_said_twice_is_said_once_and_changes_no_state(line):
    author, (first, second, _) = line
    before = (first.state, first.version, first.updated_at)
    service.descend(author, second, [first])
    assert (first.state, first.version, first.updated_at) == before


def test_nothing_stands_on_itself(line):
    author, (first, second, third) = line
    for later, earlier in ((first, first), (first, third), (second, third)):
        with pytest.raises(RuleBroken):
            service.descend(author, later, [earlier])


def test_strangers_link_nothing_and_nobody_links_what_they_do_not_see(line):
    author, (first, _, third) = line
    with pytest.raises(Forbidden):
        service.descend(make_user(), third, [first])
    hidden = make_idea()
    moderator = make_user(roles=[(Role.MODERATOR, hidden.municipality)])
    moderation.hide(moderator, hidden, reason="Werbung für ein Geschäft")
    with pytest.raises(Missing):
        service.descend(author, third, [hidden])


def test_a_long_line_is_cut(line, monkeypatch):
    _, (first, *_) = line
    for _ in range(queries.LONGEST_LINE):
        later = make_idea()
        service.descend(later.author, later, [first])
    assert len(queries.later(first)) == queries.LONGEST_LINE


def test_who_leaves_the_platform_leaves_what_they_wrote_for_the_organisation(inside):
    owner, idea = make_user(), make_idea()
    organisation = make_organisation(owner)
    own, named = submit(owner), submit(owner, organisation)
    said = comments.add_comment(owner, idea, body="Wir sind dafür.", organisation=organisation)
    stays = {own.id: False, named.id: True, said.id: True}
    ideas.forget_author(owner, erase=True)
    comments.forget(owner, erase=True)
    db.session.expire_all()
    assert {id: db.session.get(Contribution, id) is not None for id in stays} == stays
