"""Test data of takings over and of the exchange, through the services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from civic.accounts.models import Role, User
from civic.core import clock
from civic.core.db import db, transaction
from civic.innovations import service
from civic.innovations.models import Degree, Direction, Exchange, Innovation
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.topics import queries as topics
from tests.make import make_municipality, make_topic, make_user

CHANGED = "Bei uns fährt der Bücherbus in sieben Ortsteile."
POST_BODY = "Wir fangen gerade an und möchten wissen, worauf es in den ersten Wochen ankommt."


def adoption(parent: Innovation, **changes: Any) -> service.Adoption:
    """In use, with the words of the one it comes from and a decision of today."""
    decided = service.Decided("Gemeinderat Birkenrode", clock.today())
    return service.Adoption(
        **{
            "title": parent.title,
            "body": parent.body,
            "slugs": [topic.slug for topic in topics.of_thing(parent.id)],
            "degree": Degree.IN_USE,
            "decided": decided,
            "changed": CHANGED,
        }
        | changes
    )


@transaction()
def make_adoption(
    parent: Innovation,
    degree: Degree = Degree.IN_USE,
    *,
    municipality: Municipality | None = None,
    author: User | None = None,
    **changes: Any,
) -> Innovation:
    """Another municipality takes an entry over, through its staff."""
    municipality = municipality or make_municipality(parent=parent.municipality.parent)
    author = author or make_user(roles=[(Role.STAFF, municipality)])
    words = adoption(parent, degree=degree, **changes)
    return service.take_over(author, parent, municipality, words)


@transaction()
def make_exchange(
    direction: Direction = Direction.WANTED,
    *,
    municipality: Municipality | None = None,
    organisation: Organisation | None = None,
    author: User | None = None,
    slugs: list[str] | None = None,
    **changes: Any,
) -> Exchange:
    """A post of an administration; title, body and day go through the service, others are set."""
    municipality = municipality or make_municipality()
    author = author or make_user(roles=[(Role.STAFF, municipality)])
    post = service.Post(
        direction=direction,
        title=changes.pop("title", "Erfahrung mit Sprechstunden"),
        body=changes.pop("body", POST_BODY),
        slugs=slugs or [make_topic().slug],
        until_on=changes.pop("until_on", clock.today() + timedelta(days=30)),
        innovation=changes.pop("innovation", None),
    )
    exchange = service.post_exchange(author, municipality, post, organisation)
    for name, value in changes.items():
        setattr(exchange, name, value)
    db.session.flush()
    return exchange
