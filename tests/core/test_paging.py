"""Keyset pages: every row once, in both directions; a cursor from the address is never trusted."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select

from civic.contributions.models import Contribution
from civic.core.db import transaction
from civic.core.paging import Beginning, Count, Order, SideBySide, count, window
from tests.make import make_idea, make_municipality, make_user

NEWEST = Order((("published_at", Contribution.published_at), ("id", Contribution.id)))
RISING = Order((("title", Contribution.title), ("id", Contribution.id)), descending=False)
TRENDING = Order((("trend", Contribution.trend), ("id", Contribution.id)))
SUPPORTED = Order((("vote_count", Contribution.vote_count), ("id", Contribution.id)))
ORDERS = {"newest": NEWEST, "rising": RISING, "trending": TRENDING, "supported": SUPPORTED}
IDEAS = 11
MOMENT = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def ideas(inside) -> list[int]:
    """Ideas of which several share a place in each order, so that the last column decides."""
    author, town = make_user(), make_municipality()
    made = [make_idea(author, town) for _ in range(IDEAS)]
    with transaction():
        for n, idea in enumerate(made):
            idea.title = f"Idee Nummer {n // 3}"
            idea.vote_count = n % 4
            idea.trend = float(n % 3)
            idea.published_at = datetime(2026, 1, 1 + n // 4, tzinfo=UTC)
    return [idea.id for idea in made]


def ids(found) -> list[int]:
    return [row.id for row in found.items]


def statement():
    return select(*{c.key: c for o in ORDERS.values() for _, c in o.columns}.values())


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("latin-1")).decode().rstrip("=")


def cursor(*parts: object) -> str:
    return encoded(json.dumps(parts))


def test_all_rows_once_forwards_and_backwards(ideas):
    for order in ORDERS.values():
        for size in (1, 3, 5, IDEAS, IDEAS + 1):
            walk(ideas, order, size)


def walk(ideas, order, size):
    page = window(statement(), order, "", size)
    assert page.previous == ""
    there = [ids(page)]
    while page.next:
        page = window(statement(), order, page.next, size)
        there.append(ids(page))
    assert sorted(id for part in there for id in part) == sorted(ideas)
    back = [ids(page)]
    while page.previous:
        page = window(statement(), order, page.previous, size)
        back.append(ids(page))
    assert [part for part in reversed(back) if part] == [part for part in there if part]


def test_what_arrives_meanwhile_repeats_and_hides_nothing(ideas):
    first = window(statement(), NEWEST, "", 4)
    make_idea(published_at=datetime(2026, 2, 1, tzinfo=UTC))
    second = window(statement(), NEWEST, first.next, 4)
    whole = ids(window(statement(), NEWEST, "", 100))[1:]
    assert ids(first) + ids(second) == whole[:8]


NOTHING = [*"|x|=|====|é|😀|\ud800|\x00|null|e30|W10|%00| ".split("|"), "A" * 50_000]
#: What stands inside the Base64; longer or odder ones below.
TEXTS = """
null 1 true "n" [] {} [[]] ["n"] ["n",1] ["n",1,2,3] [["n"],1,2] [{},1,2] ["n",null,null]
["n",[],{}] {"n":1,"a":2,"b":3} ["x",1,1] ["n",NaN,1] ["n",Infinity,1] ["n",-Infinity,1]
["n",1e999,1] ["n",true,false] ["n","\\u0000",1] ["n","\\ud800",1] ["n","2026-01-01",1] ["n","",1]
["n","2026-01-01T00:00:00",1] ["n","0001-01-01T00:00:00+14:00",1] ["n",1.5,"1"] ["p",1.5,1.5]
["n","9999-12-31T23:59:59-14:00",1] ["n","2026-13-45T99:99+00:00",1] ["n",[1],1]
["n","0000-01-01T00:00:00+00:00",1]
""".split()
LONG = ['["n",' + "9" * 400 + ",1]", '["n",1,' + "9" * 5000 + "]", "[" * 100_000, "\xff\xfe", ""]
KEYS = (
    MOMENT,
    "",
    "x" * 9000,
    0,
    -1,
    2**31,
    -(2**31),
    2**63,
    -(2**63),
    2**62,
    1e308,
    -1e308,
    5e-324,
)
LAST = (0, -1, 2**31, 2**31 - 1, -(2**31), -(2**31) - 1, 2**63 - 1, 2**63, -(2**63), 10**30)
JUNK = [encoded(text) for text in (*TEXTS, *LONG)] + [
    cursor(direction, first, last) for direction in ("n", "p") for first in KEYS for last in LAST
]


def test_a_cursor_that_nobody_gave_out_is_no_fault(ideas):
    for order, junk in itertools.product(ORDERS.values(), [*NOTHING, *JUNK]):
        first = ids(window(statement(), order, "", 4))
        found = ids(window(statement(), order, junk, 4))
        assert found == first or set(found) <= set(ideas), junk[:80]


def test_a_cursor_of_another_order_gives_the_first_page(ideas):
    other = window(statement(), NEWEST, "", 4).next
    assert ids(window(statement(), TRENDING, other, 4)) == ids(window(statement(), TRENDING, "", 4))


def test_a_cursor_is_no_way_into_the_statement(ideas):
    for text in ("' OR 1=1 --", '"; DROP TABLE idea; --', "%", "_", "\\"):
        window(statement(), RISING, cursor("n", text, 1), 4)
    assert count(select(Contribution.id)).number == IDEAS


def test_lists_side_by_side_begin_as_each_alone(ideas):
    orders = list(ORDERS.values())
    few = statement().where(Contribution.id <= bindparam("last"))
    lists = SideBySide(*(Beginning(few, order, 4) for order in orders))
    for last, found in ((ideas[-1], 4), (ideas[1], 2), (0, 0)):
        alone = [window(few, order, "", 4, params={"last": last}).items for order in orders]
        together = lists.read(last=last)
        assert [[row.id for row in rows] for rows in together] == [
            [row.id for row in rows] for rows in alone
        ]
        assert [len(rows) for rows in together] == [found] * len(orders)


def test_a_count_needs_no_condition(ideas):
    """The tables of the columns stay in the statement, although the columns do not."""
    assert count(select(Contribution.id)) == Count(IDEAS)
    assert count(select(Contribution)) == Count(IDEAS)
    assert count(select(Contribution.id).where(Contribution.id < 0)) == Count(0)


def test_counting_ends_at_a_thousand(ideas, monkeypatch):
    monkeypatch.setattr("civic.core.paging.COUNT_LIMIT", IDEAS)
    assert count(select(Contribution.id)) == Count(IDEAS)
    monkeypatch.setattr("civic.core.paging.COUNT_LIMIT", IDEAS - 1)
    assert count(select(Contribution.id)) == Count(IDEAS - 1, is_more=True)
