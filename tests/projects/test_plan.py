"""The plan of a team: milestones that are set, reached, dropped; tasks with an owner and a day."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.core import clock, paging
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.projects import service
from civic.projects.models import Milestone, MilestoneState, Project, ProjectState, Task, TeamMember
from civic.projects.queries import plan, work
from civic.projects.queries.plan import TaskState
from civic.projects.queries.progress import GAP, LEFT, RIGHT, line_of, pace_of
from tests.projects.scene import acts, make_scene, make_team_of, rows_of

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def scene(inside):
    with clock.at(NOW):
        yield make_scene()


def milestone(scene, title="Die erste Bank steht", due_on=TODAY + 30 * DAY):
    return service.add_milestone(scene.lead, scene.project, title=title, due_on=due_on)


def task(scene, actor=None, **changes):
    words = {"title": "Holz kaufen", "owner_id": None, "due_on": None, "milestone_id": None}
    return service.add_task(actor or scene.lead, scene.project, **(words | changes))


def settle(actor, stone, state=MilestoneState.REACHED, **changes):
    words = {"settled_on": TODAY, "result": "Sie steht und wird benutzt."}
    service.settle_milestone(actor, stone, state=state, **(words | changes))


# -- milestones ------------------------------------------------------------------------------


def test_a_milestone_is_reached_with_words_and_everybody_hears_once(scene):
    stone = milestone(scene)
    settle(scene.member, stone)
    assert (stone.state, stone.settled_on) == (MilestoneState.REACHED, TODAY)
    settle(scene.member, stone, result="Sie steht, und zwar schon die zweite Woche.")
    assert acts(scene.project) == ["project.milestone_reached"]
    assert "zweite Woche" in stone.result


def test_dropping_says_why_and_can_be_taken_back(scene):
    stone = milestone(scene)
    with pytest.raises(RuleBroken) as refused:
        settle(scene.lead, stone, MilestoneState.DROPPED, result="")
    assert refused.value.field == "result"
    settle(scene.lead, stone, MilestoneState.DROPPED, result="Kein Geld in diesem Jahr.")
    service.reopen_milestone(scene.lead, stone)
    assert (stone.state, stone.settled_on, stone.result) == (MilestoneState.PLANNED, None, "")
    service.reopen_milestone(scene.lead, stone)
    assert acts(scene.project) == ["project.milestone_dropped", "project.milestone_reopened"]


def test_nothing_is_reached_tomorrow_and_nothing_stays_planned_by_settling(scene):
    stone = milestone(scene)
    for changes, field in (
        ({"settled_on": TODAY + DAY}, "settled_on"),
        ({"state": MilestoneState.PLANNED}, "state"),
    ):
        with pytest.raises(RuleBroken) as refused:
            settle(scene.lead, stone, **changes)
        assert refused.value.field == field


def test_only_what_is_ahead_may_vanish_and_its_tasks_stay(scene):
    stone = milestone(scene)
    todo = task(scene, milestone_id=stone.id)
    settle(scene.lead, stone)
    with pytest.raises(RuleBroken):
        service.remove_milestone(scene.lead, stone)
    service.reopen_milestone(scene.lead, stone)
    service.remove_milestone(scene.lead, stone)
    db.session.expire_all()
    assert db.session.get_one(Task, todo.id).milestone_id is None


def test_a_plan_has_an_end(scene, monkeypatch):
    monkeypatch.setattr("civic.projects.service.plan.MOST_MILESTONES", 2)
    milestone(scene)
    milestone(scene)
    with pytest.raises(RuleBroken):
        milestone(scene)


def test_a_title_says_something(scene):
    for make in (milestone, task):
        with pytest.raises(RuleBroken) as refused:
            make(scene, title="x")
        assert refused.value.field == "title"


# -- tasks -----------------------------------------------------------------------------------


def test_whoever_gets_a_task_from_somebody_else_is_told(scene):
    task(scene, owner_id=scene.lead.id)
    assert acts(scene.project) == []
    todo = task(scene, owner_id=scene.member.id)
    service.edit_task(
        scene.lead,
        todo,
        title="Holz und Schrauben",
        owner_id=scene.member.id,
        due_on=TODAY,
        milestone_id=None,
    )
    given = rows_of(scene.project)
    assert [(act.verb, act.to_ids) for act in given] == [("team.task_given", [scene.member.id])]


def test_an_owner_is_of_the_team_and_a_milestone_of_the_project(scene):
    stranger = service.add_milestone(scene.other_lead, scene.other, title="Anderswo", due_on=TODAY)
    for words, field in (
        ({"owner_id": scene.resident.id}, "owner"),
        ({"milestone_id": stranger.id}, "milestone"),
        ({"milestone_id": 0}, "milestone"),
    ):
        with pytest.raises(RuleBroken) as refused:
            task(scene, **words)
        assert refused.value.field == field


def test_done_is_done_and_can_be_undone(scene):
    todo = task(scene)
    service.finish_task(scene.member, todo)
    first = todo.done_at
    with clock.at(NOW + DAY):
        service.finish_task(scene.lead, todo)
    assert todo.done_at == first
    service.reopen_task(scene.lead, todo)
    assert todo.done_at is None
    service.remove_task(scene.lead, todo)
    assert db.session.get(Task, todo.id) is None


@pytest.mark.parametrize("changes", [{"state": ProjectState.ENDED}, {"hidden_at": NOW}])
def test_when_the_project_rests_the_plan_stays_as_it_is(scene, changes):
    stone, todo = milestone(scene), task(scene)
    for name, value in changes.items():
        setattr(scene.project, name, value)
    db.session.commit()
    for act in (
        lambda: milestone(scene),
        lambda: settle(scene.lead, stone),
        lambda: service.edit_milestone(scene.lead, stone, title="Anders", due_on=TODAY),
        lambda: service.remove_milestone(scene.lead, stone),
        lambda: task(scene),
        lambda: service.finish_task(scene.lead, todo),
        lambda: service.remove_task(scene.lead, todo),
    ):
        with pytest.raises(Forbidden):
            act()


def test_nobody_outside_touches_the_plan(scene):
    stone, todo = milestone(scene), task(scene)
    for outsider in scene.outsiders:
        for act in (
            lambda who=outsider: settle(who, stone),
            lambda who=outsider: task(scene, who),
            lambda who=outsider: service.finish_task(who, todo),
            lambda who=outsider: service.remove_task(who, todo),
        ):
            with pytest.raises(Forbidden):
                act()
        with pytest.raises(Missing):
            plan.task(outsider, todo.id)


# -- lists -----------------------------------------------------------------------------------


def titles(statement, state=TaskState.OPEN, size=50):
    window = paging.window(statement, plan.ORDERS[state], "", size)
    return [row.Task.title for row in window.items]


def test_tasks_stand_by_their_day_and_those_without_come_last(scene):
    for title, due_on in (("später", TODAY + DAY), ("irgendwann", None), ("früher", TODAY - DAY)):
        task(scene, title=title, due_on=due_on)
    assert titles(plan.tasks_of(scene.project)) == ["früher", "später", "irgendwann"]
    seen, cursor = [], ""
    for _ in range(3):
        window = paging.window(plan.tasks_of(scene.project), plan.ORDERS[TaskState.OPEN], cursor, 1)
        seen += [row.Task.title for row in window.items]
        cursor = window.next
    assert seen == ["früher", "später", "irgendwann"]
    assert not cursor


def test_my_tasks_come_from_all_my_teams_that_work(scene):
    second = make_team_of(scene.lead, scene.member, title="Noch ein Team")
    ended = make_team_of(scene.lead, scene.member, title="Altes Team")
    for project in (scene.project, second, ended):
        service.add_task(
            scene.lead,
            project,
            title=f"Für {project.title}",
            owner_id=scene.member.id,
            due_on=None,
            milestone_id=None,
        )
    ended.state = ProjectState.ENDED
    db.session.flush()
    assert titles(plan.tasks_for(scene.member)) == [
        "Für Bänke für den Friedhofsweg",
        "Für Noch ein Team",
    ]
    assert titles(plan.tasks_for(scene.lead)) == []


def test_who_has_left_a_team_has_none_of_its_tasks(scene):
    task(scene, owner_id=scene.member.id)
    db.session.delete(db.session.get_one(TeamMember, (scene.project.id, scene.member.id)))
    db.session.flush()
    assert titles(plan.tasks_for(scene.member)) == []


# -- what is drawn ---------------------------------------------------------------------------


def stone_of(number, due_on, state=MilestoneState.PLANNED, settled_on=None):
    return Milestone(
        id=number, title=f"M{number}", due_on=due_on, state=state, settled_on=settled_on
    )


def running(**changes):
    return Project(**({"state": ProjectState.RUNNING} | changes))


def test_the_line_tells_what_is_reached_late_next_and_ahead():
    line = line_of(
        running(begins_on=date(2026, 6, 1)),
        [
            stone_of(1, date(2026, 7, 1), MilestoneState.REACHED, date(2026, 7, 9)),
            stone_of(2, date(2026, 9, 1), MilestoneState.DROPPED, date(2026, 8, 1)),
            stone_of(3, date(2026, 10, 1)),
            stone_of(4, date(2026, 12, 24)),
            stone_of(5, date(2027, 2, 1)),
        ],
        TODAY,
    )
    assert [station.look for station in line.stations] == [
        "reached",
        "dropped",
        "late",
        "next",
        "planned",
    ]
    assert (line.reached, line.counted, line.next.number) == (1, 4, 3)
    assert line.first == date(2026, 6, 1)
    assert line.stations[2].x < line.today < line.stations[3].x


def test_a_finished_line_is_solid_to_its_end():
    line = line_of(
        running(state=ProjectState.COMPLETED),
        [stone_of(1, date(2025, 7, 1), MilestoneState.REACHED, date(2025, 7, 1))],
        TODAY,
    )
    assert (line.today, line.gone) == (None, RIGHT)
    assert line_of(running(), [], TODAY) is None


days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@given(st.lists(days, min_size=1, max_size=60), days)
def test_stations_never_cover_each_other_and_stay_on_the_line(due, today):
    line = line_of(running(), [stone_of(n, day) for n, day in enumerate(due)], today)
    places = [station.x for station in line.stations]
    gap = min(GAP, (RIGHT - LEFT) / max(len(places) - 1, 1))
    assert all(LEFT - 0.2 * len(places) <= x <= RIGHT + 0.1 for x in places)
    assert all(b - a >= gap - 0.2 for a, b in pairwise(places))
    assert [station.day for station in line.stations] == sorted(due)


@given(st.dictionaries(days, st.integers(1, 5), max_size=30), st.integers(0, 9), days, days)
def test_no_task_is_lost_in_the_chart(done, still_open, first, today):
    pace = pace_of(done, still_open, first, max([today, *done]))
    if not done and not still_open:
        assert pace is None
        return
    assert (pace.done, pace.total) == (sum(done.values()), sum(done.values()) + still_open)
    values = [bar.value for bar in pace.bars]
    assert values == sorted(values)
    assert not done or values[-1] == pace.done
    assert len(values) <= 24


def test_tasks_are_counted_for_everybody_and_named_for_nobody(scene):
    for n in range(3):
        todo = task(scene, title=f"Geheime Sache {n}")
    service.finish_task(scene.lead, todo)
    seen = work.overview(scene.resident, scene.project)
    assert (seen["pace"].done, seen["pace"].total) == (1, 3)
    assert "Geheime Sache" not in repr(seen)
