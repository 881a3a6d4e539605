"""How a project appears elsewhere: its life line, its term, sums and days in words."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from civic.accounts.models import Role
from civic.core import clock
from civic.core.clock import HOME_ZONE
from civic.ideas.models import IdeaState
from civic.projects import service
from civic.projects.address import approval_term, euros, project_steps, sign_of_project, time_frame
from civic.projects.models import Project, ProjectState
from tests.make import make_idea, make_municipality, make_user
from tests.make_projects import make_project

DAY = timedelta(days=1)


@pytest.fixture
def speaking(app):
    """A request, for words are those of its language."""
    with app.test_request_context():
        yield


def states(*, earlier=(), later=(), pilots=(), project=None):
    project = project or Project(id=1, title="X", state=ProjectState.RUNNING)
    return [step["state"] for step in project_steps(project, earlier, later, pilots)]


def card(kind, state, id=5):
    return SimpleNamespace(
        id=id,
        kind=kind,
        state=state,
        title="Y",
        published_at=datetime(2026, 5, 1, tzinfo=HOME_ZONE),
    )


def test_a_project_stands_at_the_second_station(speaking):
    idea = card("idea", IdeaState.TAKEN_UP)
    assert states(earlier=[idea]) == ["done", "now", *["next"] * 4]
    assert states() == ["next", "now", *["next"] * 4]
    steps = project_steps(Project(id=1, title="X", state=ProjectState.RUNNING), [idea], [], [])
    assert steps[0]["url"] == "/ideen/5-y"
    assert steps[1]["url"] == ""


def test_a_pilot_and_an_innovation_lead_on(speaking):
    assert states(pilots=["x"])[2] == "now"
    grown = card("innovation", "regular")
    assert states(later=[grown], pilots=["x"]) == ["next", "done", "done", "now", "next", "next"]
    assert states(later=[grown])[2] == "next"  # nothing was tried where nothing is known of it


def test_every_state_has_its_sign(speaking):
    for state in ProjectState:
        sign = sign_of_project(Project(state=state))
        assert sign.label
        assert sign.step == 2


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (None, None, ""),
        (date(2026, 5, 1), None, "1. Mai 2026"),
        (None, date(2026, 5, 1), "1. Mai 2026"),
        (date(2026, 5, 1), date(2027, 5, 1), "1. Mai 2026"),
    ],
)
def test_the_time_frame_in_words(speaking, begin, end, words):
    said = time_frame(Project(begins_on=begin, ends_on=end))
    assert words in said
    assert ("2027" in said) is bool(begin and end)


def test_sums_have_dots(speaking):
    assert euros(12_500).startswith("12.500 ")
    assert euros(None) == ""


def test_the_clock_of_an_approval_runs_while_it_waits(inside):
    town = make_municipality(approves_projects=True, approval_days=10)
    project = make_project(municipality=town)
    assert approval_term(project) == (10, 0)
    with clock.at(clock.now() + 12 * DAY):
        assert approval_term(project) == (10, 12)
    service.approve_project(make_user(roles=[(Role.STAFF, town)]), project)
    assert approval_term(project) is None
    assert approval_term(make_project(ideas=[make_idea()])) is None
