"""Reading the demo's texts; they are data, so that people who write need no Python."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"


def read(name: str) -> list[dict[str, Any]]:
    """The entries of one file, e.g. "people"."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        entries: list[dict[str, Any]] = tomllib.load(file)[name]
    return entries


def ideas() -> list[dict[str, Any]]:
    """All ideas of the demo, the oldest first."""
    found: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("ideas-*.toml")):
        with path.open("rb") as file:
            found += tomllib.load(file)["ideas"]
    return sorted(found, key=lambda idea: -float(idea["days_ago"]))
