"""Saying, changing, taking back; and the counts, exact after every mixture."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from civic.accounts.models import Nobody, System
from civic.activity.models import Activity
from civic.comments import queries, service
from civic.comments.cli import group
from civic.comments.models import Comment, CommentState
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany
from civic.moderation import service as moderation
from civic.votes import service as votes
from tests.comments.talk import counted, later, many, moderator_of, say
from tests.make import make_idea, make_user

REASON = "Persönlicher Angriff (Regel 2)"


def trend_of(thing):
    return db.session.scalar(select(Contribution.trend).where(Contribution.id == thing.id))


def verbs():
    return db.session.scalars(
        select(Activity.verb).where(Activity.verb.startswith("comment.")).order_by(Activity.id)
    ).all()


# -- adding ----------------------------------------------------------------------------------


def test_a_comment_is_a_thing_of_its_own(inside):
    idea, author = make_idea(), make_user()
    said = say(idea, author, "Das **fehlt** hier.")
    assert said.kind == "comment"
    assert said.author_id == author.id
    assert said.municipality_id == idea.municipality_id
    assert said.title == idea.title
    assert said.summary == "Das fehlt hier."
    assert said.body_html == "<p>Das <strong>fehlt</strong> hier.</p>\n"
    assert said.is_standing
    assert said.reference is None
    assert verbs() == ["comment.added"]


def test_a_comment_counts_on_the_thing(inside):
    idea = make_idea()
    before = trend_of(idea)
    say(idea)
    say(idea)
    assert counted(idea) == idea.comment_count == 2
    assert trend_of(idea) > before


def test_a_reply_counts_on_the_thing_and_on_its_parent(inside):
    idea = make_idea()
    top = say(idea)
    answer = say(idea, parent=top)
    assert answer.parent_id == top.id
    assert (counted(idea), counted(top), counted(answer)) == (2, 1, 0)


def test_a_reply_to_a_reply_joins_the_same_parent(inside):
    idea = make_idea()
    top = say(idea)
    second = say(idea, parent=say(idea, parent=top))
    assert second.parent_id == top.id
    assert (counted(idea), counted(top)) == (3, 2)


def test_the_same_words_twice_are_one_comment(inside):
    idea, author = make_idea(), make_user()
    first = say(idea, author, "Gute Sache!")
    assert say(idea, author, "  Gute Sache!\r\n").id == first.id
    assert counted(idea) == 1
    assert verbs() == ["comment.added"]


def test_the_same_words_elsewhere_or_later_are_another_comment(inside):
    idea, author = make_idea(), make_user()
    first = say(idea, author, "Gute Sache!")
    answer = say(idea, author, "Gute Sache!", parent=first)
    other = say(idea, make_user(), "Gute Sache!")
    with later(minutes=6):
        again = say(idea, author, "Gute Sache!")
    service.remove_comment(author, again)
    with later(minutes=7):
        anew = say(idea, author, "Gute Sache!")
    assert len({first.id, answer.id, other.id, again.id, anew.id}) == 5


@pytest.mark.parametrize(
    "body", ["", " \n ", "x", "\u200b\u200b\u200b", "---", "[](https://example.org)", "x" * 2001]
)
def test_a_comment_needs_something_to_read(inside, body):
    idea, author = make_idea(), make_user()
    with pytest.raises(RuleBroken) as broken:
        service.add_comment(author, idea, body=body)
    assert broken.value.field == "body"
    assert counted(idea) == 0


def test_two_thousand_characters_are_not_too_long(inside):
    assert len(say(make_idea(), body="ä" * 2000).body) == 2000


def test_only_confirmed_accounts_comment(inside):
    idea = make_idea()
    for actor in (Nobody(), make_user(confirmed=False)):
        with pytest.raises(Forbidden):
            service.add_comment(actor, idea, body="Hallo zusammen")


def test_nothing_is_said_under_what_is_hidden(inside):
    idea = make_idea()
    moderation.hide(moderator_of(idea), idea, reason=REASON)
    with pytest.raises(Forbidden):
        say(idea)
    with pytest.raises(RuleBroken):
        say(idea, idea.author)


def test_a_comment_is_answered_by_naming_it_as_parent(inside):
    idea = make_idea()
    top = say(idea)
    with pytest.raises(Forbidden):
        service.add_comment(make_user(), top, body="Falscher Ort")
    with pytest.raises(Missing):
        say(make_idea(), parent=top)


def test_what_is_gone_is_not_answered(inside):
    idea = make_idea()
    gone, hidden = say(idea), say(idea)
    under_gone = say(idea, parent=gone)
    service.remove_comment(gone.author, gone)
    moderation.hide(moderator_of(idea), hidden, reason=REASON)
    for parent in (gone, hidden, under_gone):
        with pytest.raises(RuleBroken):
            say(idea, parent=parent)


def test_twenty_in_ten_minutes_and_no_more(inside):
    idea, author = make_idea(), make_user()
    start = clock.now().replace(minute=1)  # not at the edge of a window
    with clock.at(start):
        for n in range(20):
            say(idea, author, f"Nummer {n}")
        with pytest.raises(TooMany):
            say(idea, author, "Nummer 20")
        say(idea, make_user(), "Nummer 20")
    with clock.at(start + timedelta(minutes=11)):
        say(idea, author, "Nummer 20")
    assert counted(idea) == 22


# -- changing --------------------------------------------------------------------------------


def test_an_author_changes_their_words(inside):
    said = say(make_idea(), body="Anfang")
    with later(minutes=29):
        service.edit_comment(said.author, said, body="Neuer *Text*")
    assert said.body_html == "<p>Neuer <em>Text</em></p>\n"
    assert said.summary == "Neuer Text"
    assert said.edited_at > said.published_at
    assert said.version == 2
    assert verbs() == ["comment.added", "comment.edited"]


def test_nothing_changed_is_no_change(inside):
    said = say(make_idea(), body="Anfang")
    service.edit_comment(said.author, said, body=" Anfang ")
    assert said.edited_at is None
    assert said.version == 1


def test_the_time_for_changes_ends(inside):
    said = say(make_idea(), body="Anfang")
    with later(minutes=31), pytest.raises(RuleBroken):
        service.edit_comment(said.author, said, body="Zu spät")
    said.municipality.comment_edit_minutes = None
    with later(days=300):
        service.edit_comment(said.author, said, body="Noch rechtzeitig")
    assert said.body == "Noch rechtzeitig"


def test_nobody_changes_or_removes_what_others_said(inside):
    said = say(make_idea(), body="Anfang")
    for actor in (Nobody(), make_user(), moderator_of(said)):
        with pytest.raises(Forbidden):
            service.edit_comment(actor, said, body="Fremde Worte")
        with pytest.raises(Forbidden):
            service.remove_comment(actor, said)
    assert said.body == "Anfang"


# -- taking back -----------------------------------------------------------------------------


def test_removing_leaves_an_empty_place(inside):
    idea = make_idea()
    said = say(idea)
    answer = say(idea, parent=said)
    service.remove_comment(said.author, said)
    assert said.is_removed
    assert (said.body, said.body_html, said.summary) == ("", "", "")
    assert answer.is_standing
    assert (counted(idea), counted(said)) == (1, 1)
    assert verbs()[-1] == "comment.removed"


def test_what_is_removed_stays_removed(inside):
    idea = make_idea()
    said = say(idea)
    service.remove_comment(said.author, said)
    for act in (
        lambda: service.remove_comment(said.author, said),
        lambda: service.edit_comment(said.author, said, body="Doch wieder da"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert counted(idea) == 0


def test_removing_takes_the_weight_off_again(inside):
    idea = make_idea()
    before = trend_of(idea)
    said = say(idea)
    service.remove_comment(said.author, said)
    assert trend_of(idea) == pytest.approx(before)


def test_a_text_changed_in_between_is_seen(inside):
    """The change was decided on an older row: the row of now is what counts."""
    said = say(make_idea())
    author = said.author
    db.session.execute(
        update(Contribution)
        .where(Contribution.id == said.id)
        .values(state=CommentState.REMOVED)
        .execution_options(synchronize_session=False)
    )
    with pytest.raises(Forbidden):
        service.edit_comment(author, said, body="Zurück aus dem Nichts")


# -- moderation ------------------------------------------------------------------------------


def test_hiding_and_showing_again_count(inside):
    idea = make_idea()
    moderator = moderator_of(idea)
    top = say(idea)
    answer = say(idea, parent=top)
    moderation.block(moderator, answer, reason=REASON)
    assert (counted(idea), counted(top)) == (1, 0)
    moderation.hide(moderator, answer, reason=REASON)
    assert (counted(idea), counted(top)) == (1, 0)
    moderation.restore(moderator, answer, reason=REASON)
    assert (counted(idea), counted(top)) == (2, 1)
    moderation.hide(moderator, top, reason=REASON)
    assert (counted(idea), counted(top)) == (1, 1)


def test_hiding_the_thing_itself_leaves_its_count(inside):
    idea = make_idea()
    say(idea)
    moderation.hide(moderator_of(idea), idea, reason=REASON)
    assert counted(idea) == 1


def act_at_random(chance, idea, said, people, moderator):
    """One act that the rules may refuse."""
    one, person = chance.choice(said), chance.choice(people)
    acts = (
        lambda: said.append(say(idea, person)),
        lambda: said.append(say(idea, person, parent=one)),
        lambda: service.remove_comment(one.author, one),
        lambda: moderation.hide(moderator, one, reason=REASON),
        lambda: moderation.block(moderator, one, reason=REASON),
        lambda: moderation.restore(moderator, one, reason=REASON),
    )
    with suppress(RuleBroken, Forbidden):
        chance.choices(acts, weights=(1, 3, 1, 1, 1, 2))[0]()


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_exact_after_any_mixture(inside, seed):
    chance = random.Random(seed)
    idea = make_idea()
    moderator = moderator_of(idea)
    people = [make_user() for _ in range(3)]
    said = [say(idea)]
    for _ in range(40):
        act_at_random(chance, idea, said, people, moderator)
    for thing in (idea, *said):
        column = Comment.about_id if thing is idea else Comment.parent_id
        true = select(func.count()).select_from(Comment).where(column == thing.id)
        assert counted(thing) == db.session.scalar(true.where(queries.standing()))
    assert service.recount(System()) == []


# -- leaving ---------------------------------------------------------------------------------


def test_who_leaves_may_leave_their_words_behind(inside):
    said = say(make_idea())
    service.forget(said.author, erase=False)
    assert said.is_standing


def test_who_leaves_may_take_their_words_along(inside):
    idea, leaving = make_idea(), make_user()
    alone = say(idea, leaving)
    answered = say(idea, leaving)
    own_talk = say(idea, leaving)
    other = say(idea)
    say(idea, leaving, parent=own_talk)
    say(idea, leaving, parent=other)
    say(idea, leaving, parent=answered)
    kept = say(idea, parent=answered)
    votes.cast_vote(make_user(), alone)
    gone = [alone.id, own_talk.id]
    service.forget(leaving, erase=True)
    assert db.session.scalars(select(Contribution.id).where(Contribution.id.in_(gone))).all() == []
    left = db.session.scalars(select(Comment).order_by(Comment.id)).all()
    assert [comment.id for comment in left] == [answered.id, other.id, kept.id]
    assert left[0].is_removed
    assert left[0].body == left[0].body_html == left[0].summary == ""
    assert (counted(idea), counted(answered), counted(other)) == (2, 1, 0)
    assert service.recount(System()) == []


def test_leaving_also_takes_what_was_hidden(inside):
    idea, leaving = make_idea(), make_user()
    hidden = say(idea, leaving)
    moderation.hide(moderator_of(idea), hidden, reason=REASON)
    service.forget(leaving, erase=True)
    assert db.session.scalar(select(func.count()).select_from(Comment)) == 0
    assert counted(idea) == 0


# -- recounting ------------------------------------------------------------------------------


def test_wrong_counts_are_found_and_repaired(inside):
    idea, fine = make_idea(), make_idea()
    top = say(idea)
    say(idea, parent=top)
    say(fine)
    idea.comment_count, top.comment_count, fine.trend = 77, 5, 0.0
    db.session.flush()
    report = service.recount(System(), repair=False)
    assert {(row.id, row.was, row.is_now) for row in report} == {
        (idea.id, 77, 2),
        (top.id, 5, 1),
        (fine.id, 1, 1),
    }
    assert counted(idea) == 77
    assert len(service.recount(System())) == 3
    assert (counted(idea), counted(top)) == (2, 1)
    assert trend_of(fine) == pytest.approx(trend_of(idea), abs=1)
    assert service.recount(System()) == []


def own_votes(comment) -> int:
    """The number of votes on the comment's own row, by which threads are sorted."""
    own = Comment.__table__.c
    return db.session.scalar(select(own.vote_count).where(own.id == comment.id))


