"""Who hears of what, once, and who does not."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Role, System
from civic.activity.models import Activity
from civic.contributions.models import Hiding
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.work.models import Job
from civic.follows import service as follows
from civic.ideas import service as ideas
from civic.moderation import service as moderation
from civic.notifications import service
from civic.notifications.models import Notice
from civic.notifications.queries import audience
from civic.notifications.service import telling
from civic.votes import service as votes
from tests.make import make_idea, make_municipality, make_user
from tests.notifications.post import answer, notices, say, told, work_off

TALK = "comment.added"


@pytest.fixture
def town(inside):
    county = make_municipality("Kreis")
    return make_municipality("Lindfurt", parent=county)


@pytest.fixture
def staff(town):
    return make_user("Frau Amtmann", roles=[(Role.STAFF, town)])


@pytest.fixture
def idea(town, staff):
    return make_idea(make_user("Selin Kaya"), town)


def test_an_act_leaves_one_job_in_its_own_transaction(idea):
    db.session.rollback()
    before = db.session.scalar(select(func.count()).select_from(Job))
    with pytest.raises(RuntimeError):
        _say_and_fail(idea)
    assert db.session.scalar(select(func.count()).select_from(Job)) == before
    comment = say(make_user(), idea)
    act = db.session.scalars(select(Activity).filter_by(contribution_id=comment.id)).one()
    assert db.session.scalars(select(Job.key).filter_by(kind="notices.fan_out")).all()[-1] == (
        f"notices:{act.id}"
    )


@transaction()
def _say_and_fail(idea):
    say(make_user(), idea)
    raise RuntimeError


def test_what_no_room_wants_told_leaves_no_job(idea):
    jobs = select(func.count()).select_from(Job).where(Job.kind == "notices.fan_out")
    before = db.session.scalar(jobs)
    answer(idea.author, idea, verb="comment.removed")
    assert db.session.scalar(jobs) == before


def test_author_supporter_commenter_and_follower_hear_of_an_answer(idea, staff):
    supporter, commenter, follower, stranger = (make_user() for _ in range(4))
    votes.cast_vote(supporter, idea)
    say(commenter, idea)
    follows.follow(follower, idea)
    answer(staff, idea)
    work_off()
    assert told(idea.author) == [(TALK, "reply", "author"), ("idea.taken_up", "answer", "author")]
    for person in (supporter, follower):
        assert told(person)[-1] == ("idea.taken_up", "answer", "follower")
    assert told(commenter) == [("idea.taken_up", "answer", "follower")]
    assert told(stranger) == []
    assert [verb for verb, *_ in told(staff)] == ["idea.submitted"]  # not of their own answer


def test_a_reply_and_a_mention_are_told_as_what_is_nearest(idea):
    first, second, third = make_user("Jonas Weber"), make_user(), make_user("Ana María López")
    comment = say(first, idea)
    say(second, idea, "Danke @Jonas Weber, und was meint @ana maria lopez?", parent=comment)
    work_off()
    assert told(first) == [(TALK, "mention", "mention")]
    assert told(third) == [(TALK, "mention", "mention")]
    assert told(idea.author)[-1] == (TALK, "reply", "author")
    say(second, idea, "Noch etwas dazu.", parent=comment)
    work_off()
    assert told(first)[-1] == (TALK, "reply", "reply")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("@Selin was meinst du?", ["Selin"]),
        ("@Selin Kaya was meinst du?", ["Selin Kaya"]),
        ("Hallo (@Selin Kaya), hallo @Selin.", ["Selin Kaya", "Selin"]),
        ("@Selin, Kaya ist ein Nachname", ["Selin"]),
        ("schreib an selin@Selin.de oder @@Selin", []),
        ("@Niemand und @", []),
        ("@SELIN KAYA", ["Selin Kaya"]),
        ("@Selin\nKaya", ["Selin"]),
    ],
)
def test_names_after_an_at_are_found_longest_first(inside, words, found):
    people = {name: make_user(name).id for name in ("Selin", "Selin Kaya")}
    assert audience.mentioned(words) == [people[name] for name in found]


def test_ten_mentions_and_no_more(inside):
    people = [make_user(f"Mensch {letter * 3}") for letter in "abcdefghkmpq"]
    found = audience.mentioned(" ".join(f"@{person.name}," for person in people))
    assert found == [person.id for person in people[:10]]


def test_staff_of_the_place_hears_of_a_new_idea_else_staff_of_the_next_above(town):
    above = make_user(roles=[(Role.STAFF, town.parent)])
    beside = make_user(roles=[(Role.STAFF, make_municipality(parent=town.parent))])
    make_idea(None, town)
    work_off()
    assert told(above) == [("idea.submitted", "new", "staff")]
    here = make_user(roles=[(Role.STAFF, town)])
    make_idea(None, town)
    work_off()
    assert told(here) == [("idea.submitted", "new", "staff")]
    assert len(told(above)) == 1
    assert told(beside) == []


def test_the_quiet_hear_only_what_is_said_to_them(idea, staff):
    person = make_user("Jonas Weber")
    comment = say(person, idea)
    follows.unfollow(person, idea)
    follows.unfollow(idea.author, idea)
    votes.cast_vote(person, idea)  # taking part again does not wake them
    say(make_user(), idea, parent=comment)
    answer(staff, idea)
    work_off()
    assert told(person) == []
    assert told(idea.author) == [("idea.taken_up", "answer", "author")]
    say(make_user(), idea, "@Jonas Weber, sind Sie noch da?")
    work_off()
    assert told(person) == [(TALK, "mention", "mention")]
    follows.follow(person, idea)
    answer(staff, idea)
    work_off()
    assert told(person)[-1] == ("idea.taken_up", "answer", "follower")


def test_nobody_hears_of_what_is_hidden_or_taken_back(idea):
    follower = make_user()
    follows.follow(follower, idea)
    gone, kept = say(make_user(), idea), say(make_user(), idea, "Hier steht etwas anderes.")
    with transaction():
        gone.hidden_at, gone.hidden_as = clock.now(), Hiding.MODERATED
    work_off()
    assert len(told(follower)) == 1
    assert notices(follower)[0].activity.contribution_id == kept.id
    say(make_user(), idea)
    with transaction():
        idea.hidden_at, idea.hidden_as = clock.now(), Hiding.BLOCKED
    work_off()
    assert len(told(follower)) == 1


def test_an_author_hears_that_the_own_thing_was_hidden_and_followers_do_not(idea, town):
    moderator, follower = make_user(roles=[(Role.MODERATOR, town)]), make_user()
    follows.follow(follower, idea)
    moderation.hide(moderator, idea, reason="Hier stehen private Angaben.")
    work_off()
    assert told(idea.author) == [("moderation.hidden", "moderation", "author")]
    assert notices(idea.author)[0].activity.note == "Hier stehen private Angaben."
    assert told(follower) == []


def test_the_blocked_the_gone_and_the_imported_are_not_told(idea, staff):
    people = [make_user() for _ in range(3)]
    for person in people:
        follows.follow(person, idea)
    with transaction():
        people[0].blocked_at = people[1].left_at = clock.now()
        people[2].origin = "polis:x:1"
    answer(staff, idea)
    work_off()
    assert [told(person) for person in people] == [[], [], []]


def test_telling_twice_tells_once_and_counts_once(idea, staff, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 3)
    people = [make_user() for _ in range(7)]
    for person in people:
        follows.follow(person, idea)
    act = answer(staff, idea)
    assert service.fan_out(System(), act.id) == 8  # with the author
    assert service.fan_out(System(), act.id) == 0
    work_off()
    assert (
        db.session.scalar(select(func.count()).select_from(Notice).filter_by(activity_id=act.id))
        == 8
    )
    assert {person.unread_notices for person in people} == {1}


def test_a_job_that_broke_off_tells_the_rest_when_it_runs_again(idea, staff, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 2)
    people = [make_user() for _ in range(5)]
    for person in people:
        follows.follow(person, idea)
    act = answer(staff, idea)
    batches = iter([[person.id for person in people[:2]]])
    monkeypatch.setattr(audience, "followers", lambda *_: next(batches))
    with pytest.raises(RuntimeError):  # what a generator makes of a batch that does not come
        service.fan_out(System(), act.id)
    monkeypatch.undo()
    assert [len(told(person)) for person in people] == [1, 1, 0, 0, 0]
    assert service.fan_out(System(), act.id) == 3
    assert [len(told(person)) for person in people] == [1] * 5


def test_what_is_gone_by_then_is_told_to_nobody(idea):
    assert service.fan_out(System(), 999_999) == 0


def test_terms_that_run_out_are_told_to_staff_and_then_to_all(idea, staff):
    supporter = make_user()
    votes.cast_vote(supporter, idea)
    work_off()
    due = idea.answer_due_on
    moment = clock.now()
    with clock.at(moment + (due - clock.today()) * 0.9):
        assert ideas.remind_of_terms(System()) == 1
        assert ideas.remind_of_terms(System()) == 0
        work_off()
    assert told(staff)[-1] == ("idea.answer_due_soon", "term", "staff")
    assert told(idea.author) == told(supporter) == []
    with clock.at(moment + (due - clock.today()) * 1.1):
        assert ideas.remind_of_terms(System()) == 1
        assert ideas.remind_of_terms(System()) == 0
        work_off()
    assert told(staff)[-1] == ("idea.answer_overdue", "term", "staff")
    assert told(idea.author) == [("idea.answer_overdue", "term", "author")]
    assert told(supporter) == [("idea.answer_overdue", "term", "follower")]
    assert notices(supporter)[0].activity.actor_id is None


def test_old_silences_are_no_news(idea):
    with clock.at(clock.now() + (idea.answer_due_on - clock.today()) * 3):
        assert ideas.remind_of_terms(System()) == 0
