"""What workers do for the house itself."""

from __future__ import annotations

from typing import Any

from flask import current_app

from civic.accounts.models import System
from civic.config import Config
from civic.operation import service


def write_ledger(payload: dict[str, Any]) -> None:
    """Put the departures beside the backups, soon after somebody left."""
    del payload
    config: Config = current_app.extensions["civic_config"]
    config.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    service.write_ledger(System(), config.backups)