def test_votes_stand_on_both_rows(inside):
    comment, voters = say(make_idea()), [make_user(), make_user()]
    for voter in voters:
        votes.cast_vote(voter, comment)
    assert own_votes(comment) == comment.vote_count == 2
    votes.withdraw_vote(voters[0], comment)
    assert own_votes(comment) == comment.vote_count == 1
    votes.forget(voters[1], erase=True)
    assert own_votes(comment) == comment.vote_count == 0


def test_a_number_of_votes_that_differs_is_found_and_repaired(inside):
    comment, other = say(make_idea()), say(make_idea())
    for thing in (comment, other):
        votes.cast_vote(make_user(), thing)
    own = Comment.__table__
    db.session.execute(update(own).where(own.c.id == comment.id).values(vote_count=0))
    assert [row.id for row in service.recount(System(), repair=False)] == [comment.id]
    assert own_votes(comment) == 0
    service.recount(System())
    assert (own_votes(comment), own_votes(other)) == (1, 1)
    assert service.recount(System()) == []


def test_repairing_the_votes_of_a_comment_repairs_both(inside):
    comment = say(make_idea())
    votes.cast_vote(make_user(), comment)
    comment.vote_count = 7
    db.session.flush()
    assert own_votes(comment) == 7
    votes.recount(System())
    assert own_votes(comment) == comment.vote_count == 1


