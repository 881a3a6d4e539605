"""Reading the demo's texts; they are data, so that people who write need no Python."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"


def read(name: str) -> list[dict[str, Any]]:
    """The entries of one file, e.g. "people"."""
    return _entries(FOLDER / f"{name}.toml", name)


def read_all(name: str) -> list[dict[str, Any]]:
    """The entries of all files that begin with this name, the oldest first."""
    found = [
        entry for path in sorted(FOLDER.glob(f"{name}*.toml")) for entry in _entries(path, name)
    ]
    return sorted(found, key=lambda entry: -float(entry["days_ago"]))


def _entries(path: Path, name: str) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        entries: list[dict[str, Any]] = tomllib.load(file)[name]
    return entries
