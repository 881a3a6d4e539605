"""Reading: pages that stay put while people write, and a number of queries that does not grow."""

from __future__ import annotations

import pytest

from civic.accounts.models import Nobody, Role
from civic.comments import queries, service
from civic.comments.address import place_of
from civic.comments.queries import Sort, thread
from civic.contributions import queries as contributions
from civic.core.db import db
from civic.core.errors import Missing
from civic.moderation import service as moderation
from civic.votes import service as votes
from tests.comments.talk import (
    many,
    moderator_of,
    queries_run,
    say,
    statements_run,
    town_with_staff,
)
from tests.make import make_idea, make_municipality, make_user

REASON = "Persönlicher Angriff (Regel 2)"
ANYBODY = Nobody()


def shown(page):
    return [voice.comment.id for voice in page.voices]


def ids(comments):
    return [comment.id for comment in comments]


def walk(idea, sort, step="next"):
    """All pages of a thread, one after the other."""
    pages = [thread(ANYBODY, idea, sort=sort)]
    while cursor := getattr(pages[-1], step):
        pages.append(thread(ANYBODY, idea, sort=sort, cursor=cursor))
    return pages


def test_pages_of_twenty(inside):
    idea = make_idea()
    made = ids(many(idea, make_user(), 45))
    pages = walk(idea, Sort.OLDEST)
    assert [len(page.voices) for page in pages] == [20, 20, 5]
    assert [each for page in pages for each in shown(page)] == made


def test_the_three_orders(inside):
    idea = make_idea()
    a, b, c = ids(many(idea, make_user(), 3, votes=(2, 5, 2)))
    assert shown(thread(ANYBODY, idea, sort="aelteste")) == [a, b, c]
    assert shown(thread(ANYBODY, idea, sort="neueste")) == [c, b, a]
    assert shown(thread(ANYBODY, idea, sort="hilfreichste")) == [b, c, a]
    for unknown in (None, "", "id; DROP TABLE comment"):
        assert thread(ANYBODY, idea, sort=unknown).sort is Sort.SUPPORTED


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_hold_all_comments_once_in_both_directions(inside, sort):
    idea = make_idea()
    made = ids(many(idea, make_user(), 45, votes=range(4)))
    pages = walk(idea, sort)
    assert sorted(each for page in pages for each in shown(page)) == made
    back = thread(ANYBODY, idea, sort=sort, cursor=pages[-1].previous)
    assert shown(back) == shown(pages[1])
    assert pages[0].previous == pages[-1].next == ""


@pytest.mark.parametrize("sort", list(Sort))
def test_a_page_stays_put_while_others_write(inside, sort):
    idea = make_idea()
    author = make_user()
    many(idea, author, 45)
    first, second, third = walk(idea, sort)
    many(idea, author, 3)
    again = thread(ANYBODY, idea, sort=sort, cursor=first.next)
    assert shown(again) == shown(second)
    assert shown(thread(ANYBODY, idea, sort=sort, cursor=second.next))[:5] == shown(third)


@pytest.mark.parametrize("cursor", ["x", "WyJuIl0", "WyJuIiwiYSIsImIiXQ", "ä", "'; --"])
def test_a_broken_cursor_gives_the_first_page(inside, cursor):
    idea = make_idea()
    many(idea, make_user(), 21)
    assert shown(thread(ANYBODY, idea, cursor=cursor)) == shown(thread(ANYBODY, idea))


def test_five_replies_of_each_and_how_many_more(inside):
    idea, author = make_idea(), make_user()
    few, lots, none = many(idea, author, 3)
    many(idea, author, 5, parent=few)
    answers = many(idea, author, 8, parent=lots)
    by_id = {voice.comment.id: voice for voice in thread(ANYBODY, idea).voices}
    assert (len(by_id[few.id].replies), by_id[few.id].more) == (5, 0)
    assert [reply.comment.id for reply in by_id[lots.id].replies] == ids(answers[:5])
    assert by_id[lots.id].more == 3
    assert (by_id[none.id].replies, by_id[none.id].more) == ([], 0)


def test_hidden_and_removed_ones_keep_their_place(inside):
    idea = make_idea()
    one, two, three = say(idea), say(idea), say(idea)
    answer = say(idea, parent=two)
    service.remove_comment(one.author, one)
    moderation.hide(moderator_of(idea), two, reason=REASON)
    voices = thread(ANYBODY, idea, sort=Sort.OLDEST).voices
    assert ids(voice.comment for voice in voices) == [one.id, two.id, three.id]
    assert voices[1].replies[0].comment.id == answer.id


def test_the_thread_of_a_hidden_thing_is_hidden(inside):
    idea = make_idea()
    said = say(idea)
    moderator = moderator_of(idea)
    moderation.hide(moderator, idea, reason=REASON)
    for stranger in (ANYBODY, make_user(), said.author):
        with pytest.raises(Missing):
            thread(stranger, idea)
        with pytest.raises(Missing):
            queries.get(stranger, said.id)
    assert shown(thread(moderator, idea)) == [said.id]
    assert queries.get(idea.author, said.id).id == said.id


