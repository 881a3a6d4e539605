"""The list of ideas: filters, orders, pages that survive new ideas, and its budget of queries."""

import pytest
from sqlalchemy import event

from civic.accounts.models import Role
from civic.core import paging
from civic.core.clock import now
from civic.core.db import db
from civic.follows import service as follows
from civic.ideas import queries
from civic.ideas.models import IdeaState
from civic.ideas.queries import Filters
from civic.moderation import service as moderation
from tests.make import make_idea, make_municipality, make_user


def titles(viewer, filters=None, sort="newest", seed=0):
    wanted = filters or Filters()
    order = queries.order_of(sort, wanted, seed)
    window = paging.window(queries.listing(viewer, wanted), order, "", 50)
    return [card.title for card in window.items]


@pytest.fixture
def county(inside):
    kreis = make_municipality("Kreis")
    return kreis, make_municipality("Dorf", parent=kreis), make_municipality("Fremde")


def test_a_county_sees_its_villages_and_nobody_else(county):
    viewer = make_user()
    for place in county:
        make_idea(municipality=place, title=f"Eine Idee aus {place.name}")
    assert titles(viewer, Filters(municipality=county[0])) == [
        "Eine Idee aus Dorf",
        "Eine Idee aus Kreis",
    ]
    assert titles(viewer, Filters(municipality=county[1])) == ["Eine Idee aus Dorf"]


def test_filters_by_state_own_followed_and_text(inside):
    me = make_user()
    mine = make_idea(me, title="Meine eigene Idee hier", state=IdeaState.TAKEN_UP)
    other = make_idea(title="Spielplätze für alle Kinder")
    follows.follow(me, other)
    assert titles(me, Filters(own=True)) == [mine.title]
    assert titles(me, Filters(state="taken_up")) == [mine.title]
    assert titles(me, Filters(text="Spielplatz")) == [other.title]
    assert other.title in titles(me, Filters(followed=True))
    follows.unfollow(me, other)
    assert other.title not in titles(me, Filters(followed=True))


def test_hidden_ideas_are_in_no_list(inside):
    idea = make_idea()
    moderation.hide(_moderator(idea), idea, reason="Werbung für ein Geschäft")
    for viewer in (make_user(), idea.author, _moderator(idea)):
        assert titles(viewer) == []


def _moderator(idea):
    return make_user(roles=[(Role.MODERATOR, idea.municipality)])


def test_orders(inside):
    viewer, town = make_user(), make_municipality()
    for n, (votes, comments) in enumerate([(5, 0), (1, 9), (3, 2)]):
        make_idea(
            municipality=town,
            title=f"Idee mit der Zahl {n}",
            vote_count=votes,
            comment_count=comments,
        )
    assert [t[-1] for t in titles(viewer, sort="newest")] == ["2", "1", "0"]
    assert [t[-1] for t in titles(viewer, sort="supported")] == ["0", "2", "1"]
    assert [t[-1] for t in titles(viewer, sort="discussed")] == ["1", "2", "0"]


def test_the_random_order_is_fixed_by_its_seed(inside):
    viewer = make_user()
    for n in range(6):
        make_idea(title=f"Zufällige Idee Nummer {n}", shuffle=n * 100_000_000)
    assert titles(viewer, sort="random", seed=5) == titles(viewer, sort="random", seed=5)
    assert titles(viewer, sort="random", seed=5) != titles(viewer, sort="random", seed=250_000_000)


@pytest.mark.parametrize("sort", [*queries.ORDERS, "random"])
def test_pages_neither_repeat_nor_lose_an_idea_while_new_ones_arrive(inside, sort):
    viewer, town = make_user(), make_municipality()
    old = {make_idea(municipality=town, title=f"Eine alte Idee, Nummer {n}").id for n in range(7)}
    statement, order = queries.listing(viewer, Filters()), queries.order_of(sort, seed=3)
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        window = paging.window(statement, order, cursor, 3)
        seen += [card.id for card in window.items]
        cursor, pages = window.next, pages + 1
        make_idea(municipality=town, title=f"Eine neue Idee, Nummer {pages}")
        assert pages < 10
    assert len(seen) == len(set(seen))
    assert old <= set(seen)


def test_the_way_back_leads_through_the_same_pages(inside):
    viewer = make_user()
    for n in range(7):
        make_idea(title=f"Idee zum Blättern, Nummer {n}")
    statement, order = queries.listing(viewer, Filters()), queries.order_of("newest")
    first = paging.window(statement, order, "", 3)
    second = paging.window(statement, order, first.next, 3)
    back = paging.window(statement, order, second.previous, 3)
    assert [card.id for card in back.items] == [card.id for card in first.items]
    assert not first.previous
    assert not back.previous


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA", "W10", "WyJuIiwxLDJd", "🙂", "A" * 5000, "WyJuIiwiMjAyNiIsMV0"]
)
def test_a_broken_cursor_is_the_first_page(inside, cursor):
    make_idea()
    statement = queries.listing(make_user(), Filters())
    assert len(paging.window(statement, queries.order_of("newest"), cursor, 3).items) == 1


def test_a_count_stops_at_a_thousand(inside, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 3)
    for n in range(4):
        make_idea(title=f"Idee zum Zählen, Nummer {n}")
    counted = paging.count(queries.found(make_user(), Filters()))
    assert (counted.number, counted.is_more) == (3, True)


class Queries:
    """Counts the statements that a request sends."""

    def __init__(self, app):
        with app.app_context():
            self.target = db.engine
        self.number = 0

    def _count(self, *args):
        if not args[2].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            self.number += 1

    def __enter__(self):
        event.listen(self.target, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_):
        event.remove(self.target, "before_cursor_execute", self._count)


@pytest.fixture
def filled(app):
    """A function that adds ideas, fast."""

    def fill(number):
        with app.app_context():
            author, town = make_user(), make_municipality()
            first = make_idea(author, town)
            for n in range(number - 1):
                db.session.add(
                    type(first)(
                        author_id=author.id,
                        municipality_id=town.id,
                        title=f"Idee {n} der Menge",
                        state="open",
                        created_at=now(),
                        published_at=now(),
                        shuffle=n,
                        body="",
                        body_html="",
                        renderer_version=1,
                        reference=f"2026-9{n:04}",
                    )
                )
            db.session.commit()
            return f"/ideen/{first.id}-baenke-am-weg-zum-friedhof"

    return fill


@pytest.mark.parametrize("number", [10, 1000])
def test_query_budgets_do_not_grow_with_the_number_of_ideas(app, browser, filled, number):
    page = filled(number)
    for url, budget in (
        ("/ideen", 8),
        ("/ideen?sortierung=zufall&los=7&q=Idee", 8),
        (page, 14),
        ("/", 4),  # two of them ask for the name of the place, which tests do not remember
    ):
        browser.get(url)
        with Queries(app) as queries_sent:
            browser.get(url)
        assert queries_sent.number <= budget, f"{url}: {queries_sent.number}"