def test_recounting_goes_through_all_batches(inside, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 3)
    idea = make_idea()
    many(idea, make_user(), 10)
    idea.comment_count = 0
    assert [row.is_now for row in service.recount(System()) if row.id == idea.id] == [10]


def test_only_the_platform_recounts(inside):
    with pytest.raises(Forbidden):
        service.recount(make_user())


def test_the_command_reports_and_repairs(app):
    with app.app_context():
        idea = make_idea()
        say(idea)
        idea.comment_count = 9
        db.session.commit()
    runner = app.test_cli_runner()
    checked = runner.invoke(group, ["recount", "--check", "--json"])
    assert checked.exit_code == 1
    assert json.loads(checked.output)["wrong"] == 1
    assert "9 -> 1" in runner.invoke(group, ["recount"]).output
    assert runner.invoke(group, ["recount", "--check"]).exit_code == 0


def test_the_moments_are_those_of_the_clock(inside):
    moment = clock.now() - timedelta(days=40)
    with clock.at(moment):
        said = say(make_idea())
    assert said.published_at == said.created_at == moment


def test_texts_of_an_older_renderer_are_rendered_anew(inside):
    comment = say(make_idea(), body="Wir *brauchen* das.")
    now = comment.body_html
    comment.body_html, comment.renderer_version = "alt", 0
    assert service.render_anew(System()) == 1
    assert comment.body_html == now
    assert service.render_anew(System()) == 0
