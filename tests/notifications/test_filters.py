"""Saved searches: kept once, held against what is new, cheap for ten thousand people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select

from civic.accounts.models import Nobody, Role
from civic.contributions.address import house
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.ideas import service as ideas
from civic.notifications import service
from civic.notifications.models import Notice, Subscription
from civic.notifications.queries import lists
from civic.notifications.service import filters
from tests.make import (
    BODY,
    let_it_be_counted,
    make_idea,
    make_municipality,
    make_topic,
    make_user,
)
from tests.notifications.post import answer, told, work_off

LIST = "ideas.index"


@pytest.fixture
def town(inside):
    return make_municipality("Lindfurt", parent=make_municipality("Kreis"))


def keep(params, person=None):
    person = person or make_user()
    service.subscribe(person, LIST, params)
    return person


def test_the_same_filter_is_kept_once(town):
    person = make_user()
    first = service.subscribe(person, LIST, {"kommune": [town.slug], "q": [" Radweg "]})
    again = service.subscribe(
        person, LIST, {"q": ["Radweg"], "kommune": [town.slug], "nach": ["x"]}
    )
    assert first.id == again.id
    assert first.params == {"kommune": [town.slug], "q": ["Radweg"]}
    assert first.place == town.slug
    other = service.subscribe(person, LIST, {"thema": ["b", "a"]})
    assert service.subscribe(person, LIST, {"thema": ["a", "b"]}).id == other.id
    assert len(db.session.scalars(lists.subscriptions(person)).all()) == 2


def test_who_may_keep_what(town):
    with pytest.raises(Forbidden):
        service.subscribe(Nobody(), LIST, {})
    with pytest.raises(Missing):
        service.subscribe(make_user(), "accounts.overview", {})


def test_thirty_filters_and_no_more(town, monkeypatch):
    monkeypatch.setattr(filters, "MOST", 2)
    person = keep({"q": ["eins"]})
    keep({"q": ["zwei"]}, person)
    keep({"q": ["zwei"]}, person)
    with pytest.raises(RuleBroken):
        keep({"q": ["drei"]}, person)


def test_only_ones_own_is_removed(town):
    person = make_user()
    kept = service.subscribe(person, LIST, {})
    assert service.unsubscribe(make_user(), kept.id) is False
    assert service.unsubscribe(person, kept.id) is True
    assert service.unsubscribe(person, kept.id) is False


def test_a_new_idea_reaches_those_whose_search_finds_it(town):
    topic = make_topic("verkehr")
    finds = {
        "all": {},
        "place": {"kommune": [town.slug]},
        "above": {"kommune": [town.parent.slug]},
        "words": {"q": ["radwege lindfurt"]},
        "state": {"status": ["open"]},
        "both": {"kommune": [town.slug], "q": ["Radweg"]},
    }
    misses = {
        "elsewhere": {"kommune": [make_municipality().slug]},
        "words": {"q": ["Schwimmbad"]},
        "state": {"status": ["done"]},
        "topic": {"thema": [topic.slug]},
        "half": {"kommune": [town.slug], "q": ["Schwimmbad"]},
        "nothing": {"q": ["und"]},
    }
    hit = {name: keep(params) for name, params in finds.items()}
    missed = {name: keep(params) for name, params in misses.items()}
    make_idea(None, town, title="Radweg nach Lindfurt ausbauen", body=BODY)
    work_off()
    for name, person in hit.items():
        assert told(person) == [("idea.submitted", "new", "subscription")], name
    assert {name for name, person in missed.items() if told(person)} == set()


def test_a_topic_is_found_by_any_of_those_asked_for(town):
    topic, author = make_topic("umwelt"), make_user()
    person = keep({"thema": ["umwelt", "verkehr"]})
    words = {"title": "Ein Baum für jeden Platz", "body": BODY, "place": ""}
    ideas.submit_idea(author, town, slugs=[topic.slug], **words)
    work_off()
    assert told(person) == [("idea.submitted", "new", "subscription")]


def test_the_author_is_not_told_by_the_own_search_and_two_searches_tell_once(town):
    author = make_user()
    keep({}, author)
    person = keep({"kommune": [town.slug]}, keep({}))
    make_idea(author, town)
    work_off()
    assert told(author) == []
    assert len(told(person)) == 1


def test_a_step_brings_it_into_the_list_of_that_state_alone(town):
    idea = make_idea(None, town)
    by_state, by_place = keep({"status": ["taken_up"]}), keep({"kommune": [town.slug]})
    work_off()
    assert len(told(by_place)) == 1
    with transaction():
        idea.state = "taken_up"
    answer(make_user(roles=[(Role.STAFF, town)]), idea)
    work_off()
    assert told(by_state) == [("idea.taken_up", "new", "subscription")]
    assert len(told(by_place)) == 1


def test_ten_thousand_filters_cost_a_handful_of_questions(town, monkeypatch):
    """Each distinct filter is asked once, and only where nothing rules it out beforehand."""
    places = [make_municipality() for _ in range(5)]
    people = [make_user().id for _ in range(20)]
    params = [{"kommune": [place.slug]} for place in places]
    params += [{"q": [f"Wort{n}"]} for n in range(480)]
    params += [{"thema": [f"thema{n}"]} for n in range(14)]
    params += [{"kommune": [town.slug]}]
    rows = [
        {
            "user_id": person,
            "endpoint": LIST,
            "params": filter_,
            "key": filters._key(filter_),
            "place": filter_.get("kommune", [""])[0],
            "created_at": clock.now(),
        }
        for person in people
        for filter_ in params
    ]
    with transaction():
        db.session.execute(insert(Subscription), rows)
        let_it_be_counted()
    assert len(rows) == 10_000
    asked = []
    listed = house().saved_lists[LIST]
    counting = replace(listed, among=lambda p, ids: asked.append(p) or listed.among(p, ids))
    monkeypatch.setitem(house().saved_lists, LIST, counting)
    make_idea(None, town)
    work_off()
    assert asked == [{"kommune": [town.slug]}]
    told_of_it = select(func.count()).select_from(Notice).where(Notice.cause == "subscription")
    assert db.session.scalar(told_of_it) == len(people)
