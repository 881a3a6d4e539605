"""Filling a database: many rows at once, past the services, which could not make a million ideas.

PostgreSQL takes them by COPY, several processes at a time, while the indexes and foreign keys of
large tables are away; SQLite takes them in one transaction. Every connection here is one of its own
without the time-outs of the house.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from civic.bench import ground, rows
from civic.bench.plan import Chunk, Plan
from civic.bench.rows import Maker, Row, Rows
from civic.core.database import libpq_address
from civic.core.db import Base, db

COLUMNS = {name: tuple(text.split()) for name, text in (ground.COLUMNS | rows.COLUMNS).items()}
#: From so many ideas on it pays to take the indexes away and build them afterwards.
MANY = 5_000
OPTIONS = (
    "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 "
    "-c synchronous_commit=off -c timezone=UTC -c maintenance_work_mem=768MB -c work_mem=256MB"
)
#: What leans on what: the constraints are taken away in this order and come back in the opposite.
_CONSTRAINTS = """
SELECT n.relname, c.conname, pg_get_constraintdef(c.oid), c.contype
FROM pg_constraint c JOIN pg_class n ON n.oid = c.conrelid
WHERE n.relnamespace = 'public'::regnamespace
  AND ((c.contype = 'f' AND (n.relname = ANY(%(tables)s)
        OR c.confrelid IN (SELECT oid FROM pg_class WHERE relname = ANY(%(tables)s)
                           AND relnamespace = 'public'::regnamespace)))
       OR (c.contype IN ('p', 'u') AND n.relname = ANY(%(tables)s)))
