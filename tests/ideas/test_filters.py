"""One reading of an address for the list, its feed and a saved search."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from civic.accounts.models import Role
from civic.contributions.address import house
from civic.ideas import filters
from civic.ideas.models import IdeaState
from civic.ideas.queries import Filters
from civic.moderation import service as moderation
from tests.make import make_idea, make_municipality, make_topic, make_user


@pytest.fixture
def ground(inside):
    """A county, a village in it, a topic."""
    county = make_municipality("Auental", slug="auental", title="Landkreis Auental")
    make_municipality("Lindfurt", slug="lindfurt", title="Stadt Lindfurt", parent=county)
    make_topic("unterwegs", name_de="Unterwegs", name_en="Getting around")
    make_topic("grün", name_de="Grün", name_en="Green")
    return inside


@pytest.mark.usefixtures("ground")
def test_what_an_address_says_is_read_and_written_in_one_form():
    params = {
        "q": ["  Radweg "],
        "kommune": ["Stadt Lindfurt"],
        "thema": ["unterwegs", "erfunden", "unterwegs"],
        "status": ["overdue"],
        "nach": ["x"],
        "eigene": ["y"],
    }
    wanted = filters.read(params)
    assert (wanted.text, wanted.municipality.slug) == ("Radweg", "lindfurt")
    assert (wanted.topics, wanted.state, wanted.own) == (("unterwegs",), "overdue", False)
    plain = filters.address(wanted)
    assert plain == {
        "q": "Radweg",
        "kommune": "lindfurt",
        "thema": ["unterwegs"],
        "status": "overdue",
    }
    again = {name: [v] if isinstance(v, str) else v for name, v in plain.items()}
    assert filters.address(filters.read(again)) == plain
    assert plain.keys() <= set(filters.NAMES)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": []},
        {"q": [" "], "status": ["x"], "kommune": ["nirgends"], "thema": ["nichts"]},
        {"kommune": ["x" * 5000], "thema": [""] * 50, "status": [""]},
    ],
)
@pytest.mark.usefixtures("ground")
def test_what_no_list_offers_filters_nothing(params):
    assert filters.read(params) == Filters()
    assert filters.address(filters.read(params)) == {}


@pytest.mark.parametrize(
    ("params", "german", "english"),
    [
        ({}, "Ideen", "Ideas"),
        ({"kommune": ["lindfurt"]}, "Ideen · Lindfurt", "Ideas · Lindfurt"),
        (
            {"kommune": ["lindfurt"], "thema": ["unterwegs"], "q": ["Radweg"]},
            "Ideen · Lindfurt · Unterwegs · „Radweg“",
            "Ideas · Lindfurt · Getting around · “Radweg”",
        ),
        ({"status": ["overdue"]}, "Ideen · Antwort überfällig", "Ideas · Answer overdue"),
        ({"status": ["open"], "thema": ["nichts"]}, "Ideen · Offen", "Ideas · Open"),
    ],
)
@pytest.mark.usefixtures("ground")
def test_a_filter_in_words(params, german, english):
    with force_locale("de"):
        assert filters.describe(params) == german
    with force_locale("en"):
        assert filters.describe(params) == english


def test_which_of_some_things_the_list_would_show(ground):
    village = make_idea(title="Ein Radweg nach Lindfurt", municipality=filters_place("lindfurt"))
    other = make_idea(title="Spielplätze für alle Kinder", state=IdeaState.TAKEN_UP)
    ids = [village.id, other.id, 999_999]
    assert filters.among({}, ids) == {village.id, other.id}
    assert filters.among({"kommune": ["auental"]}, ids) == {village.id}
    assert filters.among({"q": ["Radwege"]}, ids) == {village.id}
    assert filters.among({"status": ["taken_up"]}, ids) == {other.id}
    assert filters.among({"status": ["erfunden"]}, ids) == {village.id, other.id}
    assert filters.among({"kommune": ["lindfurt"], "status": ["taken_up"]}, ids) == set()
    assert filters.among({}, [other.id]) == {other.id}
    assert filters.among({}, []) == set()


def filters_place(slug):
    return filters.read({"kommune": [slug]}).municipality


def test_what_is_hidden_is_not_among_them(ground):
    idea = make_idea()
    assert filters.among({}, [idea.id]) == {idea.id}
    moderator = make_user(roles=[(Role.MODERATOR, idea.municipality)])
    moderation.hide(moderator, idea, reason="Werbung für ein Geschäft")
    assert filters.among({}, [idea.id]) == set()


def test_the_house_knows_the_list_by_its_address(ground):
    with ground.test_request_context():
        listed = house().saved_lists["ideas.index"]
    assert listed.names == filters.NAMES
    with force_locale("de"):
        assert listed.describe({"status": ["done"]}).startswith("Ideen · ")
