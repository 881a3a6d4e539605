"""What a team looks for ("Gesucht") is put up, changed, found or given up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.projects import policy
from civic.projects.models import Opening, OpeningState, Project
from civic.projects.service.hold import hold

#: What one team looks for at a time.
MOST_OPEN = 20
SHORTEST_TITLE = 5
#: Who puts up several at once tells of it once.
QUIET = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """What is needed, how much time it takes, and the last day on which one can apply."""

    title: str
    text: str = ""
    hours: str = ""
    until_on: date | None = None


@transaction()
def add_opening(actor: Actor, project: Project, wanted: Wanted) -> Opening:
    """Say what the team looks for. Those who follow the project hear of it, once a day at most."""
    hold(actor, project)
    demand(policy.may_lead, actor, project)
    _check(wanted)
    _check_number(project)
    is_news = project.is_visible and not _told_lately(project)
    opening = Opening(
        project_id=project.id,
        state=OpeningState.OPEN,
        created_at=clock.now(),
        **asdict(wanted),
    )
    db.session.add(opening)
    db.session.flush()
    if is_news:
        activity.record(actor, "project.looks_for", project)
    return opening


@transaction()
def edit_opening(actor: Actor, opening: Opening, wanted: Wanted) -> None:
    """Change the words; a new last day lets people apply again."""
    hold(actor, opening.project)
    demand(policy.may_lead, actor, opening.project)
    _check(wanted)
    for name, value in asdict(wanted).items():
        setattr(opening, name, value)


@transaction()
def settle_opening(actor: Actor, opening: Opening, state: OpeningState) -> None:
    """Found, no longer wanted, or wanted again. Who has applied is answered all the same."""
    hold(actor, opening.project)
    demand(policy.may_lead, actor, opening.project)
    db.session.refresh(opening, ("state",))
    if state is OpeningState.OPEN:
        _reopen(opening)
    opening.state = state


def _reopen(opening: Opening) -> None:
    """Where the last day has passed there is none any more: it is wanted until it is found."""
    if opening.state is not OpeningState.OPEN:
        _check_number(opening.project)
    if opening.until_on and opening.until_on < clock.today():
        opening.until_on = None


def _check_number(project: Project) -> None:
    if _number_open(project) >= MOST_OPEN:
        raise RuleBroken(
            N_("You look for %(most)s people already. Please close something first."),
            most=MOST_OPEN,
        )


def _number_open(project: Project) -> int:
    counted = (
        select(func.count())
        .select_from(Opening)
        .where(Opening.project_id == project.id, Opening.state == OpeningState.OPEN)
    )
    return db.session.scalar(counted) or 0


def _told_lately(project: Project) -> bool:
    last = db.session.scalar(
        select(func.max(Opening.created_at)).where(Opening.project_id == project.id)
    )
    return last is not None and clock.now() - last < QUIET


def _check(wanted: Wanted) -> None:
    if len(wanted.title) < SHORTEST_TITLE:
        raise RuleBroken(
            N_("Please say in at least %(least)s characters whom or what you look for."),
            "title",
            least=SHORTEST_TITLE,
        )
    if wanted.until_on is not None and wanted.until_on < clock.today():
        raise RuleBroken(N_("This day has passed. Please choose a later one."), "until_on")
