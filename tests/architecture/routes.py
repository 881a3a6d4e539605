"""Writes the list of addresses: `make routes`, after one came, went or moved on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.architecture.world import routes

FROZEN = Path(__file__).with_name("routes.txt")


def listing() -> str:
    """One line a route, as routes.txt holds them."""
    lines = [f"{route.method:<6} {route.rule}  {route.endpoint}" for route in routes()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FROZEN.write_text(listing())
    sys.stdout.write(f"{FROZEN}: {len(routes())} routes\n")
