"""The family tree: one query, drawn and listed, however many and however deep."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event, insert

from civic.accounts.models import Role
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db
from civic.innovations.address import family as trees
from civic.innovations.models import Degree, Innovation, Stage
from civic.innovations.queries import family as queries
from civic.innovations.service import Decided
from civic.moderation import service as moderation
from tests.innovations.test_listing import Queries
from tests.make import make_municipality, make_user
from tests.make_innovations import make_innovation
from tests.make_reuse import make_adoption, make_exchange


def names(family):
    return [(depth, member.row.title[-1]) for depth, member in queries.walk(family.tops)]


def family_with(letters):
    """Who takes over from whom, as in "A>B, A>C, B>D"."""
    entries = {"A": make_innovation(title="Sprechstunde A")}
    for pair in letters.split(", "):
        parent, child = pair.split(">")
        entries[child] = make_adoption(entries[parent], title=f"Sprechstunde {child}")
    return entries


def hide(entry):
    moderator = make_user(roles=[(Role.MODERATOR, entry.municipality)])
    moderation.hide(moderator, entry, reason="Werbung für ein Geschäft")


def test_the_family_is_the_same_from_every_entry(inside):
    entries = family_with("A>B, A>C, B>D, D>E")
    for entry in entries.values():
        family = queries.family_of(entry.family_id)
        assert names(family) == [(0, "A"), (1, "B"), (2, "D"), (3, "E"), (1, "C")]
        assert family.origin.id == entries["A"].id


def test_what_is_hidden_is_passed_over(inside):
    entries = family_with("A>B, B>C, C>D, A>E")
    hide(entries["B"])
    hide(entries["C"])
    family = queries.family_of(entries["A"].id)
    assert names(family) == [(0, "A"), (1, "D"), (1, "E")]
    assert "Sprechstunde B" not in str(trees.listed(family))


def test_without_the_origin_the_branches_stand_alone(inside):
    entries = family_with("A>B, B>C, A>D")
    hide(entries["A"])
    family = queries.family_of(entries["A"].id)
    assert family.origin is None
    assert names(family) == [(0, "B"), (1, "C"), (0, "D")]
    with inside.test_request_context():
        tree = trees.tree(family)
        assert [kid["name"] for kid in tree["kids"]] == [
            trees.place_of(member) for member in family.tops
        ]
        assert "url" not in tree


def test_the_list_says_who_from_whom_how_far_since_when_and_what_was_changed(inside):
    origin = make_innovation()
    since = clock.today() - timedelta(days=40)
    place = make_municipality("Gemeinde Kalbrunn", parent=make_municipality("Landkreis Sonnquell"))
    decided = Decided("Bauamt", since)
    words = {"changed": "Im Bus", "decided": decided}
    make_adoption(origin, Degree.INTERESTED, municipality=place, **words)
    with inside.test_request_context():
        first, second = trees.listed(queries.family_of(origin.id))
    assert (first["origin"], first["sign"].icon) == ("", "flag")
    assert second["place"] == "Gemeinde Kalbrunn, Landkreis Sonnquell"
    assert second["origin"] == origin.municipality.title
    assert second["member"].since == since
    assert second["member"].row.changed == "Im Bus"


def test_a_small_family_is_drawn_whole_and_a_large_one_in_part(inside, monkeypatch):
    monkeypatch.setattr(trees, "MOST_DRAWN", 4)
    monkeypatch.setattr(trees, "MOST_KIDS", 1)
    entries = family_with("A>B, A>C")
    with inside.test_request_context():
        assert not trees.kin_of(entries["B"]).is_part
        entries |= {"D": make_adoption(entries["B"]), "E": make_adoption(entries["B"])}
        kin = trees.kin_of(entries["B"])
    assert (kin.total, kin.is_part) == (5, True)
    assert len(kin.tree["kids"]) == 1  # the own branch alone
    [own] = kin.tree["kids"]
    assert own["now"]
    assert len(own["kids"]) == 1


def test_a_hidden_entry_does_not_make_the_page_draw_them_all(inside, monkeypatch):
    monkeypatch.setattr(trees, "MOST_DRAWN", 4)
    monkeypatch.setattr(trees, "MOST_KIDS", 2)
    entries = family_with("A>B, A>C, A>D, A>E, A>F")
    hide(entries["B"])
    with inside.test_request_context():
        kin = trees.kin_of(entries["B"])
    assert (kin.total, kin.is_part) == (5, True)
    assert not kin.tree["now"]
    assert len(kin.tree["kids"]) == 2


# -- many and deep -------------------------------------------------------------------------------


#: Numbers that no sequence comes to.
_blocks = count(1_000_000, 10_000)


def grow(origin, number, depth):
    """Rows of a family, fast: chains of this depth below the origin, one entry a row."""
    base = next(_blocks)
    now = clock.now()
    places = [make_municipality(f"Ort Nummer {n}").id for n in range(10)]
    trunk, own = [], []
    for n in range(number):
        trunk.append(
            {
                "id": base + n,
                "kind": "innovation",
                "reference": f"f-{base + n}",
                "municipality_id": places[n % len(places)],
                "author_id": origin.author_id,
                "title": f"Sprechstunde der Menge {n}",
                "state": Stage.REGULAR,
                "created_at": now,
                "published_at": now,
            }
        )
        own.append(
            {
                "id": base + n,
                "body": "",
                "body_html": "",
                "renderer_version": 1,
                "parent_id": origin.id if n % depth == 0 else base + n - 1,
                "root_id": origin.id,
                "degree": Degree.IN_USE,
                "changed": "Wir machen es am Dienstag, und zwar im Feuerwehrhaus.",
            }
        )
    db.session.execute(insert(Contribution.__table__), trunk)
    db.session.execute(insert(Innovation.__table__), own)
    db.session.commit()


@pytest.fixture
def forest(app):
    """A function: the address of a family with so many members, in chains of this depth."""

    def plant(number, depth):
        with app.app_context():
            origin = make_innovation()
            grow(origin, number, depth)
            return f"/innovationen/{origin.id}/familie"

    return plant


def test_500_uses_stand_on_one_page_without_a_query_for_each(app, browser, forest):
    numbers = []
    for size in (5, 500):
        url = forest(size, 50)
        browser.get(url)
        with Queries(app) as asked:
            page = browser.get(url)
        numbers.append(asked.number)
        assert len(page.all("div", class_="tree__name")) == size + 1
        [table] = page.all("table")
        assert len(list(table.iter("tr"))) == size + 2
    assert numbers[0] == numbers[1] <= 8


def test_no_depth_is_too_deep(app, browser, forest):
    page = browser.get(forest(400, 400))
    assert len(page.all("div", class_="tree__name")) == 401
    deepest = max(depth_of(page.one("div", class_="tree"), "ul"), 0)
    assert deepest == 4  # deeper ones stand there and say from whom


def depth_of(element, tag):
    waiting, deepest = [(element, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(kid, depth + (kid.tag == tag)) for kid in one]
    return deepest


def test_larger_families_say_so(app, browser, forest, monkeypatch):
    monkeypatch.setattr(queries, "MOST", 10)
    page = browser.get(forest(20, 5))
    assert len(page.all("div", class_="tree__name")) == 10


def test_the_page_of_an_entry_asks_once_for_its_family(app, browser, forest):
    url = forest(60, 3).removesuffix("/familie")
    page = browser.get(browser.get(url, status=301).location)
    assert 2 <= len(page.all("div", class_="tree__name")) <= 9
    asked = []
    with app.app_context():
        engine = db.engine

    def note(*args):
        asked.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    browser.get(browser.get(url, status=301).location)
    event.remove(engine, "before_cursor_execute", note)
    assert len([sql for sql in asked if "innovation.root_id =" in sql]) == 1


def test_posts_about_it_stand_with_the_family(app, browser):
    with app.app_context():
        origin = make_innovation()
        make_exchange(title="Wer zeigt uns die Sprechstunde?", innovation=origin)
        db.session.commit()
        url = f"/innovationen/{origin.id}/familie"
    assert "Wer zeigt uns die Sprechstunde?" in browser.get(url).words
