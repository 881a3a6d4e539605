"""What the queue does with accounts: housekeeping, and addresses that take no mail."""

from __future__ import annotations

from typing import Any

from civic.accounts import service
from civic.accounts.models import System


def remove_unconfirmed(payload: dict[str, Any]) -> None:
    """Accounts that nobody confirmed in time."""
    del payload
    service.remove_unconfirmed(System())


def forget_expired(payload: dict[str, Any]) -> None:
    """Links and sessions that no longer work."""
    del payload
    service.forget_expired(System())


def mail_refused(address: str, reason: str) -> None:
    """A mail server says that nobody gets mail at this address."""
    del reason
    service.mark_address_refused(System(), address)
