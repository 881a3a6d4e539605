"""The plan of a team: milestones for everybody to see, tasks for the team alone."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, update

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.wording import check_title
from civic.projects.models import Milestone, MilestoneState, Project, Task
from civic.projects.service.hold import hold_for_work, read_anew

SHORTEST = 3
#: More of them would be no plan; and a page draws them all.
MOST_MILESTONES = 60
#: Tasks of a project that wait at the same time.
MOST_TASKS = 1000
#: What the room records when a milestone comes into a state.
_VERBS = {
    MilestoneState.REACHED: "project.milestone_reached",
    MilestoneState.DROPPED: "project.milestone_dropped",
}


@transaction()
def add_milestone(actor: Actor, project: Project, *, title: str, due_on: date) -> Milestone:
    """Set what shall be reached by a day."""
    hold_for_work(actor, project)
    check_title(title, SHORTEST)
    if _number_of(Milestone, project) >= MOST_MILESTONES:
        raise RuleBroken(
            N_("A project has at most %(most)s milestones. Remove one, or make it a task."),
            "title",
            most=MOST_MILESTONES,
        )
    milestone = Milestone(
        project_id=project.id,
        title=title,
        due_on=due_on,
        state=MilestoneState.PLANNED,
        created_at=clock.now(),
    )
    db.session.add(milestone)
    db.session.flush()
    return milestone


@transaction()
def edit_milestone(actor: Actor, milestone: Milestone, *, title: str, due_on: date) -> None:
    """Say it in other words or move its day."""
    hold_for_work(actor, milestone.project)
    read_anew(milestone)
    check_title(title, SHORTEST)
    milestone.title, milestone.due_on = title, due_on


@transaction()
def settle_milestone(
    actor: Actor, milestone: Milestone, *, state: MilestoneState, settled_on: date, result: str
) -> None:
    """It is reached, or dropped; either way the team says what came of it.

    Called again it sets the words right; only a new state is news.
    """
    hold_for_work(actor, milestone.project)
    read_anew(milestone, "state")
    if state is MilestoneState.PLANNED:
        raise RuleBroken(N_("Please choose a state."), "state")
    if settled_on > clock.today():
        raise RuleBroken(N_("This day is still to come."), "settled_on")
    if len(result) < SHORTEST:
        raise RuleBroken(N_("Please say in a sentence what was reached, or why not."), "result")
    is_news = milestone.state is not state
    milestone.state, milestone.settled_on, milestone.result = state, settled_on, result
    if is_news:
        note = f"{milestone.title}: {result}"
        activity.record(actor, _VERBS[state], milestone.project, note=note)


@transaction()
def reopen_milestone(actor: Actor, milestone: Milestone) -> None:
    """It was not the end of it: the milestone is ahead again."""
    hold_for_work(actor, milestone.project)
    read_anew(milestone, "state")
    if milestone.state is MilestoneState.PLANNED:
        return
    milestone.state, milestone.settled_on, milestone.result = MilestoneState.PLANNED, None, ""
    activity.record(actor, "project.milestone_reopened", milestone.project, note=milestone.title)


@transaction()
def remove_milestone(actor: Actor, milestone: Milestone) -> None:
    """Take it out of the plan. What was reached or dropped is history and stays."""
    hold_for_work(actor, milestone.project)
    read_anew(milestone, "state")
    if milestone.state is not MilestoneState.PLANNED:
        raise RuleBroken(N_("What was reached or dropped stays. Open the milestone again first."))
    db.session.execute(
        update(Task).where(Task.milestone_id == milestone.id).values(milestone_id=None)
    )
    db.session.delete(milestone)


@transaction()
def add_task(
    actor: Actor,
    project: Project,
    *,
    title: str,
    owner_id: int | None,
    due_on: date | None,
    milestone_id: int | None,
) -> Task:
    """Write down what is to do; whoever gets it from somebody else is told."""
    hold_for_work(actor, project)
    check_title(title, SHORTEST)
    if _number_of(Task, project, Task.done_at.is_(None)) >= MOST_TASKS:
        raise RuleBroken(
            N_("There are %(most)s open tasks already. Finish or remove some first."),
            "title",
            most=MOST_TASKS,
        )
    task = Task(project_id=project.id, project=project, created_at=clock.now())
    _fill(task, title=title, owner_id=owner_id, due_on=due_on, milestone_id=milestone_id)
    db.session.add(task)
    db.session.flush()
    _tell_owner(actor, task)
    return task


@transaction()
def edit_task(
    actor: Actor,
    task: Task,
    *,
    title: str,
    owner_id: int | None,
    due_on: date | None,
    milestone_id: int | None,
) -> None:
    """Change a task. With another day or owner there is another reminder."""
    hold_for_work(actor, task.project)
    read_anew(task)
    check_title(title, SHORTEST)
    before = (task.owner_id, task.due_on)
    _fill(task, title=title, owner_id=owner_id, due_on=due_on, milestone_id=milestone_id)
    if before != (owner_id, due_on):
        task.reminded_at = None
    db.session.flush()
    if before[0] != owner_id:
        _tell_owner(actor, task)


@transaction()
def finish_task(actor: Actor, task: Task) -> None:
    """It is done; twice is as good as once."""
    hold_for_work(actor, task.project)
    read_anew(task, "done_at")
    task.done_at = task.done_at or clock.now()


@transaction()
def reopen_task(actor: Actor, task: Task) -> None:
    """It is not done after all."""
    hold_for_work(actor, task.project)
    read_anew(task)
    task.done_at = None


@transaction()
def remove_task(actor: Actor, task: Task) -> None:
    """Nobody has to do it any more."""
    hold_for_work(actor, task.project)
    read_anew(task)
    db.session.delete(task)


def _fill(
    task: Task,
    *,
    title: str,
    owner_id: int | None,
    due_on: date | None,
    milestone_id: int | None,
) -> None:
    project = task.project
    if owner_id is not None and owner_id not in {member.user_id for member in project.team}:
        raise RuleBroken(N_("Only people of the team can have a task."), "owner")
    if milestone_id is not None and not _belongs(milestone_id, project):
        raise RuleBroken(N_("This milestone is no longer there."), "milestone")
    task.title, task.owner_id, task.due_on = title, owner_id, due_on
    task.milestone_id = milestone_id


def _belongs(milestone_id: int, project: Project) -> bool:
    milestone = db.session.get(Milestone, milestone_id)
    return milestone is not None and milestone.project_id == project.id


def _tell_owner(actor: Actor, task: Task) -> None:
    if task.owner_id is not None and task.owner_id != actor.id:
        activity.record(actor, "team.task_given", task.project, note=task.title, to=[task.owner_id])


def _number_of(table: type[Milestone | Task], project: Project, *conditions: object) -> int:
    statement = select(func.count()).where(table.project_id == project.id, *conditions)  # type: ignore[arg-type]
    return db.session.scalar(statement) or 0
