"""The made-up texts and rows themselves, without a database."""

from __future__ import annotations

import random

import pytest

from civic.bench import lexicon
from civic.bench.plan import DAY, Place, Plan, chunks, running_weights, spread
from civic.bench.rows import COLUMNS, Maker, stems
from civic.bench.words import Writer, person, town
from civic.core import html, search
from civic.core.names import fold, skeleton

PLAN = Plan(
    seed=1,
    ideas=50,
    people=30,
    first_person=1,
    moderator=3,
    begin=1_700_000_000,
    end=1_700_000_000 + 400 * DAY,
    places=(Place(5, "Stadt Ahornfurt", 2), Place(6, "Gemeinde Ahornsee", 3)),
    weights=running_weights(2),
    topics=tuple((n, name) for n, (_, name, _) in enumerate(lexicon.TOPICS, 1)),
    references={2023: 7},
)


def test_html_and_summary_are_what_the_house_would_make_of_the_text():
    writer = Writer(random.Random(3))
    texts = [writer.idea(n % len(lexicon.TOPICS)).text for n in range(100)]
    texts += [writer.comment() for _ in range(100)]
    texts += [writer.answer(state) for state in lexicon.ANSWERS for _ in range(10)]
    for text in texts:
        assert (text.html, text.summary) == (html.render(text.body), html.summary(text.html))


def test_titles_and_texts_keep_the_rules_of_the_form():
    writer = Writer(random.Random(4))
    for n in range(200):
        proposal = writer.idea(n % len(lexicon.TOPICS))
        assert 8 <= len(proposal.title) <= 120
        assert len(proposal.text.body) >= 50
        assert len(proposal.place) <= 120
        assert "{" not in proposal.title + proposal.text.body + proposal.place


def test_stems_are_those_of_the_search():
    writer = Writer(random.Random(5))
    for n in range(100):
        text = f"{writer.idea(n % len(lexicon.TOPICS)).text.body} Größe 2026-00042"
        assert stems(text) == search.stems(text)


def test_people_and_towns_have_names_of_their_own():
    people = [person(n) for n in range(5000)] + [person(n) for n in range(200_000, 201_000)]
    assert len({key for _, key in people}) == len(people)
    assert all(fold(name) == name and skeleton(name) == key for name, key in people[::50])
    assert len({town(n) for n in range(3000)}) == 3000


@pytest.mark.parametrize("total", [0, 7, 500, 10_000])
def test_shares_add_up_and_keep_the_limit(total):
    shares = spread(total, list(range(100)), 40, random.Random(1))
    assert sum(shares) == min(total, 4000)
    assert 0 <= min(shares) <= max(shares) <= 40
    assert list(shares[:10]) > list(shares[-10:]) or total in {0, 10_000}


def test_the_same_plan_makes_the_same_rows():
    first, again = ([Maker(PLAN, c).make() for c in chunks(PLAN, 200, 300, 10)] for _ in range(2))
    assert first == again


def test_a_chunk_counts_what_it_holds():
    (rows,) = (Maker(PLAN, chunk).make() for chunk in chunks(PLAN, 200, 300, 10))
    assert [len(rows[table]) for table in ("idea", "comment", "vote")] == [50, 200, 300]
    for table, some in rows.items():
        assert {len(row) for row in some} <= {len(COLUMNS[table].split())}
    assert len({row[:2] for row in rows["vote"]}) == 300
    assert sorted(row[0] for row in rows["contribution"]) == list(range(10, 260))
    references = [row[2] for row in rows["contribution"] if row[1] == "idea"]
    assert references[0] == "2023-00008"
    assert len(set(references)) == 50


def test_nobody_votes_for_their_own_and_no_vote_is_older_than_its_thing():
    (rows,) = (Maker(PLAN, chunk).make() for chunk in chunks(PLAN, 200, 300, 10))
    things = {row[0]: row for row in rows["contribution"]}
    for thing, voter, _, at in rows["vote"]:
        assert things[thing][4] != voter
        assert things[thing][11] < at <= "2026"
