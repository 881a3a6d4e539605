"""The file of a backup: a plain tar with the database, the media and a manifest, sealed by a hash.

    database.dump | database.sqlite3.gz
    media/…
    manifest.json           what it holds, with the hash of each part and of each table
    sha256 <64 hex digits>  of all bytes before; tar reads up to its end mark and leaves it alone

The seal finds a byte that a disk or a line has turned. It is no signature: whoever may write the
file may seal it anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from civic.operation.content import Content
from civic.operation.places import PRIVATE, files_below, written_whole

FORMAT = 1
MANIFEST = "manifest.json"
MEDIA = "media/"
NAME = re.compile(r"^civic-\d{8}-\d{6}\.tar$")
SEAL = len("sha256 ") + 64 + 1
CHUNK = 2**20


class DamagedError(Exception):
    """The file is no backup, or not the one that was written; the message says what differs."""


class Part(Protocol):
    """An open file, as far as it is read here."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, so that whoever restores it can tell that nothing is missing."""

    made_at: str
    civic: str
    python: str
    #: "sqlite" or "postgresql"
    kind: str
    server: str
    revision: str
    database: str
    tables: dict[str, Content]
    #: Member -> [bytes, sha256]
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: Where the media lie that are not in here: "s3://bucket/prefix"; empty when they are.
    media_elsewhere: str = ""
    format: int = FORMAT
    note: str = "CIVIC_SECRET_KEY and the other settings are not in here. Keep them elsewhere."

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises `DamagedError` when it is none, or one of a later format."""
        try:
            values = json.loads(text)
            if values["format"] != FORMAT:
                raise DamagedError(f"its format {values['format']} is not known to this version")
            values["tables"] = {k: Content(*v) for k, v in values["tables"].items()}
            values["files"] = {k: (int(v[0]), str(v[1])) for k, v in values["files"].items()}
            return cls(**values)
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError("its manifest cannot be read") from error


class _Sealing(io.RawIOBase):
    """Hashes what passes through."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._inner.write(data)


class _Reading:
    """Hashes a part while tar reads it."""

    def __init__(self, inner: Part) -> None:
        self._inner = inner
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._inner.read(size)
        self.digest.update(data)
        return data


def write(target: Path, database: Path, media: Path | None, manifest: Manifest) -> Manifest:
    """Put the parts together; returns the manifest with the hash of each."""
    with written_whole(target) as file:
        sealing = _Sealing(file)
        with tarfile.open(fileobj=sealing, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            manifest.files[manifest.database] = _add(tar, manifest.database, database)
            for path in files_below(media):
                name = MEDIA + path.relative_to(media or path).as_posix()
                with suppress(FileNotFoundError):  # removed by a person while we are at it
                    manifest.files[name] = _add(tar, name, path)
            text = manifest.to_json()
            tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
        file.write(f"sha256 {sealing.digest.hexdigest()}\n".encode())
    return manifest


def _add(tar: tarfile.TarFile, name: str, path: Path) -> tuple[int, str]:
    with path.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        reading = _Reading(source)
        tar.addfile(_entry(name, size), reading)
    return size, reading.digest.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, PRIVATE
    return entry


def verify(file: Path) -> Manifest:
    """Read the whole file and compare every hash in it. Raises `DamagedError`."""
    faults = [] if _is_sealed(file) else ["the seal at its end does not fit"]
    try:
        with tarfile.open(file, "r:") as tar:
            manifest = manifest_of(tar)
            faults += _faulty_parts(tar, manifest)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise DamagedError("; ".join([*faults, f"it cannot be read ({error})"])) from error
    except DamagedError as error:
        raise DamagedError("; ".join([*faults, str(error)])) from error
    if faults:
        raise DamagedError("; ".join(faults))
    return manifest


def _is_sealed(file: Path) -> bool:
    left = file.stat().st_size - SEAL
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while left > 0 and (data := source.read(min(CHUNK, left))):
            digest.update(data)
            left -= len(data)
        return source.read() == f"sha256 {digest.hexdigest()}\n".encode()


def manifest_of(tar: tarfile.TarFile) -> Manifest:
    return Manifest.from_json(member(tar, MANIFEST).read())


def member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """A part of the archive, open for reading. Raises `DamagedError`."""
    try:
        part = tar.extractfile(name)
    except KeyError as error:
        raise DamagedError(f"{name} is missing") from error
    if part is None:
        raise DamagedError(f"{name} is no file")
    return part


def _faulty_parts(tar: tarfile.TarFile, manifest: Manifest) -> list[str]:
    found = {entry.name for entry in tar if entry.name != MANIFEST}
    faults = [f"{name} is not in its manifest" for name in sorted(found - manifest.files.keys())]
    for name in manifest.files:
        try:
            copy_part(tar, manifest, name, len)
        except DamagedError as error:
            faults.append(str(error))
    return faults


def copy_part(
    tar: tarfile.TarFile, manifest: Manifest, name: str, take: Callable[[bytes], object]
) -> None:
    """Hand the bytes of a part on, and compare them. Raises `DamagedError` at its end."""
    digest, size = hashlib.sha256(), 0
    part = member(tar, name)
    while data := part.read(CHUNK):
        digest.update(data)
        size += len(data)
        take(data)
    if (size, digest.hexdigest()) != manifest.files[name]:
        raise DamagedError(f"{name} is not what was written")


def rotate(folder: Path, keep: int) -> list[Path]:
    """Remove all backups but the newest; files of any other name are not touched."""
    there = sorted((path for path in folder.iterdir() if NAME.match(path.name)), reverse=True)
    for path in there[keep:]:
        path.unlink()
    return there[keep:]
