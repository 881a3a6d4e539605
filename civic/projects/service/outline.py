"""What a project says of itself: the words and figures of its form, checked and rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from civic.accounts.models import Actor
from civic.contributions import service as contributions
from civic.core import html
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.wording import check_title
from civic.organisations.models import Joining
from civic.projects.models import Project
from civic.topics import service as topics

SHORTEST_GOAL = 50
#: Headings of a text stand below the heading that the page gives it.
TOP_HEADING = 3


@dataclass(frozen=True)
class Outline:
    """The fields of a project, as a person fills them in. `budget` in whole euros."""

    title: str
    goal: str
    problem: str = ""
    beneficiaries: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    budget: int | None = None
    budget_note: str = ""
    funding: str = ""
    joining: Joining = Joining.REQUEST


def check(outline: Outline) -> None:
    """Raise `RuleBroken` with the field that says too little, too much or nothing sensible."""
    check_title(outline.title)
    if len(outline.goal) < SHORTEST_GOAL:
        raise RuleBroken(
            N_("Describe the goal in at least %(least)s characters. So far there are %(now)s."),
            "goal",
            least=SHORTEST_GOAL,
            now=len(outline.goal),
        )
    if outline.begins_on and outline.ends_on and outline.ends_on < outline.begins_on:
        raise RuleBroken(N_("The end lies before the beginning."), "ends_on")


def written(outline: Outline) -> dict[str, Any]:
    """The columns of a project for these words."""
    goal_html = html.render(outline.goal, top=TOP_HEADING)
    return asdict(outline) | {
        "goal_html": goal_html,
        "problem_html": html.render(outline.problem, top=TOP_HEADING) if outline.problem else "",
        "renderer_version": html.RENDERER_VERSION,
        "summary": html.summary(goal_html),
    }


def describe(actor: Actor, project: Project, slugs: Sequence[str]) -> None:
    """Give the project its topics and let it be found by all its words."""
    chosen = topics.set_topics(actor, project, slugs)
    contributions.make_findable(
        actor,
        project,
        project.goal,
        project.problem,
        project.beneficiaries,
        f"{project.place} {project.municipality.title}",
        *(topic.words for topic in chosen),
    )
