"""Who keeps the register of municipalities."""

from __future__ import annotations

from typing import Protocol


class Keeper(Protocol):
    """Who acts, as far as this room has to know: people live a floor above their municipality."""

    def is_admin(self) -> bool: ...


def may_keep(actor: Keeper) -> bool:
    """Only the platform adds municipalities, opens them and takes over the official directory."""
    return actor.is_admin()


RULES = {"municipality.keep": may_keep}
