"""Projects, their teams and what they look for, for tests; through the services where they can."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import select

from civic.accounts.models import User
from civic.core import clock
from civic.core.db import db, transaction
from civic.ideas.models import Idea
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.projects import service
from civic.projects.models import Opening, Project, TeamMember, TeamRequest, TeamRole
from civic.projects.service import Outline, Wanted
from tests.make import make_municipality, make_topic, make_user

_numbers = count(1)

#: What goes through the service.
FIELDS = frozenset(Outline.__dataclass_fields__)
TITLE = "Bücherei am Abend"
GOAL = "Die Bücherei ist an drei Abenden in der Woche offen, auch ohne Personal am Tresen."
LESSONS = "Ohne festen Wochentag kam niemand. Wir würden von Anfang an nur den Donnerstag anbieten."
MESSAGE = "Ich wohne nebenan, kann gut mit Türen umgehen und hätte dienstags Zeit."


def outline(**changes: Any) -> Outline:
    """What a project says of itself; other fields as given."""
    return Outline(**{"title": TITLE, "goal": GOAL} | changes)


@transaction()
def make_project(
    lead: User | None = None,
    municipality: Municipality | None = None,
    *,
    ideas: Sequence[Idea] = (),
    members: Sequence[User] = (),
    organisation: Organisation | None = None,
    **changes: Any,
) -> Project:
    """A project with its lead and members; fields of `Outline` go through the service.

    In a municipality that approves projects it is only proposed. Other columns are set. Without a
    lead, whoever owns the organisation leads it.
    """
    fields = {name: changes.pop(name) for name in list(changes) if name in FIELDS}
    owner = organisation.members[0].user if organisation else None
    project = service.begin_project(
        lead or owner or make_user(),
        municipality or make_municipality(),
        outline(**fields),
        slugs=[make_topic().slug],
        ideas=ideas,
        organisation=organisation,
    )
    for person in members:
        make_member(project, person)
    for name, value in changes.items():
        setattr(project, name, value)
    db.session.flush()
    return project


@transaction()
def make_member(
    project: Project,
    person: User | None = None,
    role: TeamRole = TeamRole.MEMBER,
    organisation: Organisation | None = None,
) -> TeamMember:
    """Somebody in the team, past the ways of coming in."""
    member = TeamMember(
        project_id=project.id,
        user_id=(person or make_user()).id,
        role=role,
        organisation_id=organisation.id if organisation else None,
        joined_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    db.session.expire(project, ["team"])
    return member


def lead_of(project: Project) -> User:
    """Whoever leads it, the first of them."""
    return next(member.user for member in project.people if member.role is TeamRole.LEAD)


@transaction()
def make_opening(project: Project | None = None, **changes: Any) -> Opening:
    """Something that a team looks for."""
    project = project or make_project()
    wanted = {"title": f"Jemand für Aufgabe {next(_numbers)}"} | changes
    return service.add_opening(lead_of(project), project, Wanted(**wanted))


def make_request(
    project: Project | None = None, person: User | None = None, **changes: Any
) -> TeamRequest:
    """Somebody who waits for an answer."""
    project, person = project or make_project(), person or make_user()
    service.ask_to_join(person, project, **{"message": MESSAGE} | changes)
    asked = select(TeamRequest).filter_by(project_id=project.id, user_id=person.id)
    return db.session.scalars(asked.order_by(TeamRequest.id.desc())).first()
