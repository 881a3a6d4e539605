"""Search finds by German stems, the same on both databases, and near matches by letters."""

import pytest
from sqlalchemy import select

from civic.contributions.models import Contribution
from civic.core import search
from civic.core.db import db
from civic.ideas.models import Idea
from tests.make import make_municipality, make_user


@pytest.fixture
def things(inside):
    town, author = make_municipality(), make_user()
    titles = ["Neue Spielplätze", "Radweg nach Lindfurt", "Straßenbäume gießen"]
    made = []
    for n, title in enumerate(titles):
        thing = Idea(
            title=title,
            state="open",
            author=author,
            municipality=town,
            shuffle=n,
            body="",
            body_html="",
            renderer_version=1,
            created_at=author.created_at,
            answer_due_on=author.created_at.date(),
        )
        db.session.add(thing)
        db.session.flush()
        search.put(thing.id, title, "im Ort, 2026-00042" if n == 0 else "")
        made.append(thing)
    return made


def ids(condition):
    return set(db.session.scalars(select(Contribution.id).where(condition)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Spielplatz", [0]),
        ("SPIELPLÄTZEN", [0]),
        ("Strassenbaum", [2]),
        ("Radwege Lindfurt", [1]),
        ("Radweg Spielplatz", []),
        ("2026-00042", [0]),
        ('"', []),
        ("stems:x OR *", []),
        ("", []),
    ],
)
def test_stems_find_every_form_of_a_word(things, query, found):
    assert ids(search.matches(Contribution.id, query)) == {things[i].id for i in found}


def test_near_matches_catch_compounds(things):
    assert things[1].id in ids(search.near(Contribution.id, "Fahrradwege"))
    assert search.near(Contribution.id, "und die") is None


def test_forgotten_things_are_not_found(things):
    search.drop([things[0].id])
    assert ids(search.matches(Contribution.id, "Spielplatz")) == set()
