"""The media of a backup on their way back: unpacked beside, exchanged with one rename, undone.

Into a bucket they are only added: what is there already bears another name, for every file has a
random one, and what the database does not know is swept away at night.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civic.core.storage import Storage
from civic.operation.archive import MEDIA, DamagedError, Manifest, copy_part
from civic.operation.places import PRIVATE


def is_filled(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


class NoExchange:
    """Nothing changes places: the media stay where they are."""

    def swap(self) -> None:
        pass


class Exchange(NoExchange):
    """Two folders that change places at most once."""

    def __init__(self, new: Path, folder: Path) -> None:
        self._new, self._folder = new, folder
        self._old = new.with_name(f"{new.name}.before")

    def swap(self) -> None:
        """Let the restored media be the media of the house."""
        if self._folder.exists():
            self._folder.replace(self._old)
        self._new.replace(self._folder)

    def undo(self) -> None:
        """As it was; nothing happens when nothing was exchanged."""
        if not self._new.exists():
            self._folder.replace(self._new)
        if self._old.exists():
            self._old.replace(self._folder)

    def clear_up(self) -> None:
        for leftover in (self._new, self._old):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def unpacked(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> Iterator[Exchange]:
    """Unpack beside the folder; whatever fails inside the block leaves it as it was.

    Raises `DamagedError`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    new.mkdir(mode=0o700)
    exchange = Exchange(new, folder)
    try:
        for name in manifest.files:
            if name.startswith(MEDIA):
                _unpack(tar, manifest, name, _inside(new, name.removeprefix(MEDIA)))
        owned_like(new, folder.parent)
        yield exchange
    except BaseException:
        exchange.undo()
        raise
    finally:
        exchange.clear_up()


@contextmanager
def added(tar: tarfile.TarFile, manifest: Manifest, store: Storage) -> Iterator[NoExchange]:
    """Put the media of the archive into a store. Raises `DamagedError` and `StorageError`."""
    for name in manifest.files:
        if name.startswith(MEDIA):
            data = bytearray()
            copy_part(tar, manifest, name, data.extend)
            try:
                store.put(name.removeprefix(MEDIA), bytes(data))
            except ValueError as error:
                raise DamagedError(f"{name} bears no name of the store") from error
    yield NoExchange()


def _inside(folder: Path, name: str) -> Path:
    """A place below the folder, whatever the name says. Raises `DamagedError`."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise DamagedError(f"{name} would lie outside of the media")
    return target


def _unpack(tar: tarfile.TarFile, manifest: Manifest, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        copy_part(tar, manifest, name, file.write)
        file.flush()
        os.fsync(file.fileno())


def owned_like(path: Path, example: Path) -> None:
    """Restored as root, the files still belong to whom the house belongs."""
    if os.geteuid() != 0:
        return
    owner = example.stat()
    for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
        os.chown(each, owner.st_uid, owner.st_gid)
