"""Carries a town from SQLite to PostgreSQL: `to_postgresql.py /var/lib/civic/civic.sqlite3`.

`CIVIC_DATABASE_URL` names the new, empty database, on which `civic db upgrade` of this same version
has run. Web instances and workers are stopped meanwhile. All or nothing: one transaction, in which
the rows of every table are counted on both sides. The SQLite file is only read and stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, Engine, Integer, Table, create_engine, func, insert, select, text

from civic.app import create_app
from civic.core.database import POSTGRES_LIMITS, engine_options
from civic.core.db import db

BATCH = 1000
SEARCH = "INSERT INTO search_document (id, stems, trigrams) VALUES (:id, :stems, :trigrams)"
REVISION = text("SELECT version_num FROM alembic_version")


class MoveError(Exception):
    """Nothing was carried over; the message says what to do first."""


def move(app: Flask, file: Path) -> dict[str, int]:
    """Fill the empty database of the app from a SQLite file; return the rows of each table."""
    source = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true", **engine_options("sqlite"))
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            raise MoveError("CIVIC_DATABASE_URL must name the PostgreSQL database to move to.")
        with source.connect() as old, db.engine.begin() as new:
            for name in POSTGRES_LIMITS:
                new.exec_driver_sql(f"SET LOCAL {name} = 0")
            _check(old, new)
            moved = {table.name: _copy(old, new, table) for table in db.metadata.sorted_tables}
            moved["search_document"] = _copy_search(old, new)
        _analyse(db.engine)
        source.dispose()
    return moved


def _check(old: Connection, new: Connection) -> None:
    if old.scalar(REVISION) != new.scalar(REVISION):
        raise MoveError("Both databases must have the tables of this version: civic db upgrade.")
    for table in db.metadata.sorted_tables:
        if new.scalar(select(func.count()).select_from(table)):
            raise MoveError(f"The new database is not empty: there are rows in {table.name}.")


def _copy(old: Connection, new: Connection, table: Table) -> int:
    """Rows in the order of their keys, for what a row points at in its own table is older."""
    rows = old.execution_options(yield_per=BATCH).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for part in rows.mappings().partitions(BATCH):
        new.execute(insert(table), [dict(row) for row in part])
    _continue_numbers(new, table)
    count = select(func.count()).select_from(table)
    there, here = old.scalar(count), new.scalar(count)
    if there != here:
        raise MoveError(f"{table.name}: {there} rows became {here}.")
    return int(here or 0)


def _continue_numbers(new: Connection, table: Table) -> None:
    """The next row gets the next number."""
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        name = func.pg_get_serial_sequence(f'"{table.name}"', column.name)
        if new.scalar(select(name)):
            highest = select(func.coalesce(func.max(column), 1)).scalar_subquery()
            used = select(func.count() > 0).select_from(table).scalar_subquery()
            new.execute(select(func.setval(name, highest, used)))


def _copy_search(old: Connection, new: Connection) -> int:
    """Words in a line there, words in an array here."""
    rows = old.execute(text("SELECT rowid, stems, trigrams FROM search_document")).all()
    for start in range(0, len(rows), BATCH):
        new.execute(
            text(SEARCH),
            [
                {"id": row.rowid, "stems": row.stems.split(), "trigrams": row.trigrams.split()}
                for row in rows[start : start + BATCH]
            ],
        )
    return len(rows)


def _analyse(engine: Engine) -> None:
    """The planner learns at once how large the tables are."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def main() -> None:
    """Entry of the script."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: to_postgresql.py FILE.sqlite3")
    try:
        moved = move(create_app(), Path(sys.argv[1]).resolve())
    except MoveError as error:
        sys.exit(str(error))
    for name, rows in moved.items():
        sys.stdout.write(f"{name:<28} {rows:>9,}\n")


if __name__ == "__main__":
    main()
