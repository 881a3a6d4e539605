"""The store of files: a folder, or a bucket of S3, as `CIVIC_MEDIA_URL` says.

A key is made by the house and never by a person: words of small letters and digits, separated by
slashes. What is no such word is refused before any disk is asked, so no key leads out of the store.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import IO, NamedTuple, Protocol

from flask import Flask, current_app

from civic.config import Bucket, Config, ConfigError
from civic.core.errors import Unavailable
from civic.core.language import N_
from civic.core.logs import log

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)*(/[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)*)*")
LONGEST_KEY = 200
#: What is written so far; the name is no key, so nobody takes it for a file of the store.
HALF = ".part"
#: For the owner alone: what may be read is said by the house.
FILE, FOLDER = 0o600, 0o700
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
EXTENSION = "civic_storage"


class StorageError(Unavailable):
    """The store does not do it; nothing was changed."""

    words = N_("Files cannot be reached just now. Please try again in a few minutes.")

    def __init__(self) -> None:
        super().__init__(self.words)


class StorageFull(StorageError):
    """There is no room left."""

    status = 507
    words = N_("There is no room for files left. Nothing was saved. Please try again tomorrow.")


class FileGone(StorageError):
    """There is no file of this key."""

    status = 404
    words = ""


class Stored(NamedTuple):
    """A file as the store knows it."""

    key: str
    #: Bytes.
    size: int
    changed_at: datetime


class Storage(Protocol):
    """What a house asks of its store. Every call may raise `StorageError`."""

    def put(self, key: str, data: bytes) -> None:
        """Keep these bytes: all of them, on the disk, or none."""

    def open(self, key: str) -> IO[bytes]:
        """The bytes, to be read once and closed. Raises `FileGone`."""

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove the file; nothing happens where there is none."""

    def walk(self, below: str = "") -> Iterator[Stored]:
        """All files, or those whose key begins with `below` and a slash; in no certain order."""

    def tidy(self, before: datetime) -> int:
        """Remove what was left half written before this moment; returns how many."""

    def check(self) -> None:
        """Write, read and remove a file. Raises `StorageError` when that does not go well."""


def store() -> Storage:
    """The store of this house."""
    found: Storage = current_app.extensions[EXTENSION]
    return found


def init_storage(app: Flask) -> None:
    """Connect the house to its store; nothing is asked of it yet. Raises `ConfigError`."""
    config: Config = app.extensions["civic_config"]
    app.extensions[EXTENSION] = open_store(config.media)


def open_store(place: Path | Bucket) -> Storage:
    """The store at this place. Raises `ConfigError` when what it needs is not installed."""
    if isinstance(place, Path):
        return FolderStorage(place)
    try:  # its driver is large, and a house with a folder needs none of it
        kind: Callable[[Bucket], Storage] = resolve_name("civic.core.bucket:S3Storage")
    except ImportError as error:
        raise ConfigError(
            "CIVIC_MEDIA_URL names S3, but the driver is missing: civic[s3]."
        ) from error
    return kind(place)


def checked(key: str) -> str:
    """The key, if it is one. Raises `ValueError`: keys are made by the house, so it is a fault."""
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of the store")
    return key


def try_out(storage: Storage) -> None:
    """As `Storage.check` says."""
    key = f"check/{secrets.token_hex(16)}"
    storage.put(key, key.encode())
    try:
        with storage.open(key) as file:
            if file.read() != key.encode():
                raise StorageError
    finally:
        storage.delete(key)


# -- a folder --------------------------------------------------------------------------------


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        log.error("store of files failed", error=type(fault).__name__, errno=fault.errno)
        raise (StorageFull if fault.errno in FULL else StorageError) from fault


class FolderStorage:
    """Files in a folder of this machine, or one that all machines of the house share."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, data: bytes) -> None:
        target = self._path(key)
        half = target.with_name(f".{target.name}.{secrets.token_hex(4)}{HALF}")
        with _in_words():
            self._make(target.parent)
            try:
                _write(half, data)
                half.replace(target)
            finally:
                half.unlink(missing_ok=True)
            _sync(target.parent)

    def open(self, key: str) -> IO[bytes]:
        path = self._path(key)
        with _in_words():
            try:
                return path.open("rb")
            except FileNotFoundError as fault:
                raise FileGone from fault

    def exists(self, key: str) -> bool:
        with _in_words():
            return self._path(key).is_file()

    def delete(self, key: str) -> None:
        with _in_words():
            self._path(key).unlink(missing_ok=True)

    def walk(self, below: str = "") -> Iterator[Stored]:
        for name, found in self._listed(self._path(below) if below else self.root):
            if KEY.fullmatch(name):
                yield Stored(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def tidy(self, before: datetime) -> int:
        number = 0
        for name, found in self._listed(self.root):
            if name.endswith(HALF) and found.st_mtime < before.timestamp():
                with _in_words():
                    (self.root / name).unlink(missing_ok=True)
                number += 1
        return number

    def check(self) -> None:
        try_out(self)

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _listed(self, folder: Path) -> Iterator[tuple[str, os.stat_result]]:
        """Path below the root and what the disk says of it; what went meanwhile is left out."""
        with _in_words():
            for entry in _files(folder):
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    yield Path(entry.path).relative_to(self.root).as_posix(), found

    def _make(self, folder: Path) -> None:
        """The folder and those above it, each on the disk before a file in it is."""
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        for each in reversed(missing):
            each.mkdir(mode=FOLDER, exist_ok=True)
            _sync(each.parent)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Plain files below a folder, read as they come: a store may hold millions."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield entry


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the names of a folder on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
