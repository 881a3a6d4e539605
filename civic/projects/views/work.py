"""The page of the team, its tasks, and the tasks of one person in all their teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.core import paging
from civic.core.page import go_to, page, wants_fragment
from civic.core.policy import demand
from civic.core.redirects import safe_next
from civic.core.urls import url_for
from civic.projects import policy, service
from civic.projects.forms.work import ME, NOBODY, TaskFilterForm, TaskForm
from civic.projects.models import Milestone, Project, Task
from civic.projects.queries import plan, work
from civic.projects.queries.plan import TaskState
from civic.projects.views.room import bp

PAGE_SIZE = 20


@bp.get("/<int:id>/innen")
@login_required
def inside(id: int) -> Response:
    """What only the team sees: tasks, inner news and documents, who asks to join."""
    project = work.inside(actor(), id)
    return page("projects/inside.html", project=project, **work.desk(actor(), project))


@bp.get("/<int:id>/aufgaben")
@login_required
def tasks(id: int) -> Response:
    """All tasks of a team, open or done."""
    project = work.inside(actor(), id)
    form = TaskFilterForm(request.args)
    form.offer(project, plan.milestones_of(project))
    statement, state = _wanted(project, form.chosen)
    return page(
        "projects/tasks.html",
        fragment="task_list",
        project=project,
        form=form,
        state=state,
        window=paging.window(
            statement, plan.ORDERS[state], request.args.get("nach", ""), PAGE_SIZE
        ),
        count=paging.count(statement),
    )


def _wanted(project: Project, chosen: Mapping[str, str]) -> tuple[Any, TaskState]:
    """The tasks that the address asks for; what the list does not offer is left aside."""
    state = TaskState.of(chosen.get("status"))
    statement = plan.tasks_of(project, state)
    if person := chosen.get("person"):
        numbers = {ME: actor().id, NOBODY: None}
        owner = numbers[person] if person in numbers else int(person)
        statement = statement.where(plan.owned_by(owner))
    if milestone := chosen.get("meilenstein"):
        statement = statement.where(plan.belonging_to(int(milestone)))
    return statement, state


def my_tasks() -> Response:
    """What a person has taken on, in whatever team."""
    state = TaskState.of(request.args.get("status"))
    statement = plan.tasks_for(actor(), state)
    return page(
        "projects/my_tasks.html",
        fragment="my_task_list",
        state=state,
        window=paging.window(
            statement, plan.ORDERS[state], request.args.get("nach", ""), PAGE_SIZE
        ),
        count=paging.count(statement),
    )


@bp.record
def _beside_the_account(setup: BlueprintSetupState) -> None:
    """A person's own tasks stand with their account, not with the projects."""
    setup.app.add_url_rule("/konto/aufgaben", "projects.my_tasks", login_required(my_tasks))


@bp.route("/<int:id>/aufgaben/neu", methods=["GET", "POST"])
@login_required
def new_task(id: int) -> BaseResponse:
    """Write down what is to do."""
    project = work.inside(actor(), id)
    demand(policy.may_work, actor(), project)
    form = TaskForm(data={"milestone": request.args.get("meilenstein", "")})
    form.offer(project, plan.open_milestones(project))
    if form.validate_on_submit():
        with form.rules():
            task = service.add_task(actor(), project, **form.words)
            flash(_("The task is written down."), "success")
            return go_to(_place_of(task))
    return page("projects/task.html", form=form, project=project, task=None, status=form.status)


@bp.route("/aufgaben/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit_task(id: int) -> BaseResponse:
    """Other words, another person, another day."""
    task = plan.task(actor(), id)
    demand(policy.may_work, actor(), task.project)
    form = TaskForm(data=_data_of(task))
    form.offer(task.project, _milestones_for(task))
    if form.validate_on_submit():
        with form.rules():
            service.edit_task(actor(), task, **form.words)
            flash(_("Your changes are saved."), "success")
            return go_to(_place_of(task))
    return page(
        "projects/task.html", form=form, project=task.project, task=task, status=form.status
    )


def _data_of(task: Task) -> dict[str, object]:
    return {
        "title": task.title,
        "owner": str(task.owner_id or ""),
        "due_on": task.due_on,
        "milestone": str(task.milestone_id or ""),
    }


def _milestones_for(task: Task) -> list[Milestone]:
    """Those ahead, and the one to which the task belongs, reached or not."""
    ahead = plan.open_milestones(task.project)
    own = task.milestone
    return ahead if own is None or own in ahead else [own, *ahead]


@bp.post("/aufgaben/<int:id>/erledigt")
@login_required
def finish_task(id: int) -> BaseResponse:
    """It is done."""
    task = plan.task(actor(), id)
    service.finish_task(actor(), task)
    return _changed(task, _("Done: %(task)s", task=task.title))


@bp.post("/aufgaben/<int:id>/offen")
@login_required
def reopen_task(id: int) -> BaseResponse:
    """It is not done after all."""
    task = plan.task(actor(), id)
    service.reopen_task(actor(), task)
    return _changed(task, _("Open again: %(task)s", task=task.title))


def _changed(task: Task, words: str) -> BaseResponse:
    """The task in its new state for htmx; a browser goes back to the list it came from."""
    if wants_fragment():
        own = request.form.get("mine")
        return page(
            "projects/my_tasks.html" if own else "projects/tasks.html",
            fragment="task_item",
            task=task,
        )
    flash(words, "success")
    list_url = url_for("projects.tasks", id=task.project_id)
    back = safe_next(request.form.get("next"), list_url).partition("#")[0]
    return go_to(f"{back}#task_item_{task.id}")


@bp.route("/aufgaben/<int:id>/entfernen", methods=["GET", "POST"])
@login_required
def remove_task(id: int) -> BaseResponse:
    """Nobody has to do it any more; asked first."""
    task = plan.task(actor(), id)
    demand(policy.may_work, actor(), task.project)
    if request.method == "POST":
        back = url_for("projects.tasks", id=task.project_id)
        service.remove_task(actor(), task)
        flash(_("The task is removed."), "info")
        return go_to(back)
    return page("projects/remove_task.html", task=task, project=task.project)


def _place_of(task: Task) -> str:
    """The task among the others."""
    return url_for("projects.tasks", id=task.project_id) + f"#task_item_{task.id}"
