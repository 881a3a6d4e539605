"""Two teams in two towns, and people around them: for tests of what a team does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from civic.accounts.models import Role, User
from civic.activity.models import Activity
from civic.core.db import db, transaction
from civic.municipalities.models import Municipality
from civic.projects.models import Project, ProjectState
from tests.make import make_municipality, make_user
from tests.make_projects import make_project


@dataclass
class Scene:
    """A project of a team, and everybody who might want to look into it."""

    project: Project
    lead: User
    member: User
    #: Leads a team of their own in the same town.
    other_lead: User
    other: Project
    staff: User
    staff_elsewhere: User
    moderator: User
    resident: User

    @property
    def outsiders(self) -> tuple[User, ...]:
        return (
            self.other_lead,
            self.staff,
            self.staff_elsewhere,
            self.moderator,
            self.resident,
        )


@transaction()
def make_team_of(
    lead: User,
    *members: User,
    municipality: Municipality | None = None,
    public: bool = True,
    **changes: Any,
) -> Project:
    """A running project; one that waits for approval where `public` is False."""
    town = municipality or make_municipality()
    town.approves_projects = not public
    state = {"state": ProjectState.RUNNING} if public else {}
    words = {"title": "Bänke für den Friedhofsweg"} | state | changes
    return make_project(lead, town, members=members, **words)


def make_scene(**changes: Any) -> Scene:
    town, elsewhere = make_municipality("Moosbach"), make_municipality("Birkenrode")
    lead, member, other_lead = make_user("Lea Leitung"), make_user("Mia Mit"), make_user()
    return Scene(
        project=make_team_of(lead, member, municipality=town, **changes),
        lead=lead,
        member=member,
        other_lead=other_lead,
        other=make_team_of(other_lead, municipality=town, title="Ein anderes Vorhaben"),
        staff=make_user(roles=[(Role.STAFF, town)]),
        staff_elsewhere=make_user(roles=[(Role.STAFF, elsewhere)]),
        moderator=make_user(roles=[(Role.MODERATOR, town)]),
        resident=make_user(),
    )


def acts(project: Project) -> list[str]:
    """The verbs of what its team did, in their order."""
    return [act.verb for act in rows_of(project)]


def rows_of(project: Project) -> list[Activity]:
    """What is recorded on a project since it began."""
    return list(
        db.session.scalars(
            select(Activity)
            .where(
                Activity.contribution_id == project.id,
                Activity.verb.not_in(["project.begun", "project.proposed"]),
            )
            .order_by(Activity.id)
        )
    )
