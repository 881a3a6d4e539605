"""SQLite: the database as one file, taken while others write, put back with one rename."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine

from civic.operation.places import sync_folder

NAME = "database.sqlite3.gz"


class InUseError(Exception):
    """Another process has the database open."""


def copy_to(source: Path, target: Path) -> None:
    """One consistent state of a database that others go on writing to.

    `VACUUM INTO` reads in one transaction, as the backup interface does, and leaves out what was
    deleted: pages that hold removed texts of people do not get into a backup.
    """
    with closing(_open(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _open(file: Path) -> sqlite3.Connection:
    # `rw`: never make an empty file where there is none.
    address = f"file:{quote(str(file))}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=5)


def engine_on(file: Path) -> Engine:
    """An engine of its own on a file; `dispose()` it before the file is moved or packed."""
    return create_engine(f"sqlite:///{file}", hide_parameters=True)


def pack(source: Path, target: Path) -> None:
    """Compress; the result depends on the content alone."""
    with (
        source.open("rb") as plain,
        target.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed,
    ):
        shutil.copyfileobj(plain, packed, 2**20)


def unpack(source: Path, target: Path) -> None:
    with gzip.open(source) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain, 2**20)


def close_for_others(file: Path) -> None:
    """Fold the journal into the file, which only works when nobody else has it open.

    Raises `InUseError`.
    """
    try:
        with closing(_open(file)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise InUseError(f"{file} is open in another process.") from error
    if mode != "delete":
        raise InUseError(f"{file} is open in another process.")


def put(new: Path, target: Path) -> None:
    """Replace the database at once: whoever opens it finds the old one or the new one."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    if target.exists():
        close_for_others(target)
    new.replace(target)
    sync_folder(target.parent)
