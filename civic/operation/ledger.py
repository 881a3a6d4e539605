"""The file of departures beside the backups: numbers and times, nothing about a person.

A backup knows who had left when it was made. Who left later stands here, so that a restore can let
them leave again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from civic.operation.archive import DamagedError
from civic.operation.places import written_whole

NAME = "departures.json"


class Gone(NamedTuple):
    """Somebody who left: which account, and whether the contributions went as well."""

    user_id: int
    joined_at: datetime
    left_at: datetime
    erased: bool


def read(file: Path) -> set[Gone]:
    """What a ledger holds; nothing where there is none. Raises `DamagedError`."""
    if not file.exists():
        return set()
    try:
        rows = json.loads(file.read_text())["departures"]
        return {
            Gone(
                int(row["user"]),
                datetime.fromisoformat(row["joined"]),
                datetime.fromisoformat(row["left"]),
                bool(row["erased"]),
            )
            for row in rows
        }
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{file} is no ledger of departures") from error


def write(file: Path, entries: Iterable[Gone]) -> None:
    """Replace the ledger at once."""
    rows = [
        {
            "user": entry.user_id,
            "joined": entry.joined_at.isoformat(),
            "left": entry.left_at.isoformat(),
            "erased": entry.erased,
        }
        for entry in sorted(entries)
    ]
    with written_whole(file, replace=True) as target:
        target.write(json.dumps({"departures": rows}, indent=1).encode())
