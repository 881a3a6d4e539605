"""What somebody means who writes the name of a municipality by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from civic.accounts.models import System
from civic.core.db import db
from civic.municipalities import queries, service
from civic.municipalities.models import Municipality, MunicipalityKind
from tests.make import make_municipality


@pytest.fixture
def register(inside):
    """Two counties, each with a Neustadt; one place with an umlaut; one that is not on board."""
    auental = make_municipality(
        "Auental", slug="auental", title="Landkreis Auental", kind=MunicipalityKind.KREIS
    )
    moorland = make_municipality(
        "Moorland", slug="moorland", title="Landkreis Moorland", kind=MunicipalityKind.KREIS
    )
    common = {"kind": MunicipalityKind.GEMEINDE}
    make_municipality("Lindfurt", slug="lindfurt", title="Stadt Lindfurt", parent=auental, **common)
    make_municipality("Neustadt", slug="neustadt", title="Stadt Neustadt", parent=auental, **common)
    make_municipality("Neustadt", slug="neustadt-moorland", parent=moorland, population=90_000)
    make_municipality("Neustadt an der Aue", slug="neustadt-an-der-aue", parent=auental)
    make_municipality(
        "Überlingen", slug="ueberlingen", title="Überlingen", parent=moorland, ars="084350059059"
    )
    make_municipality("Stillau", slug="stillau", parent=auental, is_active=False)


def slugs(towns):
    return [town.slug for town in towns]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Lindfurt", "lindfurt"),
        ("lindfurt", "lindfurt"),
        ("  STADT   Lindfurt ", "lindfurt"),
        ("Stadt Lindfurt, Landkreis Auental", "lindfurt"),
        ("Lindfurt, Auental", "lindfurt"),
        ("Stadt Neustadt", "neustadt"),
        ("Neustadt, Landkreis Auental", "neustadt"),
        ("Neustadt, Landkreis Moorland", "neustadt-moorland"),
        ("neustadt-moorland", "neustadt-moorland"),
        ("Neustadt an der Aue", "neustadt-an-der-aue"),
        ("Überlingen", "ueberlingen"),
        ("überlingen", "ueberlingen"),
        ("Ueberlingen", "ueberlingen"),
        ("084350059059", "ueberlingen"),
        ("08 435 0059 059", "ueberlingen"),
        ("Landkreis Moorland", "moorland"),
    ],
)
@pytest.mark.usefixtures("register")
def test_a_name_without_doubt(text, slug):
    meaning = queries.meant(text)
    assert meaning.municipality is not None, slugs(meaning.near)
    assert meaning.municipality.slug == slug


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Neustadt", ["neustadt", "neustadt-moorland"]),
        ("neustadt", ["neustadt", "neustadt-moorland"]),
        ("Lind", ["lindfurt"]),
        ("Lindfrt", ["lindfurt"]),
        ("Uberlingn", ["ueberlingen"]),
        ("Neustadt, Landkreis Nirgends", ["neustadt-moorland", "neustadt-an-der-aue", "neustadt"]),
        ("Stillau", []),
        ("Atlantis", []),
        ("%", []),
        ("_", []),
        ("🙂", []),
        ("", []),
        ("9" * 500, []),
    ],
)
@pytest.mark.usefixtures("register")
def test_a_name_with_doubts_is_asked_back(text, near):
    meaning = queries.meant(text)
    assert meaning.municipality is None
    assert sorted(slugs(meaning.near)) == sorted(near)


@pytest.mark.usefixtures("register")
def test_an_address_names_by_slug_first_and_knows_those_not_on_board():
    assert queries.addressed("neustadt").slug == "neustadt"
    assert queries.addressed("stillau").slug == "stillau"
    assert queries.addressed("Stadt Lindfurt").slug == "lindfurt"
    for text in ("Neustadt", "nirgends", "", "x" * 3000):
        assert queries.addressed(text) is None


@pytest.mark.usefixtures("register")
def test_suggestions_begin_with_what_is_typed_and_the_largest_stands_first():
    assert slugs(queries.near("neust"))[0] == "neustadt-moorland"
    assert slugs(queries.near("furt")) == ["lindfurt"]
    assert slugs(queries.near("stillau")) == []
    assert slugs(queries.near(" , x")) == []


@pytest.mark.usefixtures("register")
def test_a_full_name_is_understood_again():
    active = select(Municipality).where(Municipality.is_active)
    for town in db.session.scalars(active):
        assert queries.meant(town.full_name).municipality is town


def test_few_are_chosen_from_and_many_are_named(inside):
    for n in range(queries.MOST_CHOICES):
        make_municipality(f"Ort {n:02}", slug=f"o-{n:02}", title=f"Gemeinde Ort {n:02}")
    few = queries.choices()
    assert few is not None
    assert (len(few), few[3]) == (queries.MOST_CHOICES, ("o-03", "Gemeinde Ort 03"))
    last = make_municipality("Einer zu viel")
    assert queries.choices() is None
    service.activate(System(), last, is_active=False)
    assert queries.choices() is not None, "who changes them has them made afresh"


def test_choices_go_from_the_land_to_the_town(inside):
    land = make_municipality("Zell", slug="zell", kind=MunicipalityKind.LAND)
    make_municipality("Aue", slug="aue", parent=land)
    assert [slug for slug, _ in queries.choices() or ()] == ["zell", "aue"]
    assert isinstance(queries.by_slug("zell"), Municipality)
