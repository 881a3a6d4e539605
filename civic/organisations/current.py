"""In whose name the person who looks may speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask import g

from civic.accounts.current import actor
from civic.organisations import queries
from civic.organisations.models import Organisation


def voices() -> Sequence[Organisation]:
    """The organisations for which the viewer may speak; asked once a request (Jinja global)."""
    if "voices" not in g:
        g.voices = queries.speaking_for(actor())
    return cast("Sequence[Organisation]", g.voices)
