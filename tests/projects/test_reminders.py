"""Owners are reminded of their tasks: two days before or when it is late, and once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from civic.accounts.models import System
from civic.core import clock
from civic.core.db import db
from civic.follows import service as follows
from civic.notifications import service as notices
from civic.notifications.models import Category, Cause, Notice
from civic.projects import service
from civic.projects.models import MilestoneState, ProjectState, TeamMember
from civic.projects.queries import plan
from tests.projects.scene import make_scene, rows_of

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def scene(inside):
    with clock.at(NOW):
        yield make_scene()


@pytest.fixture
def todo(scene):
    return service.add_task(
        scene.member,
        scene.project,
        title="Holz kaufen",
        owner_id=scene.member.id,
        due_on=TODAY + DAY,
        milestone_id=None,
    )


def reminded(project):
    return [act.to_ids for act in rows_of(project) if act.verb == "team.task_due"]


def test_its_owner_hears_once_however_often_the_clock_strikes(scene, todo):
    assert [service.remind_of_tasks(System()) for _ in range(2)] == [1, 0]
    (act,) = rows_of(scene.project)
    assert (act.verb, act.to_ids, act.actor_id) == ("team.task_due", [scene.member.id], None)
    assert "Holz kaufen" in act.note


@pytest.mark.parametrize(("days", "times"), [(3, 0), (2, 1), (0, 1), (-1, 1), (-30, 1), (-31, 0)])
def test_from_two_days_before_to_thirty_after(scene, todo, days, times):
    todo.due_on = TODAY + days * DAY
    db.session.flush()
    assert service.remind_of_tasks(System()) == times


def told(act):
    """Who gets a notice of an act, and as what."""
    notices.fan_out(System(), act.id, by_mail=False)
    rows = db.session.scalars(select(Notice).where(Notice.activity_id == act.id))
    return {(row.user_id, row.category, row.cause) for row in rows}


def test_the_notice_is_for_the_owner_alone(scene, todo):
    follows.follow(scene.resident, scene.project)
    service.remind_of_tasks(System())
    (act,) = rows_of(scene.project)
    assert told(act) == {(scene.member.id, Category.TEAM, Cause.TEAM)}


def test_whoever_follows_hears_of_news_milestones_and_decisions(scene):
    follows.follow(scene.resident, scene.project)
    service.add_post(
        scene.member,
        scene.project,
        title="Die erste Bank steht",
        body="Seit gestern steht sie am Brunnen.",
        is_inner=False,
    )
    stone = service.add_milestone(scene.member, scene.project, title="Die erste Bank", due_on=TODAY)
    service.settle_milestone(
        scene.member,
        stone,
        state=MilestoneState.REACHED,
        settled_on=TODAY,
        result="Sie steht am Brunnen.",
    )
    words = service.Wording("Sechs Bänke", "", "Gemeinderat", "", TODAY)
    service.record_decision(scene.member, scene.project, words)
    for act in rows_of(scene.project):
        reached = told(act)
        assert (scene.resident.id, Category.CHANGE, Cause.FOLLOWER) in reached, act.verb
        assert scene.member.id not in {person for person, _, _ in reached}


def change(todo, **changes):
    words = {
        "title": todo.title,
        "owner_id": todo.owner_id,
        "due_on": todo.due_on,
        "milestone_id": None,
    }
    service.edit_task(todo.owner, todo, **(words | changes))


def test_another_day_or_another_person_is_another_reminder(scene, todo):
    service.remind_of_tasks(System())
    change(todo, title="Holz holen")
    assert service.remind_of_tasks(System()) == 0
    change(todo, due_on=TODAY + 2 * DAY)
    assert service.remind_of_tasks(System()) == 1
    change(todo, owner_id=scene.lead.id)
    assert service.remind_of_tasks(System()) == 1
    assert reminded(scene.project) == [[scene.member.id], [scene.member.id], [scene.lead.id]]


def test_nobody_is_pressed_about_what_is_done_or_ownerless_or_without_a_day(scene, todo):
    for changes in ({"done_at": NOW}, {"owner_id": None}, {"due_on": None}):
        before = {name: getattr(todo, name) for name in changes}
        for name, value in changes.items():
            setattr(todo, name, value)
        db.session.flush()
        assert service.remind_of_tasks(System()) == 0
        for name, value in before.items():
            setattr(todo, name, value)


def test_a_contact_who_no_longer_belongs_to_the_administration_hears_and_sees_nothing(scene):
    service.name_contact(scene.staff, scene.project, scene.staff)
    service.add_task(
        scene.lead,
        scene.project,
        title="Mit dem Bauhof reden",
        owner_id=scene.staff.id,
        due_on=TODAY + DAY,
        milestone_id=None,
    )
    assert db.session.execute(plan.tasks_for(scene.staff)).all()
    scene.staff.memberships.clear()
    db.session.commit()
    service.remind_of_tasks(System())
    assert reminded(scene.project) == []
    assert db.session.execute(plan.tasks_for(scene.staff)).all() == []


def test_who_has_left_the_team_is_left_in_peace(scene, todo):
    db.session.delete(db.session.get_one(TeamMember, (scene.project.id, scene.member.id)))
    db.session.flush()
    assert service.remind_of_tasks(System()) == 0


@pytest.mark.parametrize(
    ("state", "times"),
    [
        (ProjectState.PROPOSED, 1),
        (ProjectState.FORMING, 1),
        (ProjectState.PAUSED, 0),
        (ProjectState.REFUSED, 0),
        (ProjectState.COMPLETED, 0),
        (ProjectState.ENDED, 0),
    ],
)
def test_only_a_team_at_work_is_reminded(scene, todo, state, times):
    scene.project.state = state
    db.session.flush()
    assert service.remind_of_tasks(System()) == times


def test_after_a_pause_the_reminder_comes(scene, todo):
    scene.project.state = ProjectState.PAUSED
    db.session.flush()
    service.remind_of_tasks(System())
    scene.project.state = ProjectState.RUNNING
    db.session.flush()
    assert service.remind_of_tasks(System()) == 1