ORDER BY c.contype <> 'f', n.relname, c.conname
"""
_INDEXES = """
SELECT t.relname, i.relname, pg_get_indexdef(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND t.relname = ANY(%(tables)s)
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
ORDER BY pg_relation_size(t.oid) DESC, i.relname
"""

#: Called with a sentence on what begins now, or with a number of ideas that are there.
Progress = Callable[[str, int], None]


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection with all the time in the world."""
    return psycopg.connect(libpq_address(url), options=OPTIONS, autocommit=True)


class Postgres:
    """A PostgreSQL to be filled."""

    def __init__(self, url: str, *, many: bool) -> None:
        self.url, self.many = url, many

    def fill(self, base: Rows, plan: Plan, chunks: list[Chunk], progress: Progress) -> None:
        """Write everything; with `many` side by side, and the indexes are built afterwards."""
        with connect(self.url) as connection:
            _copy(connection, base)
            if self.many:
                self._fill_many(connection, plan, chunks, progress)
            else:
                for chunk in chunks:
                    _copy(connection, Maker(plan, chunk).make())
                    progress("", len(chunk.votes))
            progress("Statistics", 0)
            _set_sequences(connection)
            connection.execute("VACUUM ANALYZE")

    def _fill_many(
        self,
        connection: psycopg.Connection[Any],
        plan: Plan,
        chunks: list[Chunk],
        progress: Progress,
    ) -> None:
        progress("Taking keys and indexes away", 0)
        stages = _clear_away(connection)
        context = multiprocessing.get_context("spawn")  # a fork would share our connection
        with context.Pool(os.cpu_count(), _begin, (self.url, plan)) as pool:
            for number in pool.imap_unordered(_pour, chunks):
                progress("", number)
            for name, orders in stages.items():
                progress(f"{name} ({len(orders)})", 0)
                for _ in pool.imap_unordered(_run, orders):
                    pass


def _clear_away(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Drop keys and indexes of the large tables; returns what brings them back, by stages.

    Within a stage the orders may run side by side. A foreign key is added unchecked, which takes
    no time, and checked in a stage of its own, which locks nothing that another check needs.
    """
    tables = {"tables": list(rows.COLUMNS)}
    constraints = connection.execute(_CONSTRAINTS, tables).fetchall()
    indexes = connection.execute(_INDEXES, tables).fetchall()
    for table, name, _, _ in constraints:
        connection.execute(_order("ALTER TABLE {} DROP CONSTRAINT {}", table, name))
    for _, name, _ in indexes:
        connection.execute(_order("DROP INDEX {}", name))
    add = 'ALTER TABLE "{}" ADD CONSTRAINT "{}" {}'
    foreign = [(t, name, text) for t, name, text, kind in constraints if kind == "f"]
    return {
        "Keys": [add.format(t, name, text) for t, name, text, kind in constraints if kind != "f"],
        "Indexes": [text for _, _, text in indexes],
        "Foreign keys": [";".join(add.format(t, n, f"{d} NOT VALID") for t, n, d in foreign)],
        "Checking foreign keys": [
            f'ALTER TABLE "{t}" VALIDATE CONSTRAINT "{name}"' for t, name, _ in foreign
        ],
    }


#: What a process of the pool holds: its own connection, and the plan.
_worker: dict[str, Any] = {}


def _begin(url: str, plan: Plan) -> None:
    _worker.update(connection=connect(url), plan=plan)


def _pour(chunk: Chunk) -> int:
    _copy(_worker["connection"], Maker(_worker["plan"], chunk).make())
    return len(chunk.votes)


def _run(order: str) -> None:
    _worker["connection"].execute(order)


def _copy(connection: psycopg.Connection[Any], given: Rows) -> None:
    """Write rows of several tables, in the order in which they are given, all or none."""
    with connection.transaction(), connection.cursor() as cursor:
        for table, some in given.items():
            columns, constants = _columns(table)
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            order = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
            with cursor.copy(order) as copy:
                for row in _with_arrays(table, some):
                    copy.write_row(row + constants)


def _with_arrays(table: str, some: Iterable[Row]) -> Iterable[Row]:
    """Lists of words as PostgreSQL writes arrays; a word here holds letters and digits."""
    if table != "search_document":
        return some
    return ((id, *map(_array, lists)) for id, *lists in some)


def _array(words: object) -> str:
    return '{"' + '","'.join(cast("list[str]", words)) + '"}' if words else "{}"


def _columns(table: str) -> tuple[tuple[str, ...], Row]:
    """The columns that are written: ours, and those that the model fills by itself, with what."""
    own = COLUMNS[table]
    model: Table | None = Base.metadata.tables.get(table)
    if model is None:
        return own, ()
    filled = {
        column.name: column.default.arg
        for column in model.columns
        if column.name not in own and isinstance(column.default, ScalarElementColumnDefault)
    }
    return (*own, *filled), tuple(filled.values())


def _order(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


def _set_sequences(connection: psycopg.Connection[Any]) -> None:
    """Let the next id come after those that were written by number."""
    for table in (*ground.COLUMNS, *rows.COLUMNS):
        name = connection.execute(
            "SELECT pg_get_serial_sequence(quote_ident(%s), column_name) FROM "
            "information_schema.columns WHERE table_name = %s AND column_name = 'id'",
            (table, table),
        ).fetchone()
        if name and name[0]:
            highest = _order("SELECT setval(%s, (SELECT greatest(max(id), 1) FROM {}))", table)
            connection.execute(highest, (name[0],))


class Sqlite:
    """An SQLite file to be filled, inside the transaction of the caller."""

    def fill(self, base: Rows, plan: Plan, chunks: list[Chunk], progress: Progress) -> None:
        """Write everything, one chunk after the other."""
        self._insert(base)
        for chunk in chunks:
            self._insert(Maker(plan, chunk).make())
            progress("", len(chunk.votes))
        progress("Statistics", 0)
        db.session.connection().exec_driver_sql("ANALYZE")

    def _insert(self, given: Rows) -> None:
        connection = db.session.connection()
        for table, some in given.items():
            columns, constants = _columns(table)
            lines = [row + constants for row in some]
            if table == "search_document":
                columns = ("rowid", *columns[1:])
                lines = [(id, *map(_joined, lists)) for id, *lists in some]
            if lines:
                names = ", ".join(f'"{name}"' for name in columns)
                marks = ", ".join("?" * len(columns))
                order = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - ours
                connection.exec_driver_sql(order, lines)


def _joined(words: object) -> str:
    return " ".join(cast("list[str]", words))


def since(begun: float) -> str:
    """Minutes and seconds since a moment of the monotonic clock."""
    minutes, seconds = divmod(int(time.monotonic() - begun), 60)
    return f"{minutes}:{seconds:02}"
