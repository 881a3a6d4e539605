"""What teams look for, who asks to join them and who is invited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from civic.accounts.models import Actor, hash_token
from civic.contributions.models import Contribution
from civic.contributions.queries import CardSelect, visible, within
from civic.core import clock, search
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation, RequestState
from civic.projects.models import (
    Opening,
    OpeningState,
    Project,
    TeamInvitation,
    TeamMember,
    TeamRequest,
)
from civic.projects.policy import TAKING
from civic.projects.queries.projects import TEAM
from civic.topics.queries import carries

LATEST_OPENING = Order((("id", Opening.id),))
_IS_OPEN = case((Opening.state == OpeningState.OPEN, 1), else_=0).label("is_open")
#: What is wanted now stands before what was.
OPEN_FIRST = Order((("is_open", _IS_OPEN), ("id", Opening.id)))
LATEST_INVITATION = Order((("id", TeamInvitation.id),))
BY_WAITING = Order((("id", TeamRequest.id),), descending=False)
#: What became of a person's requests is shown of so many.
MOST_ANSWERED = 20

_NUMBER_OPEN = (
    select(func.count())
    .select_from(Opening)
    .where(
        Opening.project_id == bindparam("project"),
        Opening.state == OpeningState.OPEN,
        or_(Opening.until_on.is_(None), Opening.until_on >= bindparam("today")),
    )
)
_NUMBER_WAITING = (
    select(func.count())
    .select_from(TeamRequest)
    .where(TeamRequest.project_id == bindparam("project"), TeamRequest.state == RequestState.OPEN)
)


# -- what is looked for ----------------------------------------------------------------------


@dataclass(frozen=True)
class Filters:
    """What a person asked the list for; empty means no filter."""

    text: str = ""
    municipality: Municipality | None = None
    topics: Sequence[str] = ()


def openings(filters: Filters) -> CardSelect:
    """Rows of what all teams look for, with their projects; for `LATEST_OPENING`."""
    return (
        select(
            Opening.id,
            Opening.title,
            Opening.text,
            Opening.hours,
            Opening.until_on,
            Opening.created_at,
            Contribution.id.label("project_id"),
            Contribution.title.label("project_title"),
            Municipality.name.label("municipality_name"),
            Organisation.name.label("organisation_name"),
        )
        .join(Contribution, Contribution.id == Opening.project_id)
        .join(Municipality, Municipality.id == Contribution.municipality_id)
        .outerjoin(Organisation, Organisation.id == Contribution.organisation_id)
        .where(*_conditions(filters))
    )


def found_openings(filters: Filters) -> Select[Any]:
    """The same by their numbers alone: what is counted needs no names."""
    return (
        select(Opening.id)
        .join(Contribution, Contribution.id == Opening.project_id)
        .where(*_conditions(filters))
    )


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    yield visible()
    yield Contribution.kind == "project"
    yield Contribution.state.in_(sorted(TAKING))
    yield is_open()
    if filters.text:
        yield or_(search.matches(Contribution.id, filters.text), _says(filters.text))
    if filters.municipality:
        yield within(filters.municipality)
    if filters.topics:
        yield carries(filters.topics)


def is_open() -> ColumnElement[bool]:
    """Still wanted, and one can still apply."""
    return and_(
        Opening.state == OpeningState.OPEN,
        or_(Opening.until_on.is_(None), Opening.until_on >= clock.today()),
    )


def _says(text: str) -> ColumnElement[bool]:
    """All words stand in what is looked for."""
    return and_(
        *(
            or_(
                Opening.title.icontains(word, autoescape=True),
                Opening.text.icontains(word, autoescape=True),
            )
            for word in text.split()[: search.MAX_WORDS]
        )
    )


def openings_of(project: Project) -> CardSelect:
    """All that a team looks for or has looked for; for `OPEN_FIRST`."""
    return select(Opening, Opening.id, _IS_OPEN).where(Opening.project_id == project.id)


def open_openings(project: Project, limit: int) -> Sequence[Opening]:
    """What a team looks for now, the latest first."""
    return db.session.scalars(
        select(Opening)
        .where(Opening.project_id == project.id, is_open())
        .order_by(Opening.id.desc())
        .limit(limit)
    ).all()


def number_of_openings(project: Project) -> int:
    """How much a team looks for now."""
    counted = {"project": project.id, "today": clock.today()}
    return db.session.scalar(_NUMBER_OPEN, counted) or 0


def opening(project: Project, id: int) -> Opening:
    """One of this team; `Missing` for those of others."""
    found = db.session.get(Opening, id)
    if found is None or found.project_id != project.id:
        raise Missing
    return found


# -- who asks --------------------------------------------------------------------------------


def requests(project: Project) -> Select[TeamRequest]:
    """Those who wait for an answer; for `BY_WAITING`."""
    return (
        select(TeamRequest)
        .where(TeamRequest.project_id == project.id, TeamRequest.state == RequestState.OPEN)
        .options(
            joinedload(TeamRequest.user),
            joinedload(TeamRequest.opening),
            joinedload(TeamRequest.organisation),
        )
    )


def number_waiting(project: Project) -> int:
    """How many people wait for an answer."""
    return db.session.scalar(_NUMBER_WAITING, {"project": project.id}) or 0


def request(project: Project, id: int) -> TeamRequest:
    """One request to this team; `Missing` for those to others."""
    found = db.session.get(TeamRequest, id)
    if found is None or found.project_id != project.id:
        raise Missing
    return found


def own_request(viewer: Actor, project_id: int, id: int) -> TeamRequest | None:
    """A request of the viewer's own, also to a team whose project they no longer see."""
    found = db.session.get(TeamRequest, id)
    is_own = found is not None and (found.user_id, found.project_id) == (viewer.id, project_id)
    return found if is_own else None


