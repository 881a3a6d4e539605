"""What an administration sets, and what only the platform does."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role
from civic.core.errors import Forbidden, RuleBroken
from civic.places import service
from tests.make import make_municipality, make_user

pytestmark = pytest.mark.usefixtures("inside")

VALUES = {
    "title": "Stadt Lindfurt",
    "welcome": "Grüß **Gott**",
    "colour": "#1D5A7A",
    "answer_days": 14,
    "support_threshold": 50,
    "idea_edit_hours": None,
    "comment_edit_minutes": None,
    "approves_projects": True,
    "approval_days": 21,
    "attachment_most": 5,
    "attachment_megabytes": 4,
    "takes_documents": False,
}


@pytest.fixture
def town():
    return make_municipality()


def staff(town):
    return make_user(roles=[(Role.STAFF, town)])


def test_all_settings_change_at_once(town):
    service.edit_settings(staff(town), town, **VALUES)
    assert (town.title, town.colour, town.answer_days) == ("Stadt Lindfurt", "#1d5a7a", 14)
    assert (town.support_threshold, town.comment_edit_minutes) == (50, None)
    assert town.welcome_html.strip() == "<p>Grüß <strong>Gott</strong></p>"
    assert (town.approves_projects, town.approval_days) == (True, 21)
    assert (town.attachment_most, town.attachment_megabytes) == (5, 4)
    assert not town.takes_documents
    assert town.is_active


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"colour": "red"}, "colour"),
        ({"colour": "#1d5a7a;"}, "colour"),
        ({"answer_days": 0}, "answer_days"),
        ({"answer_days": 366}, "answer_days"),
        ({"support_threshold": 0}, "support_threshold"),
        ({"idea_edit_hours": -1}, "idea_edit_hours"),
        ({"comment_edit_minutes": 10**9}, "comment_edit_minutes"),
        ({"approval_days": 0}, "approval_days"),
        ({"approval_days": 91}, "approval_days"),
        ({"attachment_most": -1}, "attachment_most"),
        ({"attachment_most": 51}, "attachment_most"),
        ({"attachment_megabytes": 0}, "attachment_megabytes"),
        ({"attachment_megabytes": 11}, "attachment_megabytes"),
    ],
)
def test_values_have_limits(town, wrong, field):
    with pytest.raises(RuleBroken) as broken:
        service.edit_settings(staff(town), town, **VALUES | wrong)
    assert broken.value.field == field


@pytest.mark.parametrize(
    "limits",
    [{"approval_days": 1, "attachment_most": 0, "attachment_megabytes": 1},
     {"approval_days": 90, "attachment_most": 50, "attachment_megabytes": 10}],
)  # fmt: skip
def test_the_outermost_limits(town, limits):
    service.edit_settings(staff(town), town, **VALUES | limits)
    assert {name: getattr(town, name) for name in limits} == limits


@pytest.mark.parametrize("days", [1, 365])
def test_the_outermost_promises(town, days):
    service.edit_settings(staff(town), town, **VALUES | {"answer_days": days})
    assert town.answer_days == days


def test_a_welcome_text_is_cleaned(town):
    service.edit_settings(staff(town), town, **VALUES | {"welcome": "<script>x</script> Hallo"})
    assert "<script" not in town.welcome_html


def test_others_change_nothing(town):
    for person in (make_user(), staff(make_municipality())):
        with pytest.raises(Forbidden):
            service.edit_settings(person, town, **VALUES)
    assert town.title != "Stadt Lindfurt"


def test_only_the_platform_closes_a_municipality(town):
    with pytest.raises(Forbidden):
        service.edit_settings(staff(town), town, **VALUES, is_active=False)
    admin = make_user(roles=[(Role.ADMIN, None)])
    service.edit_settings(admin, town, **VALUES, is_active=False)
    assert not town.is_active
