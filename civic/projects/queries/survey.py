"""What the page of a project shows of the work, in one query: the page asks enough of others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.contributions.queries import visible
from civic.core.db import UTCDateTime, db
from civic.core.paging import fixed
from civic.organisations.models import Organisation
from civic.projects.models import Decision, Milestone, MilestoneState, Project, ProjectPost, Task

#: News and decisions on the page of a project; the others are a link away.
FIRST = 3
_MORE = fixed(FIRST + 1)
#: All that a row may hold; what a kind has not is empty.
_COLUMNS: dict[str, Any] = {
    "id": Integer(),
    "title": String(),
    "summary": String(),
    "language": String(),
    "at": UTCDateTime(),
    "comment_count": Integer(),
    "author_name": String(),
    "organisation_name": String(),
    "body": String(),
    "place": String(),
    "decided_on": Date(),
    "due_on": Date(),
    "settled_on": Date(),
    "state": String(),
    "result": String(),
    "done_on": Date(),
    "number": Integer(),
}


@dataclass(frozen=True)
class Stone:
    """A milestone as it is drawn."""

    id: int
    title: str
    due_on: date
    settled_on: date | None
    state: MilestoneState
    result: str


@dataclass(frozen=True)
class Survey:
    """The work of a team, as everybody may see it."""

    milestones: list[Stone]
    #: Public news and decisions, the latest first; one more than are shown, where there are others.
    posts: list[Any]
    decisions: list[Any]
    #: How many tasks were done on each day, and how many wait.
    done: dict[date, int]
    still_open: int


def survey_of(project: Project) -> Survey:
    """One query, whatever there is."""
    kinds: dict[str, list[Any]] = defaultdict(list)
    for row in db.session.execute(_SURVEY, {"project": project.id}):
        kinds[row.kind].append(row)
    done, still_open = counted(kinds["tasks"])
    return Survey(
        milestones=[_stone(row) for row in kinds["milestone"]],
        posts=sorted(kinds["post"], key=lambda row: (row.at, row.id), reverse=True),
        decisions=sorted(kinds["decision"], key=lambda row: (row.decided_on, row.id), reverse=True),
        done=done,
        still_open=still_open,
    )


def tasks_done(project: Project) -> tuple[dict[date, int], int]:
    """The counts of tasks alone, for the page of milestones."""
    return counted(list(db.session.execute(_TASKS, {"project": project.id})))


def counted(rows: list[Any]) -> tuple[dict[date, int], int]:
    """Tasks done by day, and those that wait: they have no day."""
    done = {row.done_on: row.number for row in rows if row.done_on is not None}
    return done, sum(row.number for row in rows if row.done_on is None)


def _stone(row: Any) -> Stone:
    return Stone(
        row.id, row.title, row.due_on, row.settled_on, MilestoneState(row.state), row.result
    )


def _columns(kind: str, **given: Any) -> list[ColumnElement[Any]]:
    """The columns of a kind, with those that it has."""
    rest = {name: cast(null(), type_) for name, type_ in _COLUMNS.items()}
    return [literal(kind).label("kind"), *(c.label(n) for n, c in (rest | given).items())]


def _posts() -> Select[Any]:
    own = ProjectPost.__table__.c
    return (
        select(
            *_columns(
                "post",
                id=Contribution.id,
                title=Contribution.title,
                summary=Contribution.summary,
                language=Contribution.language,
                at=Contribution.published_at,
                comment_count=Contribution.comment_count,
                author_name=User.name,
                organisation_name=Organisation.name,
            )
        )
        .select_from(ProjectPost.__table__)
        .join(Contribution, Contribution.id == own.id)
        .join(User, User.id == Contribution.author_id)
        .outerjoin(Organisation, Organisation.id == Contribution.organisation_id)
        .where(own.project_id == bindparam("project"), visible())
        .order_by(Contribution.published_at.desc(), Contribution.id.desc())
        .limit(_MORE)
    )


def _decisions() -> Select[Any]:
    names = ("id", "title", "body", "place", "decided_on")
    return (
        select(*_columns("decision", **{name: getattr(Decision, name) for name in names}))
        .where(Decision.project_id == bindparam("project"))
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
        .limit(_MORE)
    )


def _milestones() -> Select[Any]:
    names = ("id", "title", "due_on", "settled_on", "result")
    given = {name: getattr(Milestone, name) for name in names}
    state = type_coerce(Milestone.state, String)
    return select(*_columns("milestone", **given, state=state)).where(
        Milestone.project_id == bindparam("project")
    )


def _tasks() -> Select[Any]:
    """Counts only: what the tasks are is the business of the team."""
    done_on = type_coerce(func.date(Task.done_at), Date)
    return (
        select(*_columns("tasks", done_on=done_on, number=func.count()))
        .where(Task.project_id == bindparam("project"))
        .group_by(func.date(Task.done_at))
    )


#: Put together once; each part in brackets of its own, for its order and its limit.
_TASKS = _tasks()
_SURVEY = union_all(
    *(select(part.subquery()) for part in (_posts(), _decisions(), _milestones(), _TASKS))
)
