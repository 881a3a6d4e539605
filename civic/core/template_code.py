"""Compiled templates on the disk, so that a process which starts need not compile them anew.

Compiling took four fifths of the time of a first page. What lies here is run as code: it is
believed only in a folder that nobody else may write, and only with the seal of this house's secret
key, so that a hole through which files can be written is none through which code can be run.
The folder may be deleted at any time; whatever goes wrong with it costs time and no page.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

from jinja2.bccache import Bucket, BytecodeCache

from civic.core.logs import log

FOLDER = "template-code"
PRIVATE = 0o700
SEAL = "sha256"
SEAL_LENGTH = 32
#: Whose version has an influence on what a template is compiled to.
LIBRARIES = ("jinja2", "markupsafe", "babel")
#: Seconds after which what no process has begun with any more is that of an older version.
FORGOTTEN = 7 * 24 * 3600


class KeptCode:
    """The folder of the compiled templates, with a shelf for each language and version."""

    def __init__(self, folder: Path, secret: str, code: Path) -> None:
        """`code`: the folder of the program. Filters with fixed values are worked out when a
        template is compiled, so any line of it may change what comes out.
        """
        self._folder, self._secret = folder, secret.encode()
        self._version = _digest(
            [sys.version.encode()]
            + [version(name).encode() for name in LIBRARIES]
            + [path.read_bytes() for path in sorted(code.rglob("*.py"))]
        )
        self._has_complained = False

    def shelf(self, language: str, texts: str) -> Shelf | None:
        """The code in one language; None where none can be kept. `texts`: a digest of the texts."""
        name = _digest([self._version.encode(), language.encode(), texts.encode()])
        try:
            _make_private(self._folder)
            (self._folder / name).mkdir(PRIVATE, exist_ok=True)
        except OSError as fault:
            self.complain(fault)
            return None
        self._clear(name)
        return Shelf(self, self._folder / name, self._secret)

    def complain(self, fault: OSError) -> None:
        """Say it once: with a full disk it would be said for every template."""
        if not self._has_complained:
            self._has_complained = True
            log.warning("compiled templates are not kept", error=str(fault))

    def _clear(self, current: str) -> None:
        """Note that this shelf is in use, and remove those that have not been for long."""
        with suppress(OSError):
            os.utime(self._folder / current)
            for shelf in self._folder.iterdir():
                if time.time() - shelf.stat().st_mtime > FORGOTTEN:
                    rmtree(shelf, ignore_errors=True)


class Shelf(BytecodeCache):
    """The code of all templates in one language. Jinja asks it with a digest of the source."""

    def __init__(self, house: KeptCode, folder: Path, secret: bytes) -> None:
        self._house, self._folder, self._secret = house, folder, secret

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code, if it is there, whole and ours."""
        try:
            kept = (self._folder / bucket.key).read_bytes()
        except FileNotFoundError:
            return
        except OSError as fault:
            self._house.complain(fault)
            return
        seal, code = kept[:SEAL_LENGTH], kept[SEAL_LENGTH:]
        if hmac.compare_digest(seal, self._seal(bucket, code)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code. Two processes may do so at once; both write the same."""
        code = bucket.bytecode_to_string()
        try:
            _replace(self._folder / bucket.key, self._seal(bucket, code) + code)
        except OSError as fault:
            self._house.complain(fault)

    def _seal(self, bucket: Bucket, code: bytes) -> bytes:
        """Binds the code to its template, language and version too: no file passes for another."""
        place = f"{FOLDER}/{self._folder.name}/{bucket.key}\0".encode()
        return hmac.digest(self._secret, place + code, SEAL)


def _digest(parts: Iterable[bytes]) -> str:
    seen = blake2b(digest_size=16)
    for part in parts:
        seen.update(len(part).to_bytes(8, "big"))
        seen.update(part)
    return seen.hexdigest()


def _make_private(folder: Path) -> None:
    """Raises `PermissionError` where somebody else might put code into the folder."""
    folder.mkdir(PRIVATE, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} is no folder")
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{folder} belongs to somebody else, or others may write into it")


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all; nobody reads half of it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
