"""What is done to things of an organisation is told to all who speak for it."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.comments import service as comments
from civic.follows import service as follows
from civic.moderation import service as moderation
from civic.notifications.address import notice_words
from civic.notifications.queries import lists
from civic.organisations.models import OrganisationRole
from tests.make import make_idea, make_municipality, make_user
from tests.make_organisations import add_member, make_organisation
from tests.make_projects import make_project
from tests.notifications.post import answer, say, told, work_off

OWNER, EDITOR, MEMBER = OrganisationRole
REASON = "Im Text steht die private Anschrift eines Nachbarn."


@pytest.fixture
def club(inside):
    """An association: its owner, who writes for it, another who speaks for it, and a member."""
    owner = make_user("Olga Otter")
    found = make_organisation(owner)
    return found, owner, add_member(found, role=EDITOR), add_member(found)


@pytest.fixture
def idea(club):
    found, owner, *_ = club
    idea = make_idea(author=owner, organisation=found)
    work_off()
    return idea


def test_comments_and_answers_reach_all_who_speak_for_it(club, idea):
    _, owner, editor, member = club
    say(make_user("Gerd Gast"), idea)
    answer(make_user("Frau Amtmann"), idea)
    work_off()
    assert told(owner)[-2:] == [
        ("comment.added", "reply", "author"), ("idea.taken_up", "answer", "author")
    ]  # fmt: skip
    assert told(editor) == [
        ("comment.added", "reply", "organisation"), ("idea.taken_up", "answer", "organisation")
    ]  # fmt: skip
    assert told(member) == []
    last = lists.lines(editor, [idea.id])[idea.id][-1]
    assert notice_words(last) == "Gerd Gast schreibt einen Kommentar"


def test_nobody_is_told_of_what_they_did_and_new_things_stand_in_the_log(club, idea):
    _, owner, editor, _ = club
    assert told(editor) == []
    say(editor, idea)
    work_off()
    assert told(editor) == []
    assert told(owner)[-1] == ("comment.added", "reply", "author")


def test_who_wants_to_hear_no_more_hears_no_more(club, idea):
    _, _, editor, _ = club
    follows.follow(editor, idea)
    follows.unfollow(editor, idea)
    say(make_user(), idea)
    work_off()
    assert told(editor) == []


def test_a_reply_to_its_comment_reaches_them_too(club):
    found, owner, editor, member = club
    about = make_idea()
    said = comments.add_comment(owner, about, body="Wir helfen mit.", organisation=found)
    work_off()
    say(make_user(), about, "Sehr gern!", parent=said)
    work_off()
    assert told(owner)[-1] == ("comment.added", "reply", "organisation")
    assert told(editor) == [("comment.added", "reply", "organisation")]
    assert told(member) == []


def test_why_something_is_hidden_is_told_to_those_who_find_it(club, idea):
    found, owner, editor, _ = club
    town = make_municipality()
    moderator = make_user(roles=[(Role.MODERATOR, idea.municipality), (Role.MODERATOR, town)])
    moderation.hide(moderator, idea, reason=REASON)
    work_off()
    assert told(editor) == [("moderation.hidden", "moderation", "organisation")]
    project = make_project(lead=owner, municipality=town, organisation=found)
    work_off()
    moderation.hide(moderator, project, reason=REASON)
    work_off()
    assert told(owner)[-1] == ("moderation.hidden", "moderation", "author")
    assert [verb for verb, *_ in told(editor)].count("moderation.hidden") == 1


def test_the_log_says_of_nobody_that_they_wrote_for_an_organisation(club):
    found, owner, editor, _ = club
    about = make_idea()
    said = comments.add_comment(owner, about, body="Wir helfen mit.", organisation=found)
    say(make_user(), about, "Sehr gern!", parent=said)
    moderator = make_user(roles=[(Role.MODERATOR, about.municipality)])
    moderation.hide(moderator, said, reason=REASON)
    work_off()
    for person in (owner, editor):
        assert {cause for _verb, _kind, cause in told(person)} == {"organisation"}
