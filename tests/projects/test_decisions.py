"""Decisions: written down by the team, set right with a trace, removed with a reason."""

from datetime import UTC, date, datetime, timedelta

import pytest

from civic.accounts.models import Nobody
from civic.core import clock, paging
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.projects import service
from civic.projects.models import Decision
from civic.projects.queries import decisions
from tests.projects.scene import acts, make_scene, make_team_of, rows_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
WORDS = service.Wording(
    "Die Gemeinde zahlt sechs Bänke", "Mit 9 zu 2 Stimmen.", "Gemeinderat", "Sitzung, TOP 4", TODAY
)


@pytest.fixture
def scene(inside):
    with clock.at(NOW):
        yield make_scene()


@pytest.fixture
def decision(scene):
    return service.record_decision(scene.member, scene.project, WORDS)


def trace(decision, verbs):
    """What the page of a decision shows first."""
    acts = decisions.trace(decision, verbs)
    return paging.window(acts, decisions.LATEST, "", 20, scalars=True).items


def test_a_decision_is_news(scene, decision):
    (act,) = rows_of(scene.project)
    assert (act.verb, act.detail) == ("project.decided", str(decision.id))
    assert "Gemeinderat" in act.note
    assert decision.recorded_by_id == scene.member.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x"}, "title"),
        ({"body": ""}, "body"),
        ({"decided_on": TODAY + timedelta(days=1)}, "decided_on"),
    ],
)
def test_what_a_record_needs(scene, changes, field):
    with pytest.raises(RuleBroken) as refused:
        service.record_decision(scene.lead, scene.project, WORDS._replace(**changes))
    assert refused.value.field == field


def test_a_change_leaves_what_it_said_before_and_why(scene, decision):
    service.edit_decision(
        scene.lead,
        decision,
        WORDS._replace(text="Mit 8 zu 3 Stimmen.", decided_on=TODAY - timedelta(days=1)),
        reason="Die Zahlen waren vertauscht.",
    )
    assert decision.text == "Mit 8 zu 3 Stimmen."
    change, written = trace(decision, (service.DECISION_CHANGED, service.DECISION_RECORDED))
    assert written.verb == "project.decided"
    for words in ("Die Zahlen waren vertauscht.", "Mit 9 zu 2 Stimmen.", "22.11.2026"):
        assert words in change.note
    assert "Sitzung, TOP 4" not in change.note


def test_a_change_needs_a_reason_and_no_change_leaves_no_trace(scene, decision):
    service.edit_decision(scene.lead, decision, WORDS, reason="")
    with pytest.raises(RuleBroken) as refused:
        service.edit_decision(scene.lead, decision, WORDS._replace(place=""), reason="")
    assert refused.value.field == "reason"
    assert acts(scene.project) == ["project.decided"]


def test_a_removed_record_is_named_with_the_reason(scene, decision):
    with pytest.raises(RuleBroken):
        service.remove_decision(scene.lead, decision, reason="")
    service.remove_decision(scene.lead, decision, reason="Sie gehört zu einem anderen Projekt.")
    assert db.session.get(Decision, decision.id) is None
    (act,) = decisions.removed(scene.project, service.DECISION_REMOVED)
    assert WORDS.title in act.note
    assert "anderen Projekt" in act.note


def test_the_trace_of_one_decision_is_not_that_of_another(scene, decision):
    other = service.record_decision(scene.lead, scene.project, WORDS)
    service.edit_decision(scene.lead, other, WORDS._replace(place=""), reason="Ort unbekannt")
    assert len(trace(decision, (service.DECISION_CHANGED,))) == 0


def test_nobody_outside_writes(scene, decision):
    for outsider in scene.outsiders:
        with pytest.raises(Forbidden):
            service.record_decision(outsider, scene.project, WORDS)
        with pytest.raises(Forbidden):
            service.edit_decision(outsider, decision, WORDS, reason="Weil ich es will")
        with pytest.raises(Forbidden):
            service.remove_decision(outsider, decision, reason="Weil ich es will")


def test_decisions_are_seen_where_the_project_is(scene):
    early = make_team_of(scene.lead, municipality=scene.project.municipality, public=False)
    inner = service.record_decision(scene.lead, early, WORDS)
    assert decisions.get(scene.staff, inner.id) is inner  # who shall approve it
    for stranger in (Nobody(), scene.resident, scene.staff_elsewhere, scene.other_lead):
        with pytest.raises(Missing):
            decisions.get(stranger, inner.id)
