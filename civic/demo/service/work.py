"""What a team of the demo does: milestones, tasks, decisions, news with pictures, documents."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from civic.attachments import service as attachments
from civic.demo.service import drawing, papers
from civic.demo.service.cast import Act, Cast, Entry
from civic.projects import service as projects
from civic.projects.models import MilestoneState, Task
from civic.projects.service import Wording


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that the team of one project does."""
    for milestone in entry.get("milestones", ()):
        yield milestone["days_ago"], partial(_plan, cast, entry, milestone)
        if settled := milestone.get("settled"):
            yield settled["days_ago"], partial(_settle, cast, entry, milestone)
    for task in entry.get("tasks", ()):
        yield from _acts_of_task(cast, entry, task)
    for name, act in ACTS.items():
        for said in entry.get(name, ()):
            yield said["days_ago"], partial(act, cast, entry, said)


def _plan(cast: Cast, entry: Entry, milestone: Entry) -> None:
    due_on = cast.day(milestone["due_in"]) or cast.begun.date()
    key, title = entry["key"], milestone["title"]
    cast.milestones[key, title] = projects.add_milestone(
        cast.people[entry["by"]], cast.projects[key], title=title, due_on=due_on
    )


def _settle(cast: Cast, entry: Entry, milestone: Entry) -> None:
    settled = milestone["settled"]
    projects.settle_milestone(
        cast.people[settled["by"]],
        cast.milestones[entry["key"], milestone["title"]],
        state=MilestoneState(settled.get("state", "reached")),
        settled_on=cast.day(-settled["days_ago"]) or cast.begun.date(),
        result=settled["result"],
    )


def _acts_of_task(cast: Cast, entry: Entry, task: Entry) -> Iterator[Act]:
    made: list[Task] = []
    yield task["days_ago"], lambda: made.append(_add_task(cast, entry, task))
    if done := task.get("done"):
        yield done["days_ago"], lambda: projects.finish_task(cast.people[done["by"]], made[0])


def _add_task(cast: Cast, entry: Entry, task: Entry) -> Task:
    owner = cast.people[task["owner"]] if "owner" in task else None
    title = task.get("milestone")
    milestone = cast.milestones[entry["key"], title] if title else None
    return projects.add_task(
        cast.people[task["by"]],
        cast.projects[entry["key"]],
        title=task["title"],
        owner_id=owner.id if owner else None,
        due_on=cast.day(task.get("due_in")),
        milestone_id=milestone.id if milestone else None,
    )


def _decide(cast: Cast, entry: Entry, decision: Entry) -> None:
    words = Wording(
        title=decision["title"],
        text=decision["text"],
        body=decision["body"],
        place=decision["place"],
        decided_on=cast.day(-decision["on_days_ago"]) or cast.begun.date(),
    )
    projects.record_decision(cast.people[decision["by"]], cast.projects[entry["key"]], words)


def _post(cast: Cast, entry: Entry, post: Entry) -> None:
    author = cast.people[post["by"]]
    made = projects.add_post(
        author,
        cast.projects[entry["key"]],
        title=post["title"],
        body=post["body"].strip(),
        is_inner=post.get("inner", False),
    )
    for picture in post.get("pictures", ()):
        attachments.add_image(
            author,
            made,
            data=drawing.scene(picture["scene"]),
            alt=picture["alt"],
            name=f"{picture['scene']}.png",
        )


def _add_document(cast: Cast, entry: Entry, document: Entry) -> None:
    attachments.add_document(
        cast.people[document["by"]],
        cast.projects[entry["key"]],
        data=papers.written(document["name"], document["text"].strip()),
        name=document["name"],
        is_inner=document.get("inner", False),
    )


#: Word of the file -> what is done with each of its entries.
ACTS = {"decisions": _decide, "posts": _post, "documents": _add_document}
