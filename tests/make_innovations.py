"""Test data of innovations, through the services where they can."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from civic.accounts.models import Role, User
from civic.core import clock
from civic.core.db import db, transaction
from civic.innovations import service
from civic.innovations.models import Gate, Indicator, Innovation, Stage
from civic.innovations.queries import gates as queries
from civic.innovations.reader import Row
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.projects.models import Project
from tests.make import make_municipality, make_topic, make_user

TITLE = "Digitale Sprechstunde im Dorfladen"
BODY = (
    "Ehrenamtliche helfen dort, wo ohnehin alle vorbeikommen: beim Antrag, beim Online-Ausweis, "
    "beim ersten Videoanruf mit den Enkeln."
)
EVIDENCE = service.Evidence(figures="112 Beratungen im Quartal", costs="3.200 Euro")
LESSONS = "Ohne festen Wochentag kam niemand. An der Kasse war es zu öffentlich."


@transaction()
def make_innovation(
    author: User | None = None,
    municipality: Municipality | None = None,
    *,
    project: Project | None = None,
    organisation: Organisation | None = None,
    **changes: Any,
) -> Innovation:
    """An entry of the register. The author is staff of the municipality unless one is given who
    may register; `title`, `body`, `stage` go through the service, other columns are set.
    """
    municipality = municipality or (project.municipality if project else make_municipality())
    author = author or make_user(roles=[(Role.STAFF, municipality)])
    entry = service.Entry(
        title=changes.pop("title", TITLE),
        body=changes.pop("body", BODY),
        slugs=[make_topic().slug],
        stage=changes.pop("stage", Stage.CONCEPT),
    )
    source = service.Source(project=project, organisation=organisation)
    innovation = service.register_innovation(author, municipality, entry, source)
    for name, value in changes.items():
        setattr(innovation, name, value)
    db.session.flush()
    return innovation


def make_gate(innovation: Innovation, to_stage: Stage | None = None, **changes: Any) -> Gate:
    """A proposal of the author that waits for a decision; the next step unless one is named."""
    to_stage = to_stage or queries.steps(innovation)[0]
    evidence = changes.pop("evidence", EVIDENCE)
    lessons = LESSONS if to_stage is Stage.ENDED else ""
    return service.propose_step(innovation.author, innovation, to_stage, evidence, lessons)


def verdict(**changes: Any) -> service.Verdict:
    """A decision of today that explains itself."""
    return service.Verdict(
        **{
            "body": "Gemeinderat Moosbach",
            "decided_on": clock.today(),
            "reason": "Es hilft vielen und kostet wenig.",
        }
        | changes
    )


def pass_gate(innovation: Innovation, to_stage: Stage | None = None, **changes: Any) -> Gate:
    """Propose and decide a step by staff of the municipality."""
    gate = make_gate(innovation, to_stage)
    staff = make_user(roles=[(Role.STAFF, innovation.municipality)])
    service.agree_to_step(staff, gate, verdict(**changes))
    return gate


@transaction()
def make_indicator(
    innovation: Innovation, *, values: dict[date, str] | None = None, **changes: Any
) -> Indicator:
    """An indicator with the values of some days (as text, "112.5")."""
    measure = service.Measure(**{"name": "Beratungen", "source": "Strichliste"} | changes)
    indicator = service.add_indicator(innovation.author, innovation, measure)
    for day, value in (values or {}).items():
        service.enter_value(innovation.author, indicator, Row(0, day, Decimal(value)))
    return indicator
