"""Keyset pagination: a page is told by the last row seen, never by a count of rows before it.

So a list costs the same on every page, and new things arriving neither repeat nor hide a row.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from civic.core.db import UTCDateTime, db

Row = TypeVar("Row")
COUNT_LIMIT = 1000
#: How long a list is believed to have more than that, and of how many lists that is known.
KNOWN_SECONDS, MOST_KNOWN = 60.0, 1000
_large: dict[str, float] = {}
#: How many statements for a page are kept, and what the values of its cursor are called.
KEPT, KEY = 128, "civic_key_"
#: Says of a row in which of several lists it stands.
PLACE = "civic_place"
#: What the databases hold in an integer and in a big one.
LARGEST, LARGEST_BIG = 2**31 - 1, 2**63 - 1


@dataclass(frozen=True)
class Order:
    """A total order: columns (the last one unique), all in one direction, named as on the row."""

    columns: tuple[tuple[str, ColumnElement[Any] | InstrumentedAttribute[Any]], ...]
    descending: bool = True
    #: The order is a circle: it begins at this value of the first column, and after its end it
    #: goes on at the beginning. Only for an ascending order.
    begin: int | None = None


@dataclass(frozen=True)
class Window(Generic[Row]):
    """One page of a list with the cursors of its neighbours (empty: there is none)."""

    items: Sequence[Row]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Count:
    """How many there are: exact up to 1,000, then only that there are more."""

    number: int
    is_more: bool = False


def window(
    statement: Select[Any],
    order: Order,
    cursor: str,
    size: int,
    *,
    params: Mapping[str, Any] | None = None,
    scalars: bool = False,
) -> Window[Any]:
    """Run the statement for one page. A cursor that cannot be read gives the first page.

    params: values of the statement's own parameters, where it was put together beforehand.
    """
    backwards, key = _decode(cursor, order)
    values = {f"{KEY}{at}": value for at, value in enumerate(key or ())} | dict(params or {})
    rows: list[Any] = []
    for stretch in _stretches(order, key, backwards=backwards):
        page = _page(statement, order, stretch, size + 1 - len(rows))
        result = db.session.execute(page, values)
        rows += result.scalars() if scalars else result
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Window(())
    return Window(
        rows,
        next=_encode("n", rows[-1], order) if more or backwards else "",
        previous=_encode("p", rows[0], order)
        if key is not None and (more or not backwards)
        else "",
    )


@dataclass(frozen=True)
class _Stretch:
    """A range of the order's index: before or from where a circle begins, beyond the last row."""

    backwards: bool
    is_before: bool | None = None
    is_beyond: bool = False


def _stretches(order: Order, key: Sequence[Any] | None, *, backwards: bool) -> list[_Stretch]:
    """Where the page is looked for, one stretch after the other: one, or two of a circle.

    Each is a range of an index, so that a page costs the same wherever it lies.
    """
    if order.begin is None:
        return [_Stretch(backwards, is_beyond=key is not None)]
    sides = [True, False] if backwards else [False, True]
    if key is None:
        return [_Stretch(backwards, side) for side in sides]
    stands_in = sides.index(key[0] < order.begin)
    first, *rest = sides[stands_in:]
    return [_Stretch(backwards, first, is_beyond=True), *(_Stretch(backwards, s) for s in rest)]


@lru_cache(KEPT)
def _page(statement: Select[Any], order: Order, stretch: _Stretch, limit: int) -> Select[Any]:
    """The statement for a page. Kept, for saying it anew takes longer than running it; a statement
    that is put together for each request is simply never met again.
    """
    falling = order.descending is not stretch.backwards
    columns = [column for _, column in order.columns]
    page = statement.order_by(*(c.desc() if falling else c.asc() for c in columns))
    if stretch.is_before is not None:
        first = columns[0]
        page = page.where(first < order.begin if stretch.is_before else first >= order.begin)
    if stretch.is_beyond:
        last = [bindparam(f"{KEY}{at}", type_=c.type) for at, c in enumerate(columns)]
        row, bounds = tuple_(*columns), tuple_(*last)
        # Not "<": PostgreSQL guesses a comparison of rows by its first column alone, and where
        # that is 0 in most rows it would believe that nearly nothing is left to walk through.
        page = page.where(row <= bounds if falling else row >= bounds, columns[-1] != last[-1])
    return page.limit(fixed(limit))


