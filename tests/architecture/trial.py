"""Takes a database through every migration with a row in each table, and looks what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    select,
)

from civic.core.db import db, will_write

#: The search index is made by hand for each database (see migrations/env.py).
BY_HAND = ("search_document", "alembic_version")
#: The first of these types that a column has says what it is filled with.
VALUES: tuple[tuple[type, Any], ...] = (
    (Boolean, True),
    (Integer, 1),
    (Float, 1.0),
    (Numeric, 1),
    (DateTime, datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
    (Date, date(2026, 1, 2)),
    (JSON, []),
    (ARRAY, []),
    (LargeBinary, b"x"),
    (String, "x"),
)

Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def writing() -> Iterator[Any]:
    token = will_write.set(True)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        will_write.reset(token)


def tables() -> MetaData:
    """The tables as they are in the database now."""
    found = MetaData()
    found.reflect(db.engine, only=lambda name, _: not name.startswith(BY_HAND))
    return found


def fill() -> None:
    """One row in every table that has none, those first that others point at."""
    there = tables().sorted_tables
    with writing() as connection:
        for table in there:
            if connection.execute(select(table)).first() is None:
                connection.execute(insert(table).values(_row(connection, table)))


def _row(connection: Any, table: Table) -> dict[str, Any]:
    return {column.name: _value(connection, table, column) for column in table.columns}


def _value(connection: Any, table: Table, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        if key.column.table is table:
            return None if column.nullable else 1
        return connection.execute(select(key.column)).scalars().first()
    return next(value for kind, value in VALUES if isinstance(column.type, kind))


def read() -> Rows:
    """Every row of every table."""
    there = tables().sorted_tables
    with db.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in there
        }


def lost(before: Rows, after: Rows) -> list[str]:
    """Rows and values that are gone, in tables and columns that are still there."""
    found = []
    for name in sorted(before.keys() & after.keys()):
        if len(after[name]) < len(before[name]):
            found.append(f"{name}: {len(before[name])} rows became {len(after[name])}")
        for old, new in zip(before[name], after[name], strict=False):
            found += [
                f"{name}.{column}: {old[column]!r} became {new[column]!r}"
                for column in sorted(old.keys() & new.keys())
                if old[column] is not None and old[column] != new[column]
            ]
    return found


def trial(app: Flask, folder: Path) -> list[str]:
    """Up through every migration with filled tables, down again one by one, and up once more.

    Returns what was lost on the way. Going down may drop what going up made, and nothing else.
    """
    found: list[str] = []
    with app.app_context():
        revisions = _revisions(folder)
        upgrade(str(folder), revisions[0])
        for revision in revisions[1:]:
            fill()
            found += _step(f"up to {revision}", lambda r=revision: upgrade(str(folder), r))
        fill()
        for revision in reversed(revisions[:-1]):
            found += _step(f"down to {revision}", lambda r=revision: downgrade(str(folder), r))
        downgrade(str(folder), "base")
        left = sorted(tables().tables)
        found += [f"down to base: the table {name} is still there" for name in left]
        upgrade(str(folder))
        fill()
        db.session.remove()
        db.engine.dispose()
    return found


def _step(name: str, act: Any) -> list[str]:
    before = read()
    act()
    return [f"{name}: {loss}" for loss in lost(before, read())]


def _revisions(folder: Path) -> list[str]:
    """From the first to the last."""
    config = current_app.extensions["migrate"].migrate.get_config(str(folder))
    script = ScriptDirectory.from_config(config)
    return [revision.revision for revision in script.walk_revisions()][::-1]
