"""How an entry is cited: an address that stays, whatever becomes of its title."""

from __future__ import annotations

from flask_babel import gettext as _

from civic.core import clock
from civic.core.language import show_date
from civic.core.letters import absolute
from civic.core.urls import url_for
from civic.innovations.models import Innovation


def permanent_address(innovation: Innovation) -> str:
    """The address without the title; it leads to the present one."""
    return absolute(url_for("innovations.show", id=innovation.id))


def citation_of(innovation: Innovation) -> str:
    """Who, what, number, as of which day, and the address.

    Cited is the municipality, with the organisation that leads it: not the person who typed.
    """
    bodies = [innovation.organisation.name] if innovation.organisation else []
    return str(
        _(
            "%(voice)s: %(title)s. Innovation %(reference)s. As of %(day)s. %(url)s",
            voice=", ".join([*bodies, innovation.municipality.title]),
            title=innovation.title,
            reference=innovation.reference,
            day=show_date(innovation.updated_at or innovation.published_at or clock.now()),
            url=permanent_address(innovation),
        )
    )