def fixed(number: int) -> ColumnElement[int]:
    """A limit that is a part of the statement: a database that plans once must know it."""
    return literal_column(str(int(number)))


class Beginning(NamedTuple):
    """The first few rows of a list."""

    statement: Select[Any]
    order: Order
    size: int


class SideBySide:
    """Beginnings of several lists that one page shows, in one statement: each way to the database
    takes time. They have the same columns, and no null in those of their orders.
    """

    def __init__(self, *lists: Beginning) -> None:
        self._orders = [one.order for one in lists]
        pages = (_page(one.statement, one.order, _Stretch(False), one.size) for one in lists)
        self._statement = union_all(
            *(
                select(page.subquery(), fixed(place).label(PLACE))
                for place, page in enumerate(pages)
            )
        )

    def read(self, **values: Any) -> list[list[Any]]:
        """The rows of each list, in its order. values: those of the statements' parameters."""
        found: list[list[Any]] = [[] for _ in self._orders]
        for row in db.session.execute(self._statement, values):
            found[getattr(row, PLACE)].append(row)
        return [_in_order(rows, own) for rows, own in zip(found, self._orders, strict=True)]


def _in_order(rows: list[Any], order: Order) -> list[Any]:
    """A union promises no order."""
    names = [name for name, _ in order.columns]
    return sorted(rows, key=attrgetter(*names), reverse=order.descending)


def count(statement: Select[Any], known_as: str = "") -> Count:
    """Count the rows of a statement, looking at no more than a thousand and one.

    known_as: a name of the very same question. That the answer is "more than a thousand" is then
    believed for a minute; an exact number never is.
    """
    now = time.monotonic()
    if known_as and _large.get(known_as, 0.0) > now:
        return Count(COUNT_LIMIT, is_more=True)
    number = db.session.scalar(_counting(statement)) or 0
    if known_as and number > COUNT_LIMIT:
        if len(_large) >= MOST_KNOWN:
            _large.clear()
        _large[known_as] = now + KNOWN_SECONDS
    return Count(min(number, COUNT_LIMIT), number > COUNT_LIMIT)


@lru_cache(KEPT)
def _counting(statement: Select[Any]) -> Select[int]:
    one = statement.with_only_columns(literal(1), maintain_column_froms=True)
    inner = one.order_by(None).limit(fixed(COUNT_LIMIT + 1))
    return select(func.count()).select_from(inner.subquery())


def forget_counts() -> None:
    """Believe nothing any more; for tests, which change the database under the process."""
    _large.clear()


def _encode(direction: str, row: Any, order: Order) -> str:
    key = [getattr(row, name) for name, _ in order.columns]
    plain = [v.isoformat() if isinstance(v, date) else v for v in key]  # a datetime is a date
    text = json.dumps([direction, *plain], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, order: Order) -> tuple[bool, list[Any] | None]:
    """Direction and key of a cursor; it comes from the address, so nothing in it is trusted."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        direction, *plain = json.loads(raw)
        if direction not in {"n", "p"} or len(plain) != len(order.columns):
            return False, None
        key = [_value(v, c) for v, (_, c) in zip(plain, order.columns, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        return False, None
    return direction == "p", key


def _value(plain: object, column: Any) -> object:
    wanted = datetime if isinstance(column.type, UTCDateTime) else column.type.python_type
    if wanted in {datetime, date} and isinstance(plain, str):
        return _time(plain, wanted)
    if wanted is float and isinstance(plain, (int, float)) and math.isfinite(plain):
        return float(plain)
    if wanted is int and type(plain) is int and abs(plain) <= _largest(column.type):
        return plain
    if wanted is str and isinstance(plain, str) and plain.isprintable():
        return plain
    raise ValueError("A cursor's value has the wrong type.")


def _time(plain: str, wanted: type[date]) -> date:
    if wanted is date:
        return date.fromisoformat(plain)
    moment = datetime.fromisoformat(plain)
    if moment.tzinfo is None:
        raise ValueError("A cursor's moment has no time zone.")
    return moment.astimezone(UTC)  # OverflowError at both ends of the calendar


def _largest(kind: TypeEngine[Any]) -> int:
    return LARGEST_BIG if isinstance(kind, BigInteger) else LARGEST
