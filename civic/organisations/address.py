"""Where an organisation and its logo are found."""

from __future__ import annotations

from typing import Any

from civic.core.urls import url_for

#: The last letters of its key tell one picture from the next.
LOGO_MARK = 8


def url_of_organisation(organisation: Any) -> str:
    """The page of an organisation or of its card (Jinja global)."""
    return url_for("directory.show", id=organisation.id, slug=organisation.slug)


def logo_of(organisation: Any, *, large: bool = False) -> str:
    """The address of its logo, another one for each picture; empty without one (Jinja global)."""
    if not organisation.logo_key:
        return ""
    return url_for(
        "organisations.logo",
        id=organisation.id,
        groesse="gross" if large else None,
        v=organisation.logo_key[-LOGO_MARK:],
    )


def file_of(key: str, *, large: bool = False) -> str:
    """Where one of the two sizes of a logo lies in the store of files."""
    return f"{key}-large" if large else f"{key}-small"


def initials_of(name: str) -> str:
    """Two letters for the picture beside a name (Jinja global)."""
    letters = [next((c for c in word if c.isalnum()), "") for word in name.split()]
    return "".join(filter(None, letters))[:2].upper() or "–"
