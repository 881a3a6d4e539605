"""Serves `static/` under addresses that change with the content, so that a browser may keep them.

`asset_url("build/civic.css")` gives `/static/build/civic.<hash>.css`, which never changes its
content and is kept for a year. The plain address works as well and is asked for again after a
minute. A page of an older release may ask for a hash that is gone: it gets the file of today with
the short life, so that a release never leaves anybody without a style sheet.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from flask import Flask, current_app
from whitenoise import WhiteNoise
from whitenoise.media_types import MediaTypes
from whitenoise.responders import StaticFile
from whitenoise.string_utils import decode_path_info

from civic.core.assets import BUNDLE, bundle_css, fingerprint, hashed_name
from civic.core.security import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXTENSION = "civic_static_files"
LASTING = "public, max-age=31536000, immutable"
BRIEF = "public, max-age=60"
ALWAYS_FRESH = "no-cache"
LONGEST_NAME = 200
_HASHED = re.compile(r"^(?P<stem>.+)\.(?P<digest>[0-9a-f]{12})(?P<suffix>\.[A-Za-z0-9]+)$")
_MEDIA_TYPES = MediaTypes(extra_types={".js": "text/javascript", ".woff2": "font/woff2"})


class UnknownAssetError(LookupError):
    """A template names a file that is not in `static/`."""


class StaticFiles:
    """WSGI middleware: answers below `prefix` from `folder` and hands on everything else.

    In production the folder is read once, at start. With `autorefresh` each file is looked at on
    each request, the style sheet is bundled again when a source changed, and nothing is kept.
    """

    def __init__(
        self,
        application: WSGIApplication,
        folder: Path,
        *,
        prefix: str = "/static/",
        autorefresh: bool = False,
    ) -> None:
        self._application = application
        self._folder = folder.resolve()
        self._prefix = prefix
        self._autorefresh = autorefresh
        self._digests: dict[str, str] = {}
        self._answers: dict[str, StaticFile] = {}
        self._sources_seen: tuple[tuple[str, int, int], ...] = ()
        if not autorefresh:
            for name in self._names():
                self._read(name)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a static file."""
        path: str = decode_path_info(environ.get("PATH_INFO", ""))
        found = (
            self._find(path.removeprefix(self._prefix)) if path.startswith(self._prefix) else None
        )
        if found is None:
            return self._application(environ, start_response)
        answer: Iterable[bytes] = WhiteNoise.serve(found, environ, start_response)
        return answer

    def asset_url(self, name: str) -> str:
        """Return the address of a file that may be kept for a year.

        Raises `UnknownAssetError` if there is no such file: a typing error, or files not fetched.
        """
        digest = self._refresh(name) if self._autorefresh else self._digests.get(name)
        if digest is None:
            raise UnknownAssetError(
                f"static/{name} does not exist; fetched and built files come with 'civic assets'."
            )
        return self._prefix + hashed_name(name, digest)

    def _find(self, name: str) -> StaticFile | None:
        plain = name
        if match := _HASHED.match(name):
            plain = match["stem"] + match["suffix"]
        if self._autorefresh:
            self._refresh(plain)
        return self._answers.get(name) or self._answers.get(plain)

    def _names(self) -> list[str]:
        files = (path for path in self._folder.rglob("*") if path.is_file())
        names = (path.relative_to(self._folder).as_posix() for path in files)
        return [name for name in names if _is_public(name)]

    def _refresh(self, name: str) -> str | None:
        if name == BUNDLE:
            self._rebundle()
        if not _is_public(name) or not (self._folder / name).is_file():
            self._answers.pop(name, None)
            return None
        return self._read(name)

    def _rebundle(self) -> None:
        sources = sorted((self._folder / "css").glob("*"))
        seen = tuple(
            (path.name, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in sources
        )
        if seen != self._sources_seen:
            bundle_css(self._folder)
            self._sources_seen = seen

    def _read(self, name: str) -> str:
        """Enter one file under its plain and its hashed name; return its hash."""
        path = self._folder / name
        content = path.read_bytes()
        digest = fingerprint(content)
        self._digests[name] = digest
        compressed = None if self._autorefresh else _fresh_gzip(path, content)
        brief = ALWAYS_FRESH if self._autorefresh else BRIEF
        self._answers[name] = _answer(path, digest, brief, compressed)
        if not self._autorefresh:
            self._answers[hashed_name(name, digest)] = _answer(path, digest, LASTING, compressed)
        return digest


def init_app(app: Flask, folder: Path, *, autorefresh: bool) -> None:
    """Put the middleware round the application and give templates `asset_url`."""
    files = StaticFiles(app.wsgi_app, folder, autorefresh=autorefresh)
    app.wsgi_app = files  # type: ignore[method-assign]
    app.extensions[EXTENSION] = files
    app.jinja_env.globals["asset_url"] = asset_url


def asset_url(name: str) -> str:
    """Jinja global: the lasting address of a file below `static/`."""
    files: StaticFiles = current_app.extensions[EXTENSION]
    return files.asset_url(name)


def _is_public(name: str) -> bool:
    """Tell whether a name may be asked for: nothing hidden, nothing outside, no `.gz` by itself."""
    if name.endswith(".gz") or len(name) > LONGEST_NAME:
        return False
    return all(part and not part.startswith(".") for part in name.split("/"))


def _fresh_gzip(path: Path, content: bytes) -> Path | None:
    """Return the compressed sibling if it holds this very content.

    gzip ends with checksum and length of what was compressed; times of change prove nothing
    after a copy or an unpacked archive.
    """
    sibling = path.with_name(path.name + ".gz")
    if not sibling.is_file():
        return None
    ending = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    return sibling if sibling.read_bytes().endswith(ending) else None


def _answer(path: Path, digest: str, keep: str, compressed: Path | None) -> StaticFile:
    media_type: str = _MEDIA_TYPES.get_type(os.fspath(path))
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    headers = Headers(
        [
            ("Content-Type", media_type),
            ("Cache-Control", keep),
            ("ETag", f'"{digest}"'),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            *HEADERS.items(),
        ]
    )
    encodings = {"gzip": os.fspath(compressed)} if compressed else None
    return StaticFile(os.fspath(path), headers.items(), encodings=encodings)
