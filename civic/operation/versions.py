"""Which versions are at work."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from civic.operation import queries

UNKNOWN = "–"


def versions(root: Path) -> list[tuple[str, str]]:
    """Name and version of what the house is made of."""
    database = "SQLite" if queries.is_sqlite() else "PostgreSQL"
    return [
        ("Civic", version("civic")),
        ("Python", platform.python_version()),
        (database, queries.server_version()),
        ("Flask", version("flask")),
        ("SQLAlchemy", version("sqlalchemy")),
        *_front_end(root),
    ]


def _front_end(root: Path) -> Iterator[tuple[str, str]]:
    yield "htmx", _htmx(root / "static" / "vendor" / "htmx" / "htmx.min.js")
    yield "KERN", _package(root / "package.json", "@kern-ux/native")


def _htmx(file: Path) -> str:
    """What the file that people get says of itself."""
    found = re.search(r'version="([^"]+)"', file.read_text()) if file.is_file() else None
    return found.group(1) if found else UNKNOWN


def _package(file: Path, name: str) -> str:
    """KERN's style sheet does not say; the list of packages is there in a checkout."""
    if not file.is_file():
        return UNKNOWN
    return str(json.loads(file.read_text())["dependencies"].get(name, UNKNOWN))
