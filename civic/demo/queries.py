"""Whether there is room for the demo, and what waits there for an answer."""

from sqlalchemy import func, select

from civic.accounts.models import User
from civic.core.db import db
from civic.organisations.models import Organisation, OrganisationRequest, RequestState
from civic.projects.models import Project, TeamRequest


def is_empty() -> bool:
    """Nobody has registered yet: only then may the demo move in."""
    return not db.session.scalar(select(func.count()).select_from(User))


def membership_request(organisation: Organisation, person: User) -> OrganisationRequest:
    """What a person has asked an organisation."""
    return db.session.scalars(
        select(OrganisationRequest).filter_by(
            organisation_id=organisation.id, user_id=person.id, state=RequestState.OPEN
        )
    ).one()


def team_request(project: Project, person: User) -> TeamRequest:
    """What a person has asked a team."""
    return db.session.scalars(
        select(TeamRequest).filter_by(
            project_id=project.id, user_id=person.id, state=RequestState.OPEN
        )
    ).one()
