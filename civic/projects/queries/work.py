"""What the pages of a project show of the team's work: one for everybody, one for the team."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from civic.accounts.models import Actor
from civic.attachments import queries as attachments
from civic.core import clock, paging
from civic.core.errors import Missing
from civic.projects import policy
from civic.projects.models import Project, Task
from civic.projects.queries import plan, posts, projects, team
from civic.projects.queries.progress import Pace, line_of, pace_of
from civic.projects.queries.survey import FIRST, survey_of, tasks_done

#: Tasks that the page of the team shows of each kind; the others are a link away.
FIRST_TASKS = 5


def inside(viewer: Actor, id: int) -> Project:
    """A project for its team; `Missing` for everybody else, whatever their role."""
    project = projects.get(viewer, id)
    if not policy.may_see_inside(viewer, project):
        raise Missing
    return project


def overview(viewer: Actor, project: Project) -> dict[str, Any]:
    """What `_progress.html`, `_posts.html`, `_decisions.html` and `_documents.html` show.

    The same for everybody, so nothing of the inner page is in it. Two queries.
    """
    seen = survey_of(project)
    return {
        "line": line_of(project, seen.milestones, clock.today()),
        "pace": pace_of(seen.done, seen.still_open, *_time_of(project, seen.done)),
        "posts": seen.posts[:FIRST],
        "more_posts": len(seen.posts) > FIRST,
        "decisions": seen.decisions[:FIRST],
        "more_decisions": len(seen.decisions) > FIRST,
        "files": [f for f in attachments.of_thing(viewer, project) if not f.is_inner],
    }


def desk(viewer: Actor, project: Project) -> dict[str, Any]:
    """What the team finds on its own page."""
    milestones = plan.milestones_of(project)
    news = posts.first_inside(project)
    mine, unowned = plan.owned_by(viewer.id), plan.owned_by(None)
    return {
        "mine": _first_tasks(plan.tasks_of(project).where(mine)),
        "unowned": _first_tasks(plan.tasks_of(project).where(unowned)),
        "numbers": plan.task_numbers(project),
        "line": line_of(project, milestones, clock.today()),
        "posts": news[: posts.FIRST],
        "more_posts": len(news) > posts.FIRST,
        "files": [f for f in attachments.of_thing(viewer, project) if f.is_inner],
        "open_requests": team.number_waiting(project),
        "place": project.member(viewer),
    }


def pace(project: Project) -> Pace | None:
    """Tasks done over time; counts only."""
    done, still_open = tasks_done(project)
    return pace_of(done, still_open, *_time_of(project, done))


def _time_of(project: Project, done: Iterable[date]) -> tuple[date, date]:
    """From when to when the chart reaches: to today, or to the last task of what is over."""
    begin = clock.local_date(project.created_at)
    return begin, clock.today() if project.is_living else max(done, default=begin)


def _first_tasks(statement: Any) -> list[Task]:
    window = paging.window(statement, plan.ORDERS[plan.TaskState.OPEN], "", FIRST_TASKS)
    return [row.Task for row in window.items]
