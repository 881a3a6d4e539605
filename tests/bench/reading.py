"""What reading costs: lists with every sort and filter, pages of ideas, signed in and not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.database import Database
from tests.bench.house import Web
from tests.bench.machine import fetch
from tests.bench.measure import Bench, Cost, Figure, middle, probe, wanted
from tests.bench.people import Person, sign_in
from tests.bench.wrk import Expected, Request

CARD = re.compile(r'href="(/ideen/\d+-[^"#?]*)"')
OLDER = re.compile(r'<a[^>]*href="([^"]+)"[^>]*rel="next"')
FULL = 20
STEPS = 50
LIKE = 1.3
SORTS = ("neueste", "unterstuetzt", "diskutiert", "gefragt", "zufall")
STATES = ("open", "in_review", "taken_up", "declined", "done", "withdrawn", "overdue")
_TALKED = """
SELECT id FROM contribution WHERE kind = 'idea' AND hidden_at IS NULL AND version = 1
AND comment_count {} ORDER BY comment_count DESC, id LIMIT 1
"""
#: Who has written, and who follows, about so many ideas. Somebody like that is found in a small
#: place and in a large one, so that the size of the place is the only difference.
ORDINARY = 30
_LIKE_THIS = """
SELECT u.email_key FROM {} WHERE {} AND u.email_key IS NOT NULL
GROUP BY u.email_key ORDER BY abs(count(*) - %s), u.email_key LIMIT 1
"""
_OWN = _LIKE_THIS.format(
    'contribution c JOIN "user" u ON u.id = c.author_id', "c.kind = 'idea' AND c.hidden_at IS NULL"
)
_FOLLOWED = _LIKE_THIS.format('follow f JOIN "user" u ON u.id = f.user_id', "f.quiet_at IS NULL")


@dataclass(frozen=True)
class Place:
    """A running house and its database."""

    web: Web
    database: Database
    folder: Path


@dataclass(frozen=True)
class View:
    """A list as one asks for it."""

    name: str
    path: str
    cookie: str = ""


def cards(body: bytes) -> list[str]:
    """Addresses of the ideas on a page, each once."""
    return list(dict.fromkeys(CARD.findall(body.decode())))


def page_of(place: Place, condition: str) -> str:
    """The address of the idea with the most comments among those of a number."""
    id = place.database.value(_TALKED.format(condition))
    return fetch(place.web.port, f"/ideen/{id}").headers["Location"]


def marker_of(place: Place, view: View) -> tuple[str, int]:
    """What proves that the list was made to its end: its last card; and how many cards it has."""
    headers = {"Cookie": view.cookie} if view.cookie else {}
    found = cards(fetch(place.web.port, view.path, headers).body)
    return (found[-1] if found else "idea_list"), len(found)


def views(place: Place) -> list[View]:
    """Every sort and every filter of the form, and some of them together."""
    ask = place.database.ask
    ids = ask(
        "SELECT municipality_id FROM contribution WHERE kind = 'idea' AND id < 50000 "
        "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )[0]
    town, county = ask(
        "SELECT m.slug, p.slug FROM municipality m JOIN municipality p ON p.id = m.parent_id "
        "WHERE m.id = %s", *ids,
    )[0]  # fmt: skip
    topics = [slug for (slug,) in ask("SELECT slug FROM topic ORDER BY position LIMIT 2")]
    asked: dict[str, dict[str, object]] = {
        **{f"sort {sort}": {"sortierung": sort} for sort in SORTS},
        **{f"status {state}": {"status": state} for state in STATES},
        "topic": {"thema": topics[:1]},
        "two topics": {"thema": topics},
        "municipality": {"kommune": town},
        "county": {"kommune": county},
        "one word": {"q": "Bahnhof"},
        "two words": {"q": "Vereine Bahnhof"},
        "topic, most supported": {"thema": topics[:1], "sortierung": "unterstuetzt"},
        "status open, in demand": {"status": "open", "sortierung": "gefragt"},
        "county, most discussed": {"kommune": county, "sortierung": "diskutiert"},
        "one word, most supported": {"q": "Bahnhof", "sortierung": "unterstuetzt"},
        "one word, random": {"q": "Bahnhof", "sortierung": "zufall", "los": "4711"},
    }
    found = [View(name, f"/ideen?{urlencode(q, doseq=True)}") for name, q in asked.items()]
    found += [View("own", "/ideen?eigene=y", _member(place, _OWN))]
    found += [View("followed", "/ideen?gemerkt=y", _member(place, _FOLLOWED))]
    return [View("default", "/ideen"), *found]


def _member(place: Place, statement: str) -> str:
    """The cookie of the person whom the statement finds."""
    ((email,),) = place.database.ask(statement, ORDINARY)
    return sign_in(place.folder, place.database, 1, email=email).persons[0].cookie


def listing(bench: Bench, small: Place, large: Place) -> None:
    """The first page of the list, and how it grows with the number of ideas."""
    if wanted("list"):
        _default_list(bench, small)
    if wanted("filters"):
        _filters(bench, small, large)


def _default_list(bench: Bench, small: Place) -> None:
    view = View("default", "/ideen")
    marker, number = marker_of(small, view)
    cost, bare = bench.page(small.web, view.path, marker)
    bytes_ = probe(small.web, view.path, marker)
    note = f"{cost}; bare {bare.web:.2f} ms; {number} cards, {bytes_:,} bytes"
    bench.add(
        Figure("list, 1,000 ideas", cost.all, "ms", 4, note=note, problem=cost.problem),
        Figure(
            "list ÷ bare Flask", cost.all / bare.all, "×", 12, note=note,
            problem=cost.problem or bare.problem,
        ),
    )  # fmt: skip


def _filters(bench: Bench, small: Place, large: Place) -> None:
    ratios = []
    for few, many in zip(views(small), views(large), strict=True):
        (low, low_cards), (high, high_cards) = _both(bench, small, few, large, many)
        ratio = high.all / low.all
        note = f"{low.all:.2f} → {high.all:.2f} ms (db {low.database:.2f} → {high.database:.2f})"
        if (low_cards, high_cards) != (FULL, FULL):
            note += f"; {low_cards} and {high_cards} cards"
        name = f"list {large.database.ideas:,} ÷ 1,000 ideas: {few.name}"
        problem = low.problem or high.problem
        bench.add(Figure(name, ratio, "×", LIKE, note=note, problem=problem))
        ratios.append((ratio, few.name))
    worst = max(ratios)
    bench.add(Figure("list, the worst of these", worst[0], "×", LIKE, note=worst[1]))


def _both(
    bench: Bench, small: Place, few: View, large: Place, many: View
) -> tuple[tuple[Cost, int], tuple[Cost, int]]:
    """The same list on both sizes, in turns."""
    found = []
    for place, view in ((small, few), (large, many)):
        marker, number = marker_of(place, view)
        probe(place.web, view.path, marker, view.cookie)
        found.append((place.web, [Request(view.path, view.cookie)], Expected(marker), number))
    costs: list[list[Cost]] = [[], []]
    for _ in range(bench.rounds):
        for kept, (web, requests, expected, _number) in zip(costs, found, strict=True):
            if not kept:
                bench.warm(web, requests[0])
            kept.append(bench.once(web, requests, expected, seconds=max(bench.seconds // 2, 1)))
    return (middle(costs[0]), found[0][3]), (middle(costs[1]), found[1][3])


def pages(bench: Bench, large: Place) -> None:
    """The page of an idea, short and long, and pages far back in the list."""
    if wanted("page"):
        _page(bench, large)
    if wanted("signed-in"):
        _signed_in(bench, large)
    if wanted("deep"):
        _deep(bench, large)


def _page(bench: Bench, large: Place) -> None:
    path, long = page_of(large, "= 20"), page_of(large, ">= 0")
    cost, bare = bench.page(large.web, path, path)
    most = large.database.value("SELECT max(comment_count) FROM contribution WHERE kind = 'idea'")
    other, _ = bench.page(large.web, long, long)
    bytes_ = probe(large.web, path, path)
    note = f"{cost}; bare {bare.web:.2f} ms; {bytes_:,} bytes"
    bench.add(
        Figure("idea page, 20 comments", cost.all, "ms", 5, note=note, problem=cost.problem),
        Figure("idea page ÷ bare Flask", cost.all / bare.all, "×", 12, note=note),
        Figure(
            f"idea page with {most:,} comments ÷ 20", other.all / cost.all, "×", LIKE,
            note=str(other), problem=other.problem,
        ),
    )  # fmt: skip


def _signed_in(bench: Bench, large: Place) -> None:
    person = sign_in(large.folder, large.database, 1).persons[0]
    page = page_of(large, "= 20")
    _compare(bench, large, person, View("list", "/ideen"))
    _compare(bench, large, person, View("idea page", page))


def _compare(bench: Bench, large: Place, person: Person, view: View) -> None:
    """The same page for a stranger and a member, in turns."""
    marker = marker_of(large, view)[0] if view.path == "/ideen" else view.path
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for cookie in ("", person.cookie):
        bench.warm(large.web, Request(view.path, cookie))
    for _ in range(max(bench.rounds, 2)):
        for kept, cookie in zip(costs, ("", person.cookie), strict=True):
            kept.append(bench.once(large.web, [Request(view.path, cookie)], Expected(marker)))
    stranger, member = middle(costs[0]), middle(costs[1])
    bench.add(
        Figure(
            f"{view.name}, signed in ÷ anonymous", member.all / stranger.all, "×", 1.5,
            note=f"{stranger} → {member}", problem=stranger.problem or member.problem,
        )
    )  # fmt: skip


def _deep(bench: Bench, large: Place) -> None:
    """Press "older" fifty times, then compare that page with the first."""
    path = "/ideen"
    for _ in range(STEPS):
        found = OLDER.search(fetch(large.web.port, path).body.decode())
        if found is None:
            break
        path = unescape(found[1])
    first, last = View("first", "/ideen"), View("last", path)
    (before, _), (after, _) = _both(bench, large, first, large, last)
    note = f"{before.all:.2f} → {after.all:.2f} ms"
    bench.add(
        Figure(
            f"list after {STEPS} times “older” ÷ first page", after.all / before.all, "×", LIKE,
            note=note, problem=before.problem or after.problem,
        )
    )  # fmt: skip
