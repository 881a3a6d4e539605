"""Pages of organisations, one file a subject; importing a file hangs its routes on `bp`."""

from civic.organisations.views import (
    account,
    asking,
    invitations,
    logo,
    people,
    profile,
    standing,
)
from civic.organisations.views.blueprint import bp

__all__ = ["account", "asking", "bp", "invitations", "logo", "people", "profile", "standing"]
