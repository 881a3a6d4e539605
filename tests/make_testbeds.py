"""Test beds and pilots for tests; through the services where they can."""

from __future__ import annotations

from dataclasses import fields
from itertools import count
from typing import Any

from civic.accounts.models import Role, User
from civic.contributions.models import Contribution
from civic.core.db import db, transaction
from civic.municipalities.models import Municipality
from civic.testbeds import service
from civic.testbeds.models import Pilot, Testbed
from civic.testbeds.service import Offer
from tests.make import make_idea, make_municipality, make_topic, make_user

_numbers = count(1)

PLAN = "Wir möchten die Leuchten vier Wochen lang aufstellen und zählen, wie oft sie angehen."
REASON = "Das passt gut zu dem, was wir hier vorhaben."
RESULT = "Die Leuchten gingen 1.200 Mal an, und zwei von zehn waren zu hell."


def offer(**changes: Any) -> Offer:
    """A complete description of a test bed."""
    values: dict[str, Any] = {
        "title": f"Alte Feuerwache als Werkstatt {next(_numbers)}",
        "body": "Eine Halle mit Strom und Netz, in der Vereine und Projekte etwas aufbauen können.",
        "capacity": 2,
        "contact_name": "Hauptamt",
        "contact_email": "hauptamt@example.org",
    }
    return Offer(**(values | changes))


@transaction()
def make_testbed(
    municipality: Municipality | None = None, staff: User | None = None, **changes: Any
) -> Testbed:
    """An open test bed; what an offer knows goes through the service, other columns are set."""
    municipality = municipality or make_municipality()
    staff = staff or make_user(roles=[(Role.STAFF, municipality)])
    names = {field.name for field in fields(Offer)}
    said = {name: value for name, value in changes.items() if name in names}
    topic = make_topic()
    testbed = service.open_testbed(staff, municipality, offer(**said), slugs=[topic.slug])
    for name, value in changes.items():
        setattr(testbed, name, value)
    db.session.flush()
    return testbed


@transaction()
def make_pilot(
    testbed: Testbed | None = None,
    thing: Contribution | None = None,
    *,
    by: User | None = None,
    **changes: Any,
) -> Pilot:
    """An application by the author of an idea, or by who keeps the thing."""
    testbed = testbed or make_testbed()
    thing = thing or make_idea(municipality=testbed.municipality)
    pilot = service.apply(by or thing.author, testbed, thing, plan=changes.pop("plan", PLAN))
    for name, value in changes.items():
        setattr(pilot, name, value)
    db.session.flush()
    return pilot


def staff_of(testbed: Testbed) -> User:
    """Who opened it."""
    return testbed.author


def admit(pilot: Pilot) -> Pilot:
    service.decide(staff_of(pilot.testbed), pilot, admit=True, reason=REASON)
    return pilot
