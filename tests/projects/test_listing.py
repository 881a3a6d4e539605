"""The lists of projects: filters, orders, what nobody sees yet, and the budget of queries."""

import pytest
from sqlalchemy import event

from civic.accounts.models import Role
from civic.core import clock, paging
from civic.core.db import db
from civic.follows import service as following
from civic.moderation import service as moderation
from civic.projects import filters as addresses
from civic.projects.models import Opening, OpeningState, Project, ProjectState, TeamMember, TeamRole
from civic.projects.queries import listing
from civic.projects.queries.listing import Filters
from tests.make import let_it_be_counted, make_idea, make_municipality, make_topic, make_user
from tests.make_projects import make_member, make_opening, make_project


def titles(viewer, filters=None, sort="newest"):
    wanted = filters or Filters()
    window = paging.window(listing.listing(viewer, wanted), listing.ORDERS[sort], "", 50)
    return [card.title for card in window.items]


def moderator(project):
    return make_user(roles=[(Role.MODERATOR, project.municipality)])


def test_a_county_sees_its_villages_and_nobody_else(inside):
    kreis = make_municipality("Kreis")
    dorf, fremde = make_municipality("Dorf", parent=kreis), make_municipality("Fremde")
    for place in (kreis, dorf, fremde):
        make_project(municipality=place, title=f"Ein Projekt aus {place.name}")
    viewer = make_user()
    assert titles(viewer, Filters(municipality=kreis)) == [
        "Ein Projekt aus Dorf",
        "Ein Projekt aus Kreis",
    ]
    assert titles(viewer, Filters(municipality=dorf)) == ["Ein Projekt aus Dorf"]


def test_filters_by_state_team_followed_and_text(inside):
    me = make_user()
    mine = make_project(title="Mein eigenes Projekt hier", state=ProjectState.RUNNING)
    make_member(mine, me)
    other = make_project(title="Spielplätze für alle Kinder")
    following.follow(me, other)
    assert titles(me, Filters(own=True)) == [mine.title]
    assert titles(me, Filters(state="running")) == [mine.title]
    assert titles(me, Filters(text="Spielplatz")) == [other.title]
    assert titles(me, Filters(followed=True)) == [other.title]
    assert titles(me, Filters(state="running", text="Spielplatz")) == []


def test_what_waits_for_approval_and_what_is_hidden_is_in_no_list(inside):
    proposed = make_project(municipality=make_municipality(approves_projects=True))
    hidden = make_project()
    moderation.hide(moderator(hidden), hidden, reason="Werbung für ein Geschäft")
    staff = make_user(roles=[(Role.STAFF, proposed.municipality)])
    for viewer in (make_user(), proposed.author, hidden.author, staff, moderator(hidden)):
        assert titles(viewer) == []
    assert listing.among(Filters(), [proposed.id, hidden.id]) == set()


def test_orders(inside):
    viewer, town = make_user(), make_municipality()
    for n, (votes, comments) in enumerate([(5, 0), (1, 9), (3, 2)]):
        make_project(
            municipality=town,
            title=f"Projekt mit der Zahl {n}",
            vote_count=votes,
            comment_count=comments,
        )
    assert [t[-1] for t in titles(viewer, sort="newest")] == ["2", "1", "0"]
    assert [t[-1] for t in titles(viewer, sort="supported")] == ["0", "2", "1"]
    assert [t[-1] for t in titles(viewer, sort="discussed")] == ["1", "2", "0"]


@pytest.mark.parametrize("sort", listing.ORDERS)
def test_pages_neither_repeat_nor_lose_a_project_while_new_ones_arrive(inside, sort):
    viewer, town = make_user(), make_municipality()
    old = {make_project(municipality=town, title=f"Altes Projekt {n}").id for n in range(5)}
    statement, seen, cursor, pages = listing.listing(viewer, Filters()), [], "", 0
    while pages == 0 or cursor:
        window = paging.window(statement, listing.ORDERS[sort], cursor, 2)
        seen += [card.id for card in window.items]
        cursor, pages = window.next, pages + 1
        make_project(municipality=town, title=f"Neues Projekt {pages}")
        assert pages < 10
    assert len(seen) == len(set(seen))
    assert old <= set(seen)


def test_who_looks_for_people_is_marked(inside):
    looking, found, paused, none = (make_project() for _ in range(4))
    for project in (looking, found, paused):
        make_opening(project)
    db.session.query(Opening).filter_by(project_id=found.id).update({"state": OpeningState.FILLED})
    paused.state = ProjectState.PAUSED
    db.session.flush()
    ids = [project.id for project in (looking, found, paused, none)]
    assert listing.looking(ids) == {looking.id}
    assert listing.looking([]) == set()


def test_the_address_is_read_and_written_alike(app):
    with app.app_context():
        make_municipality("Lindfurt", slug="lindfurt")
        make_topic("verkehr", name_de="Unterwegs")
    params = {
        "q": [" Radweg "],
        "kommune": ["lindfurt"],
        "thema": ["verkehr", "gibt-es-nicht"],
        "status": ["running"],
    }
    with app.test_request_context():
        filters = addresses.read(params)
        assert addresses.address(filters) == {
            "q": "Radweg",
            "kommune": "lindfurt",
            "thema": ["verkehr"],
            "status": "running",
        }
        assert "Lindfurt · Unterwegs" in addresses.describe(params)
        for hidden in ("proposed", "refused", "erfunden"):
            assert addresses.read({"status": [hidden]}).state == ""


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
    """A function that adds projects with a team and an opening each, fast."""

    def fill(number):
        with app.app_context():
            author, town, now = make_user(), make_municipality(), clock.now()
            first = make_project(author, town, ideas=[make_idea()])
            make_opening(first)
            for _ in range(3):
                make_member(first)
            rows = [
                Project(
                    author_id=author.id,
                    municipality_id=town.id,
                    title=f"Projekt {n} der Menge",
                    state=ProjectState.FORMING,
                    created_at=now,
                    published_at=now,
                    shuffle=n,
                    goal="",
                    goal_html="",
                    renderer_version=1,
                    reference=f"2026-9{n:04}",
                )
                for n in range(number - 1)
            ]
            db.session.add_all(rows)
            db.session.flush()
            for row in rows:
                place = {"project_id": row.id, "user_id": author.id}
                db.session.add(TeamMember(**place, role=TeamRole.LEAD, joined_at=now))
                db.session.add(Opening(project_id=row.id, title="Jemand", created_at=now))
            let_it_be_counted()
            return f"/projekte/{first.id}-buecherei-am-abend", f"/projekte/{first.id}"

    return fill


@pytest.mark.parametrize("number", [10, 1000])
def test_query_budgets_do_not_grow_with_the_number_of_projects(app, browser, filled, number):
    page, base = filled(number)
    for url, budget in (
        ("/projekte", 8),
        ("/projekte?q=Projekt&sortierung=gefragt", 8),
        ("/projekte/gesucht", 8),
        ("/projekte/gesucht?q=Jemand", 8),
        (page, 14),
        (f"{base}/team", 14),
        (f"{base}/gesucht", 14),
    ):
        browser.get(url)
        with Queries(app) as queries_sent:
            browser.get(url)
        assert queries_sent.number <= budget, f"{url}: {queries_sent.number}"
