"""Where the house keeps files beside its database, and how a file comes there whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from civic.config import Config

#: For the owner alone: a backup holds addresses and texts of people.
PRIVATE = 0o600
#: What belongs to a database file of SQLite.
COMPANIONS = ("-wal", "-shm", "-journal")


def media_folder(config: Config) -> Path | None:
    """What people uploaded; None where it lies in a bucket and not on this machine."""
    return config.media if isinstance(config.media, Path) else None


def mail_folder(config: Config) -> Path:
    """Mails as files, where no mail server is set."""
    return config.instance_path / "mail"


def files_below(folder: Path | None) -> Iterator[Path]:
    """Plain files, in a fixed order; what is half written (`.part`) belongs to nobody yet."""
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix != ".part":
            yield path


@contextmanager
def written_whole(target: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """A file that is there with all it holds, on the disk, or not at all. Owner alone may read it.

    Raises `FileExistsError` when there is one of this name that is not to be replaced.
    """
    new = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists() and not replace:
            raise FileExistsError(f"{target} is there already.")
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def private_file(target: Path) -> Iterator[Path]:
    """A place in the folder of `target` for a file that may replace it; cleared away at the end."""
    place = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    place.touch(mode=PRIVATE, exist_ok=False)
    try:
        yield place
    finally:
        for name in ("", *COMPANIONS):
            place.with_name(place.name + name).unlink(missing_ok=True)