def my_request(viewer: Actor, project: Project) -> TeamRequest | None:
    """What the viewer asked this team and nobody has answered."""
    if not viewer.is_authenticated:
        return None
    return db.session.scalar(
        select(TeamRequest).where(
            TeamRequest.project_id == project.id,
            TeamRequest.user_id == viewer.id,
            TeamRequest.state == RequestState.OPEN,
        )
    )


# -- who is invited --------------------------------------------------------------------------


def invitations(project: Project) -> Select[TeamInvitation]:
    """Invitations that nobody has answered, those that ran out too; for `LATEST_INVITATION`."""
    return (
        select(TeamInvitation)
        .where(TeamInvitation.project_id == project.id)
        .options(joinedload(TeamInvitation.invited_by))
    )


def invitation(project: Project, id: int) -> TeamInvitation:
    """One invitation of this team; `Missing` for those of others."""
    found = db.session.get(TeamInvitation, id)
    if found is None or found.project_id != project.id:
        raise Missing
    return found


def invitation_behind(token: str) -> TeamInvitation | None:
    """The invitation of a mailed link that still works; looking does not use it up."""
    return db.session.scalar(_live().where(TeamInvitation.token_hash == hash_token(token)))


def invitations_to(email_key: str | None) -> Sequence[TeamInvitation]:
    """What the owner of an address is invited to; they need no link, for the address is theirs."""
    if email_key is None:
        return []
    mine = (
        _live()
        .join(Project, Project.id == TeamInvitation.project_id)
        .where(TeamInvitation.email_key == email_key, Project.hidden_at.is_(None))
    )
    return db.session.scalars(mine.order_by(TeamInvitation.id.desc())).all()


def _live() -> Select[TeamInvitation]:
    return (
        select(TeamInvitation)
        .where(TeamInvitation.expires_at > clock.now())
        .options(
            joinedload(TeamInvitation.invited_by),
            joinedload(TeamInvitation.project).options(joinedload(Project.municipality), TEAM),
        )
    )


# -- what a person is in ---------------------------------------------------------------------


def my_places(viewer: Actor) -> Select[TeamMember]:
    """The teams of a person with their projects, the latest first; for `LATEST_PLACE`."""
    return (
        select(TeamMember)
        .join(Project, Project.id == TeamMember.project_id)
        .where(TeamMember.user_id == viewer.id)
        .options(joinedload(TeamMember.project).joinedload(Project.municipality))
    )


LATEST_PLACE = Order((("joined_at", TeamMember.joined_at), ("project_id", TeamMember.project_id)))


def my_requests(viewer: Actor) -> Sequence[TeamRequest]:
    """What a person asked lately and what was answered, newest first."""
    return db.session.scalars(
        select(TeamRequest)
        .where(TeamRequest.user_id == viewer.id)
        .options(
            joinedload(TeamRequest.project).options(
                selectinload(Project.team), joinedload(Project.municipality)
            ),
            joinedload(TeamRequest.opening),
        )
        .order_by(TeamRequest.id.desc())
        .limit(MOST_ANSWERED)
    ).all()
