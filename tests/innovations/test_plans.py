"""Register and projects at any size: one statement a read, and an index for every filter and order.

A database may well go through a small table from end to end, and join it as a whole. So PostgreSQL
is told to do so only where nothing else is left: what it then still does has no index.
"""

from __future__ import annotations

import re
from secrets import token_hex

import pytest
from sqlalchemy import text

from civic.core import paging
from civic.core.db import db, is_postgres
from civic.core.paging import fixed
from civic.innovations.queries import register
from tests.conftest import DATABASES
from tests.innovations.many import fill, house, plan, reads, watched
from tests.postgres import create_database

#: Tables that grow with the number of things.
LARGE = "contribution|innovation|project"
DRAWN = 10
END_TO_END = re.compile(rf"Seq Scan on ({LARGE})\b|^SCAN ({LARGE})(?! USING (COVERING )?INDEX ix_)")
BY_KEY = re.compile(rf"Index (Only )?Scan (Backward )?using pk_\w+ on ({LARGE})\b")


def without_index(steps):
    """Steps that look at every row of a large table: also by its key, if no row is asked for."""
    following = [*steps[1:], ""]
    return [
        step
        for step, then in zip(steps, following, strict=True)
        if END_TO_END.search(step) or (BY_KEY.search(step) and "Index Cond" not in then)
    ]


@pytest.fixture(params=DATABASES)
def country(request, tmp_path, monkeypatch):
    """600 entries, of which drawings show as small a part as of a whole country's.

    They would show nearly all, and to read and sort all is then as good as an index.
    """
    monkeypatch.setattr(register, "_MARKS", register._MARKS.limit(fixed(DRAWN)))
    url = ""
    if request.param == "postgresql":
        url = create_database(request.getfixturevalue("postgres_url"), f"plans_{token_hex(4)}")
    with house(url, tmp_path):
        yield fill(600, counties=3, towns=6, authors=10)


def test_every_filter_and_order_has_an_index_and_asks_once(country):
    bad, many = faults(country)
    assert bad == {}
    assert many == {}


def test_a_missing_index_is_found(country):
    db.session.execute(text("DROP INDEX ix_innovation_cost_class"))
    bad, _ = faults(country)
    assert any("cheap" in name for name in bad)


def faults(country):
    """Reads that go through a large table from end to end; reads that ask more than once."""
    for way in ("seqscan", "hashjoin", "mergejoin") if is_postgres() else ():
        db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    bad, many = {}, {}
    for name, read in reads(country):
        paging.forget_counts()
        with watched(db.engine) as seen:
            read()
        _seconds, sql, values = seen[-1]
        if steps := without_index(plan(sql, values, "EXPLAIN ")):
            bad[name] = steps
        if len(seen) > 1 + ("page 2" in name):
            many[name] = len(seen)
    return bad, many
