"""How much room the house takes: database, its largest tables, folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from civic.core.db import db, is_postgres
from civic.core.language import N_
from civic.core.storage import StorageError, store

LARGEST = 8
#: A folder with more files than this is not counted to its end: a person waits for the page.
MOST_FILES = 20_000
#: A bucket tells a thousand at a time, over the net.
MOST_OBJECTS = 5_000
#: SQLite reads its whole file to tell the tables apart; above this size nobody waits for that.
MOST_BYTES = 256 * 2**20
UNITS = (N_("bytes"), "KiB", "MiB", "GiB", "TiB")

_OF_POSTGRES = text(
    "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
    "ORDER BY 2 DESC LIMIT :number"
)
_OF_SQLITE = text(
    "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name "
    "WHERE d.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC LIMIT :number"
)


class Size(NamedTuple):
    """A number of bytes; `is_more`: counting stopped there."""

    bytes: int
    is_more: bool = False

    @property
    def amount(self) -> float:
        """In `unit`; one digit after the point for small numbers, none for large ones."""
        value = self.bytes / float(1 << 10 * self._step)
        return round(value, 1) if self._step and value < 100 else round(value)

    @property
    def unit(self) -> str:
        """A msgid."""
        return UNITS[self._step]

    @property
    def _step(self) -> int:
        return min(max(self.bytes.bit_length() - 1, 0) // 10, len(UNITS) - 1)


def of_database() -> Size:
    """Tables and indexes together."""
    if is_postgres():
        order = "SELECT pg_database_size(current_database())"
    else:
        order = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return Size(int(db.session.scalar(text(order)) or 0))


def of_largest_tables() -> list[tuple[str, Size]]:
    """The largest tables with their indexes; none where the database cannot tell at once."""
    if not is_postgres() and of_database().bytes > MOST_BYTES:
        return []
    statement = _OF_POSTGRES if is_postgres() else _OF_SQLITE
    try:
        rows = db.session.execute(statement, {"number": LARGEST}).all()
    except OperationalError:  # this SQLite was built without dbstat
        return []
    return [(str(name), Size(int(size))) for name, size in rows]


def of_folder(folder: Path) -> Size:
    total = 0
    for number, entry in enumerate(_files(folder)):
        if number == MOST_FILES:
            return Size(total, is_more=True)
        total += entry.stat(follow_symlinks=False).st_size
    return Size(total)


def of_bucket() -> Size | None:
    """The files of people in their bucket; None where it gives no answer."""
    total = 0
    try:
        for number, file in enumerate(store().walk()):
            if number == MOST_OBJECTS:
                return Size(total, is_more=True)
            total += file.size
    except StorageError:
        return None
    return Size(total)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                yield entry