def test_who_speaks_for_an_administration(inside):
    county, town, clerk = town_with_staff()
    both = make_user(roles=[(Role.STAFF, county), (Role.STAFF, town)])
    elsewhere = make_user(roles=[(Role.STAFF, make_municipality(parent=county))])
    helper = make_user(roles=[(Role.MODERATOR, town)])
    idea = make_idea(municipality=town)
    boss = make_user(roles=[(Role.STAFF, county)])
    for person in (clerk, boss, both, elsewhere, helper):
        say(idea, person)
    offices = [voice.office for voice in thread(ANYBODY, idea, sort=Sort.OLDEST).voices]
    assert offices == ["Stadt Lindfurt", "Landkreis Auental", "Stadt Lindfurt", "", ""]


def test_initials(inside):
    _, town, clerk = town_with_staff()
    idea = make_idea(municipality=town)
    for name in ("Selin Kaya", "Förderverein der Stadtbücherei", "Ömer"):
        say(idea, make_user(name))
    say(idea, clerk)
    gone = make_user("Wer geht")
    say(idea, gone)
    gone.name = ""
    voices = thread(ANYBODY, idea, sort=Sort.OLDEST).voices
    assert [voice.initials for voice in voices] == ["SK", "FS", "Ö", "SL", "–"]


def test_two_queries_however_long_the_thread(inside):
    costs = []
    for size in (1, 10, 1000):
        idea, author = make_idea(), make_user()
        for top in many(idea, author, size)[-10:]:
            many(idea, make_user(), 7, parent=top)
        number = idea.id
        db.session.expunge_all()  # as at the start of a request
        about = contributions.get(ANYBODY, number)
        with queries_run() as seen:
            page = thread(ANYBODY, about, sort=Sort.NEWEST)
            for voice in page.voices:
                for one in (voice, *voice.replies):
                    assert one.comment.author.name
                    assert one.comment.takes_replies
                    assert one.comment.takes_votes
                    assert one.comment.municipality.name
        costs.append(len(seen))
    assert costs == [2, 2, 2]


def steps(statement):
    """How the database runs it, without what a subquery does for each row."""
    connection = db.session.connection()
    if db.engine.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.words}", statement.values)
        return [row.detail for row in rows if row.parent == 0]
    connection.exec_driver_sql("ANALYZE contribution, comment")
    (plan,) = connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON) {statement.words}", statement.values
    ).scalar_one()
    return list(_nodes(plan["Plan"]))


def _nodes(node):
    yield f"{node['Node Type']} {node.get('Index Name', '')}".strip()
    for below in node.get("Plans", ()):
        if below["Parent Relationship"] != "SubPlan":
            yield from _nodes(below)


def test_the_most_helpful_are_read_in_order_and_never_sorted(inside):
    idea, author = make_idea(), make_user()
    many(idea, author, 500, votes=range(7))
    many(make_idea(), author, 500, votes=range(7))
    for cursor in ("", thread(ANYBODY, idea).next):
        with statements_run() as seen:
            thread(ANYBODY, idea, cursor=cursor)
        plan = steps(seen[0])
        assert any("ix_comment_most_helpful" in step for step in plan), plan
        assert not [step for step in plan if "Sort" in step or "TEMP B-TREE" in step], plan


def test_a_vote_moves_a_comment_up(inside):
    idea = make_idea()
    first, second = say(idea), say(idea)
    voter = make_user()
    votes.cast_vote(voter, first)
    assert shown(thread(ANYBODY, idea)) == [first.id, second.id]
    votes.withdraw_vote(voter, first)
    assert shown(thread(ANYBODY, idea)) == [second.id, first.id]


def test_one_comment_with_all_its_replies(inside):
    idea, author = make_idea(), make_user()
    (top,) = many(idea, author, 1)
    answers = ids(many(idea, author, 30, parent=top))
    first = queries.conversation(queries.get(ANYBODY, top.id))
    assert first.ids == [top.id, *answers[:20]]
    rest = queries.conversation(top, cursor=first.next)
    assert rest.ids == [top.id, *answers[20:]]
    assert rest.next == ""
    assert queries.conversation(top, cursor=rest.previous).ids == first.ids


def test_the_page_of_a_reply_begins_with_it(inside):
    idea, author = make_idea(), make_user()
    (top,) = many(idea, author, 1)
    answers = ids(many(idea, author, 30, parent=top))
    voice = queries.conversation(queries.get(ANYBODY, answers[25]))
    assert voice.comment.id == top.id
    assert voice.ids[1:] == answers[25:]
    assert voice.page_id == answers[25]


def test_a_new_reply_is_shown_wherever_it_would_stand(inside):
    idea, author = make_idea(), make_user()
    (top,) = many(idea, author, 1)
    first = say(idea, parent=top)
    alone = queries.with_fresh_reply(first)
    assert (alone.ids, alone.more) == ([top.id, first.id], 0)
    many(idea, author, 7, parent=top)
    fresh = say(idea, parent=top)
    voice = queries.with_fresh_reply(fresh)
    assert len(voice.replies) == 6
    assert voice.replies[-1].comment.id == fresh.id
    assert (voice.more, voice.first_part) == (3, 5)


def test_where_a_comment_is_read(app):
    with app.test_request_context():
        idea, author = make_idea(), make_user()
        old, *others = many(idea, author, 21)
        seen = others[0]
        reply, *_, late = many(idea, author, 6, parent=seen)
        for comment in (seen, reply, others[-1]):
            assert place_of(comment).startswith(f"/ideen/{idea.id}-")
            assert place_of(comment).endswith(f"#comment_{comment.id}")
        for comment in (old, late):
            assert place_of(comment) == f"/kommentare/{comment.id}#comment_{comment.id}"
        old.vote_count = 1
        assert place_of(old).startswith("/ideen/")
