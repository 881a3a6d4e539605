"""The register at 10 and at 1,000 entries: the same few queries, and an index for its order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from civic.contributions.models import Contribution
from civic.core import clock, paging
from civic.core.db import db
from civic.innovations.models import CostClass, Exchange, Innovation, Stage
from civic.innovations.queries import exchange, register
from civic.innovations.queries.register import Filters
from civic.municipalities.models import Municipality
from tests.make import let_it_be_counted, make_municipality, make_topic, make_user
from tests.make_innovations import make_innovation
from tests.make_reuse import make_exchange


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


def fill(number):
    """So many entries and posts in some places, fast."""
    author = make_user()
    county = make_municipality("Kreis", slug="kreis")
    places = [make_municipality(f"Ort {n}", parent=county, population=n * 700) for n in range(20)]
    first = 1_000_000  # no sequence comes to it
    now = clock.now()
    trunk, own, posts = [], [], []
    for n in range(number):
        for kind, id in (("innovation", first + 2 * n), ("exchange", first + 2 * n + 1)):
            trunk.append(
                {
                    "id": id,
                    "kind": kind,
                    "reference": f"{kind[0]}-{n:07}",
                    "municipality_id": places[n % 20].id,
                    "author_id": author.id,
                    "title": f"Eintrag {n} der Menge",
                    "state": Stage.REGULAR if kind == "innovation" else "wanted",
                    "created_at": now,
                    "published_at": now - timedelta(minutes=n),
                }
            )
        text_columns = {"body": "", "body_html": "", "renderer_version": 1}
        uses = {"use_count": n % 7, "cost_class": CostClass.SMALL, "licence": "MIT"}
        own.append({"id": first + 2 * n, **text_columns, **uses})
        until = {"direction": "wanted", "until_on": clock.today() + timedelta(days=9)}
        posts.append({"id": first + 2 * n + 1, **text_columns, **until})
    db.session.execute(insert(Contribution.__table__), trunk)
    db.session.execute(insert(Innovation.__table__), own)
    db.session.execute(insert(Exchange.__table__), posts)
    let_it_be_counted()
    return county


@pytest.mark.parametrize("number", [10, 1000])
def test_query_budgets_do_not_grow_with_the_number_of_entries(app, browser, number):
    with app.app_context():
        fill(number)
        make_topic("laden")
        post = make_exchange()
        db.session.commit()
        thing = f"/innovationen/boerse/{post.id}-erfahrung-mit-sprechstunden"
        ids = [make_innovation(title=f"Sprechstunde {n}").id for n in range(3)]
        db.session.commit()
    compared = "/innovationen/vergleich?" + "&".join(f"id={id}" for id in ids)
    everything = "q=Eintrag&kommune=kreis&thema=laden&stufe=regular&art=gemeinde&lizenz=MIT"
    for url, budget in (
        ("/innovationen", 8),
        (f"/innovationen?{everything}&groesse=bis-2000&kosten=small&vergleich={ids[0]}", 8),
        ("/innovationen?ansicht=karte", 8),
        ("/innovationen?ansicht=zeitlinie", 8),
        (compared, 8),
        ("/innovationen/boerse?q=Eintrag&richtung=suchen&kommune=kreis", 8),
        (thing, 14),
        (f"/innovationen/{ids[0]}-sprechstunde-0", 14),
    ):
        browser.get(url)
        with Queries(app) as asked:
            browser.get(url)
        assert asked.number <= budget, f"{url}: {asked.number}"


# -- plans ---------------------------------------------------------------------------------------


def plan_of(statement, order, cursor=""):
    """How the database runs a page of the list, in its own words."""
    seen = []

    def note(_connection, _cursor, sql, parameters, *_rest):
        seen.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        window = paging.window(statement, order, cursor, 20)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    sql, parameters = seen[-1]
    rows = db.session.connection().exec_driver_sql(explain + sql, parameters).all()
    return "\n".join(str(row[-1]) for row in rows), window


def is_sorted_anew(plan):
    return "TEMP B-TREE" in plan or "Sort" in plan


@pytest.fixture
def many(inside):
    return fill(3000)


def test_the_order_of_most_used_runs_along_its_index(many):
    order = register.ORDERS["used"]
    plan, window = plan_of(register.listing(Filters()), order)
    assert "ix_innovation_use_count" in plan
    assert not is_sorted_anew(plan)
    plan, _ = plan_of(register.listing(Filters()), order, window.next)
    assert "ix_innovation_use_count" in plan
    assert not is_sorted_anew(plan)


@pytest.mark.parametrize("sort", ["newest", "supported"])
def test_the_other_orders_run_along_those_of_the_trunk(many, sort):
    plan, _ = plan_of(register.listing(Filters(), sort), register.ORDERS[sort])
    assert f"ix_contribution_shown_{sort}" in plan
    assert not is_sorted_anew(plan)


@pytest.mark.parametrize(
    "filters", [Filters(stage=Stage.REGULAR), Filters(cost=CostClass.SMALL), Filters(licence="MIT")]
)
def test_common_filters_sort_nothing_either(many, filters):
    plan, _ = plan_of(register.listing(filters), register.ORDERS["used"])
    assert "ix_innovation_" in plan
    assert not is_sorted_anew(plan)


def test_the_exchange_runs_along_the_newest(many):
    plan, _ = plan_of(exchange.listing(exchange.Filters()), exchange.ORDER)
    assert not is_sorted_anew(plan)


def test_a_place_alone_is_found_by_its_own_index(many):
    village = db.session.query(Municipality).filter_by(name="Ort 7").one()
    plan, window = plan_of(register.listing(Filters(municipality=village)), register.ORDERS["used"])
    assert len(window.items) == 20
    assert "ix_" in plan
