"""What a database holds, as one figure a table: equal figures mean equal rows, in whatever order.

The figure of a row is the SHA-256 of its values in the order of the columns' names, that of a table
the sum of its rows' figures modulo 2^256, hashed with the names and the number of rows. So neither
the order of rows or columns nor the kind of database matters, and a table is read once, as a
stream.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, column, inspect, select, table
from sqlalchemy.engine.interfaces import ReflectedColumn

#: Derived from the other tables and made by hand for each database (see migrations/env.py).
DERIVED = ("search_document", "sqlite_")
BATCH = 5000
_MODULUS = 2**256


class Content(NamedTuple):
    """What one table holds."""

    rows: int
    sha256: str


def contents(connection: Connection) -> dict[str, Content]:
    """Read every table in the transaction of this connection."""
    inspector = inspect(connection)
    return {
        name: _content(connection, name, inspector.get_columns(name))
        for name in sorted(inspector.get_table_names())
        if not name.startswith(DERIVED)
    }


def differences(wanted: Mapping[str, Content], found: Mapping[str, Content]) -> list[str]:
    """In words, table by table; empty when both hold the same."""
    said = []
    for name in sorted(wanted.keys() | found.keys()):
        a, b = wanted.get(name), found.get(name)
        if a is None or b is None:
            said.append(f"{name}: only {'expected' if b is None else 'found'}")
        elif a.rows != b.rows:
            said.append(f"{name}: {a.rows} rows expected, {b.rows} found")
        elif a != b:
            said.append(f"{name}: {a.rows} rows, other content")
    return said


def _content(connection: Connection, name: str, columns: list[ReflectedColumn]) -> Content:
    # A generated column says nothing that the others do not.
    kept = sorted((c for c in columns if not c.get("computed")), key=lambda c: c["name"])
    encode = json.JSONEncoder(
        default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode
    total = rows = 0
    for row in connection.execute(_everything(name, kept)):
        text = encode(list(row)).encode("utf-8", "surrogatepass")
        total += int.from_bytes(hashlib.sha256(text).digest())
        rows += 1
    names = ",".join(c["name"] for c in kept)
    whole = f"{names}\n{rows}\n{total % _MODULUS:064x}"
    return Content(rows, hashlib.sha256(whole.encode()).hexdigest())


def _everything(name: str, columns: list[ReflectedColumn]) -> Select[Any]:
    source = table(name, *(column(c["name"], c["type"]) for c in columns))
    return select(*source.columns).execution_options(stream_results=True, yield_per=BATCH)


def _plain(value: object) -> str:
    """Values that JSON does not know, the same from both databases."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return moment.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return str(value.normalize())
    return str(value)
