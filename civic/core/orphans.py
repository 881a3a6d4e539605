"""Finds, on SQLite, the rows that point to nothing after a migration, without reading everything.

Looking at every row takes seconds on a large database, and so long nobody can write. What was not
touched cannot have broken, so a connection is watched for what is written on it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass

#: Dropping a table counts as deleting from it. One that is made may lie where another lay.
WRITES = {
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_CREATE_TABLE,
}
TABLES = "SELECT lower(name), rootpage FROM sqlite_master WHERE type = 'table'"
POINTERS = (
    'SELECT lower(own.name), lower(key."table"), key."from", key."to" '
    "FROM sqlite_master AS own, pragma_foreign_key_list(own.name) AS key WHERE own.type = 'table'"
)
UNIQUE = (
    "SELECT lower(own.name), ix.name, col.name FROM sqlite_master AS own, "
    "pragma_index_list(own.name) AS ix, pragma_index_info(ix.name) AS col "
    "WHERE own.type = 'table' AND ix.\"unique\""
)
IN_ONE = 'SELECT 1 FROM pragma_foreign_key_check(?) AS "broken" LIMIT 1'
IN_ALL = 'SELECT DISTINCT "table" FROM pragma_foreign_key_check ORDER BY 1'


@dataclass(frozen=True)
class Shape:
    """Of a table: where its rows lie, where they point, and what others may point at."""

    #: Stays when a table is renamed or gets another column; a table made anew has another one.
    rootpage: int
    #: (other table, own column, its column)
    pointers: frozenset[tuple[str, ...]]
    #: (unique index, column)
    unique: frozenset[tuple[str, ...]]


def orphans(connection: sqlite3.Connection) -> list[str]:
    """The tables in which rows point to nothing, in the whole database."""
    return [name for (name,) in connection.execute(IN_ALL)]


class Watch:
    """Notes what is written on a connection whose foreign keys are off."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.start()

    def start(self) -> None:
        """What was written so far no longer counts."""
        self.written: set[str] = set()
        self.before = self._shapes()
        # Each time: this makes SQLite prepare anew what it knows, and only then it tells us.
        self.connection.set_authorizer(self._note)

    def stop(self) -> None:
        self.connection.set_authorizer(None)

    def orphans(self) -> list[str]:
        """Of the tables that may have broken since the start, those in which rows point to nothing.

        `sqlite3.OperationalError`: something points at columns that are not unique any more.
        """
        ask = self.connection.execute
        return [name for name in self.suspects() if ask(IN_ONE, (name,)).fetchone()]

    def suspects(self) -> list[str]:
        """Tables whose rows point somewhere and were written, or point at such as were.

        Replacing a row removes others without a word, so it does not matter how they were written.
        """
        after = self._shapes()
        moved = {
            name
            for name in self.before.keys() | after.keys()
            if name in self.written or self._rootpage(name) != after.get(name, NOTHING).rootpage
        }
        no_longer_unique = {
            name
            for name, shape in after.items()
            if self.before.get(name, NOTHING).unique - shape.unique
        }
        goals = moved | no_longer_unique
        return sorted(
            name
            for name, shape in after.items()
            if shape.pointers
            and (
                name in moved
                or shape.pointers != self.before[name].pointers
                or any(goal in goals for goal, *_ in shape.pointers)
            )
        )

    def _rootpage(self, name: str) -> int:
        return self.before.get(name, NOTHING).rootpage

    def _note(self, action: int, first: str | None, *_: str | None) -> int:
        """SQLite asks this, before it prepares a statement, for each table it would touch."""
        if action in WRITES and first:
            self.written.add(first.lower())
        return sqlite3.SQLITE_OK

    def _shapes(self) -> dict[str, Shape]:
        pointers, unique = self._grouped(POINTERS), self._grouped(UNIQUE)
        return {
            name: Shape(rootpage, frozenset(pointers[name]), frozenset(unique[name]))
            for name, rootpage in self.connection.execute(TABLES).fetchall()
        }

    def _grouped(self, question: str) -> defaultdict[str, set[tuple[str, ...]]]:
        found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        for name, *words in self.connection.execute(question):
            found[name].add(tuple(words))
        return found


#: Of a table that is not there.
NOTHING = Shape(-1, frozenset(), frozenset())
