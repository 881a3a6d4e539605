"""You said, we did: what became of one's ideas and votes, down to who took it over."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.core.db import db
from civic.innovations.models import Degree, Stage
from civic.innovations.queries import impact as queries
from civic.moderation import service as moderation
from civic.votes import service as votes
from tests.innovations.test_listing import Queries
from tests.make import make_idea, make_municipality, make_user
from tests.make_innovations import make_innovation, pass_gate
from tests.make_projects import make_project
from tests.make_reuse import make_adoption


def outcome_of(viewer, **changes):
    return queries.impact(viewer, "", **changes).outcomes


def grown_from(idea):
    """A project and an innovation that stand on the idea."""
    project = make_project(ideas=[idea])
    innovation = make_innovation(project.author, project=project)
    return project, innovation


def hide(thing):
    moderator = make_user(roles=[(Role.MODERATOR, thing.municipality)])
    moderation.hide(moderator, thing, reason="Werbung für ein Geschäft")


def test_own_ideas_and_those_one_voted_for_with_all_that_became_of_them(inside):
    me = make_user()
    mine, voted, neither = make_idea(me), make_idea(), make_idea()
    votes.cast_vote(me, voted)
    project, innovation = grown_from(voted)
    grown_from(neither)
    taken = make_adoption(innovation)
    further = make_adoption(taken)
    [outcome] = outcome_of(me)
    assert (outcome.idea.id, outcome.is_own) == (voted.id, False)
    assert [grown.card.id for grown in outcome.grown] == [project.id, innovation.id]
    last = outcome.grown[-1]
    assert last.card.use_count == 2
    assert [row.id for row in last.adoptions] == [taken.id, further.id]
    assert [row.municipality_title for row in last.adoptions] == [
        taken.municipality.title,
        further.municipality.title,
    ]
    shown = outcome_of(me, is_all=True)
    assert [(o.idea.id, o.is_own, len(o.grown)) for o in shown] == [
        (voted.id, False, 2),
        (mine.id, True, 0),
    ]


def test_an_idea_that_grew_twice_shows_both(inside):
    me = make_user()
    idea = make_idea(me)
    first, _ = grown_from(idea)
    second, _ = grown_from(idea)
    [outcome] = outcome_of(me)
    assert outcome.is_own
    kinds = [grown.card.kind for grown in outcome.grown]
    assert kinds.count("project") == kinds.count("innovation") == 2
    assert {first.id, second.id} <= {grown.card.id for grown in outcome.grown}


def test_what_is_hidden_is_not_told(inside):
    me = make_user()
    idea = make_idea(me)
    project, innovation = grown_from(idea)
    taken = make_adoption(innovation)
    hide(taken)
    assert outcome_of(me)[0].grown[-1].adoptions == []
    hide(innovation)
    assert [grown.card.id for grown in outcome_of(me)[0].grown] == [project.id]
    hide(project)
    assert outcome_of(me) == []
    hide(idea)
    assert outcome_of(me, is_all=True) == []


def test_a_vote_taken_back_and_votes_for_other_things_are_left_out(inside):
    me = make_user()
    idea = make_idea()
    _project, innovation = grown_from(idea)
    votes.cast_vote(me, idea)
    votes.cast_vote(me, innovation)
    votes.withdraw_vote(me, idea)
    assert outcome_of(me, is_all=True) == []


def test_of_many_municipalities_the_first_are_named_and_all_counted(inside, monkeypatch):
    me = make_user()
    _project, innovation = grown_from(make_idea(me))
    for _ in range(queries.MOST_NAMED + 2):
        make_adoption(innovation)
    last = outcome_of(me)[0].grown[-1]
    assert len(last.adoptions) == queries.MOST_NAMED
    assert last.total == queries.MOST_NAMED + 2


def test_it_is_read_by_pages(inside, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    me, town = make_user(), make_municipality()
    ids = [make_idea(me, town, title=f"Eine Idee mit Nummer {n}").id for n in range(5)]
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        found = queries.impact(me, cursor, is_all=True)
        assert found.count.number == 5
        seen += [outcome.idea.id for outcome in found.outcomes]
        cursor, pages = found.window.next, pages + 1
    assert seen == ids[::-1]


@pytest.mark.parametrize("number", [1, 6])
def test_the_queries_do_not_grow(app, number):
    with app.app_context():
        me, town = make_user(), make_municipality()
        for n in range(number):
            idea = make_idea(me, town, title=f"Eine Idee mit Nummer {n}")
            _project, innovation = grown_from(idea)
            make_adoption(innovation)
        db.session.commit()
        assert me.id  # read anew before the counting begins
        with Queries(app) as asked:
            found = queries.impact(me, "")
        assert len(found.outcomes) == number
        assert asked.number <= 6


@pytest.fixture
def resident(app):
    with app.app_context():
        me = make_user()
        idea = make_idea(me)
        _project, innovation = grown_from(idea)
        make_adoption(innovation)
        bare = make_user()
        db.session.commit()
        return me.id, bare.id


def test_the_page_shows_the_whole_line(browser, resident):
    browser.get("/konto/wirkung", status=302)
    browser.sign_in(resident[0])
    page = browser.get("/konto/wirkung")
    assert "Digitale Sprechstunde im Dorfladen" in page.words
    assert len(page.all("li", class_="impact__idea")) == 1
    assert len(page.all("li", class_="timeline__item")) == 2
    assert any(a.get("href") == "/konto/wirkung" for a in browser.get("/konto").all("a"))
    browser.get("/konto/wirkung?alle=1", fragment=True)


def test_who_said_nothing_yet_is_shown_the_way(browser, resident):
    browser.sign_in(resident[1])
    for url in ("/konto/wirkung", "/konto/wirkung?alle=1", "/konto/wirkung?nach=kaputt"):
        page = browser.get(url)
        assert len(page.all("div", class_="empty")) == 1


def test_interest_and_what_was_ended_are_no_takings_over(inside):
    """The same municipalities as the number of uses on the page of the entry counts."""
    me = make_user()
    _project, innovation = grown_from(make_idea(me))
    make_adoption(innovation, Degree.INTERESTED)
    using = make_adoption(innovation, Degree.TRYING)
    pass_gate(make_adoption(innovation), Stage.ENDED)
    last = outcome_of(me)[0].grown[-1]
    assert [row.id for row in last.adoptions] == [using.id]
    assert last.total == last.card.use_count == 1
