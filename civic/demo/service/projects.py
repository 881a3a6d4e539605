"""What happens to a project of the demo: begun, approved, its steps and those who support it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from civic.demo.service import talk, team, work
from civic.demo.service.cast import Act, Cast, Entry
from civic.organisations.models import Joining
from civic.projects import service as projects
from civic.projects.models import Project
from civic.projects.service import Outline

#: Fields of an outline that stand in the file as they are.
PLAIN = (
    "title",
    "beneficiaries",
    "place",
    "latitude",
    "longitude",
    "budget",
    "budget_note",
    "funding",
)
#: After one of these nobody votes any more.
OVER = frozenset({"completed", "ended"})


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that happens to one project, each with its time."""
    key = entry["key"]
    yield entry["days_ago"], partial(_begin, cast, entry)
    yield from _answers(cast, entry)
    for step in entry.get("steps", ()):
        yield step["days_ago"], partial(_step, cast, key, step)
    yield from team.acts_of(cast, entry)
    yield from work.acts_of(cast, entry)
    last = max((s["days_ago"] for s in entry.get("steps", ()) if s["to"] in OVER), default=0.0)
    public = {**entry, "days_ago": entry.get("approved", entry)["days_ago"]}
    yield from talk.voices(cast, f"project:{key}", public, entry["by"], last)
    yield from talk.conversation(cast, f"project:{key}", f"project:{key}", entry)


def _begin(cast: Cast, entry: Entry) -> None:
    lead, organisation = cast.people[entry["by"]], cast.organisation(entry.get("organisation"))
    outline = Outline(
        goal=entry["goal"].strip(),
        problem=entry.get("problem", "").strip(),
        begins_on=cast.day(entry.get("begins_in")),
        ends_on=cast.day(entry.get("ends_in")),
        joining=Joining(entry.get("joining", "request")),
        **{name: entry[name] for name in PLAIN if name in entry},
    )
    project = projects.begin_project(
        lead,
        cast.places[entry["municipality"]],
        outline,
        slugs=entry["topics"],
        ideas=[cast.ideas[idea] for idea in entry.get("ideas", ())],
        organisation=organisation,
    )
    cast.projects[entry["key"]] = project
    if "task" in entry:
        projects.describe_self(lead, project, task=entry["task"], organisation=organisation)


def _answers(cast: Cast, entry: Entry) -> Iterator[Act]:
    """What the municipality says where it has to agree."""
    key = entry["key"]
    if approved := entry.get("approved"):
        yield (
            approved["days_ago"],
            lambda: projects.approve_project(
                cast.people[approved["by"]],
                cast.projects[key],
                remark=approved.get("remark", ""),
            ),
        )
    if refused := entry.get("refused"):
        yield (
            refused["days_ago"],
            lambda: projects.refuse_project(
                cast.people[refused["by"]], cast.projects[key], reason=refused["reason"]
            ),
        )


def _step(cast: Cast, key: str, step: Entry) -> None:
    STEPS[step["to"]](cast, cast.projects[key], step)


def _name_contact(cast: Cast, project: Project, step: Entry) -> None:
    projects.name_contact(cast.people[step["by"]], project, cast.people[step["person"]])


def _start(cast: Cast, project: Project, step: Entry) -> None:
    projects.start_project(cast.people[step["by"]], project)


def _pause(cast: Cast, project: Project, step: Entry) -> None:
    projects.pause_project(cast.people[step["by"]], project, reason=step["words"].strip())


def _complete(cast: Cast, project: Project, step: Entry) -> None:
    projects.complete_project(cast.people[step["by"]], project, lessons=step["words"].strip())


def _end(cast: Cast, project: Project, step: Entry) -> None:
    projects.end_project(cast.people[step["by"]], project, words=step["words"].strip())


STEPS: dict[str, Callable[[Cast, Project, Entry], None]] = {
    "contact": _name_contact,
    "running": _start,
    "paused": _pause,
    "completed": _complete,
    "ended": _end,
}
