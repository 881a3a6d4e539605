"""Keyset pagination: a page is told by the last row seen, never by a count of rows before it.

So a list costs the same on every page, and new things arriving neither repeat nor hide a row.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from civic.core.db import UTCDateTime, db

Row = TypeVar("Row")
COUNT_LIMIT = 1000
#: What the databases hold in an integer and in a big one.
LARGEST, LARGEST_BIG = 2**31 - 1, 2**63 - 1


@dataclass(frozen=True)
class Order:
    """A total order: columns (the last one unique), all in one direction, named as on the row."""

    columns: tuple[tuple[str, ColumnElement[Any] | InstrumentedAttribute[Any]], ...]
    descending: bool = True


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
    statement: Select[Any], order: Order, cursor: str, size: int, *, scalars: bool = False
) -> Window[Any]:
    """Run the statement for one page. A cursor that cannot be read gives the first page."""
    backwards, key = _decode(cursor, order)
    if key is not None:
        columns = tuple_(*(column for _, column in order.columns))
        bound = tuple_(*(literal(v, c.type) for v, (_, c) in zip(key, order.columns, strict=True)))
        statement = statement.where(
            columns > bound if order.descending is backwards else columns < bound
        )
    falling = order.descending is not backwards
    statement = statement.order_by(
        *(column.desc() if falling else column.asc() for _, column in order.columns)
    ).limit(size + 1)
    result = db.session.execute(statement)
    rows = list(result.scalars() if scalars else result)
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


def count(statement: Select[Any]) -> Count:
    """Count the rows of a statement, looking at no more than a thousand and one."""
    one = statement.with_only_columns(literal(1), maintain_column_froms=True)
    inner = one.order_by(None).limit(COUNT_LIMIT + 1)
    number = db.session.scalar(select(func.count()).select_from(inner.subquery())) or 0
    return Count(min(number, COUNT_LIMIT), number > COUNT_LIMIT)


def _encode(direction: str, row: Any, order: Order) -> str:
    key = [getattr(row, name) for name, _ in order.columns]
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in key]
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
    if wanted is datetime and isinstance(plain, str):
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is None:
            raise ValueError("A cursor's moment has no time zone.")
        return moment.astimezone(UTC)  # OverflowError at both ends of the calendar
    if wanted is float and isinstance(plain, (int, float)) and math.isfinite(plain):
        return float(plain)
    if wanted is int and type(plain) is int and abs(plain) <= _largest(column.type):
        return plain
    if wanted is str and isinstance(plain, str) and plain.isprintable():
        return plain
    raise ValueError("A cursor's value has the wrong type.")


def _largest(kind: TypeEngine[Any]) -> int:
    return LARGEST_BIG if isinstance(kind, BigInteger) else LARGEST
