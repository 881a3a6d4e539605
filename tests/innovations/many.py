"""A register and a list of projects as large as those of a whole country, and what a page costs.

    python -m tests.innovations.many sqlite 50000
    python -m tests.innovations.many postgresql 50000

prints for every filter and order of both lists how long its statements took, and their plans where
one took long. The suite uses `fill` with a few thousand (see test_plans.py).
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click
from flask_migrate import upgrade
from sqlalchemy import bindparam, event, insert, text
from sqlalchemy.types import ARRAY, Text

from civic.accounts.models import Nobody, User
from civic.app import create_app
from civic.contributions.models import Contribution
from civic.core import clock, paging, search
from civic.core.db import be_patient, db, is_postgres
from civic.innovations.models import CostClass, Innovation, Stage
from civic.innovations.queries import register
from civic.innovations.queries.register import OPEN, Filters, Place, Size
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.projects.models import Project, ProjectState
from civic.projects.queries import listing
from civic.topics.models import ContributionTopic, Topic
from tests.conftest import make_config
from tests.make import let_it_be_counted, make_municipality, make_topic, make_user
from tests.postgres import cluster, create_database

#: How things are spread: most are young, few are used by many, and some choices are rare.
STAGES = {
    Stage.IDEA: 300,
    Stage.CONCEPT: 250,
    Stage.PILOT: 200,
    Stage.ROLLOUT: 50,
    Stage.REGULAR: 150,
    Stage.HANDED_ON: 3,
    Stage.ENDED: 47,
}
COSTS = {
    CostClass.UNKNOWN: 500,
    CostClass.FREE: 100,
    CostClass.SMALL: 200,
    CostClass.MEDIUM: 195,
    CostClass.LARGE: 5,
}
LICENCES = {"": 750, "MIT": 80, "EUPL-1.2": 60, "LicenseRef-proprietary": 107, "AGPL-3.0-only": 3}
STATES = {
    ProjectState.FORMING: 200,
    ProjectState.RUNNING: 450,
    ProjectState.PAUSED: 20,
    ProjectState.COMPLETED: 250,
    ProjectState.ENDED: 77,
    ProjectState.PROPOSED: 3,
}
WORDS = (
    "Sprechstunde Dorfladen Bücherbus Mängelmelder Sensor Bauantrag Chor Rufbus Werkstatt".split()
)
#: A word that stands in one of a thousand, and one in all.
RARE, COMMON = "Quittung", "Vorhaben"
FIRST = 1_000_000  # no sequence comes to it
COUNTIES, TOWNS, AUTHORS, TOPICS = 20, 50, 200, 20
BATCH = 5000


class Country(NamedTuple):
    """What a list can be filtered by."""

    county: Municipality
    village: Municipality
    common: Topic
    rare: Topic


def fill(
    number: int, *, counties: int = COUNTIES, towns: int = TOWNS, authors: int = AUTHORS
) -> Country:
    """So many innovations and as many projects in places, topics, stages, costs of every kind."""
    chance = random.Random(4)
    be_patient()
    places = list(_places(chance, counties, towns))
    people = [make_user() for _ in range(authors)]
    topics = [make_topic() for _ in range(TOPICS)]
    numbers = range(FIRST, FIRST + 2 * number)
    for begin in range(0, len(numbers), BATCH):
        _write(chance, numbers[begin : begin + BATCH], places, people, topics)
    db.session.commit()
    be_patient()
    let_it_be_counted()
    return Country(places[0], places[1], topics[0], topics[-1])


def _places(chance: random.Random, counties: int, towns: int) -> Iterator[Municipality]:
    land = make_municipality("Land", kind=MunicipalityKind.LAND, slug="land")
    for n in range(counties):
        kreis = make_municipality(f"Kreis {n}", parent=land, kind=MunicipalityKind.KREIS)
        yield kreis
        for m in range(towns):
            title = f"Stadt Ort {n} {m}" if m % 10 == 1 else f"Gemeinde Ort {n} {m}"
            people = int(300 * chance.paretovariate(0.8))
            yield make_municipality(
                f"Ort {n} {m}", parent=kreis, title=title, population=min(people, 4_000_000)
            )


def _write(
    chance: random.Random,
    ids: Sequence[int],
    places: Sequence[Municipality],
    people: Sequence[User],
    topics: Sequence[Topic],
) -> None:
    """A batch of rows in all tables."""
    trunk, rows = [], {"innovation": [], "project": []}  # type: ignore[var-annotated]
    carried, documents = [], []
    weights = [1 / (n + 1) for n in range(len(topics) - 1)] + [0.003]
    for id in ids:
        kind = ("innovation", "project")[id % 2]
        rare = f" {RARE}" if id % 1000 < 2 else ""
        title = f"{chance.choice(WORDS)} {COMMON} Nummer {id}{rare}"
        trunk.append(
            _trunk(chance, id, kind, title, (chance.choice(places), chance.choice(people)))
        )
        rows[kind].append(_own(chance, id) if kind == "innovation" else _project(id))
        chosen = chance.choices(topics, weights, k=2)
        carried += [{"contribution_id": id, "topic_id": t.id} for t in dict.fromkeys(chosen)]
        documents.append((id, search.stems(title), search.trigrams(title)))
    db.session.execute(insert(Contribution.__table__), trunk)
    db.session.execute(insert(Innovation.__table__), rows["innovation"])
    db.session.execute(insert(Project.__table__), rows["project"])
    db.session.execute(insert(ContributionTopic.__table__), carried)
    _make_findable(documents)


def _trunk(
    chance: random.Random, id: int, kind: str, title: str, by: tuple[Municipality, User]
) -> dict[str, Any]:
    spread = STAGES if kind == "innovation" else STATES
    state = chance.choices(list(spread), list(spread.values()))[0]
    published = clock.now() - timedelta(minutes=chance.randrange(2_500_000))
    return {
        "id": id,
        "kind": kind,
        "reference": f"{kind[0]}-{id}",
        "municipality_id": by[0].id,
        "author_id": by[1].id,
        "title": title,
        "state": state,
        "created_at": published,
        "published_at": None if state == ProjectState.PROPOSED else published,
        "hidden_at": published if chance.random() < 0.01 else None,
        "vote_count": int(chance.expovariate(0.05)),
        "comment_count": int(chance.expovariate(0.2)),
        "trend": chance.random() * 1000,
        "shuffle": chance.randrange(1_000_000),
    }


def _own(chance: random.Random, id: int) -> dict[str, Any]:
    return {
        "id": id,
        "body": "",
        "body_html": "",
        "renderer_version": 1,
        "use_count": int(chance.paretovariate(1)) if chance.random() < 0.08 else 0,
        "cost_class": chance.choices(list(COSTS), list(COSTS.values()))[0],
        "licence": chance.choices(list(LICENCES), list(LICENCES.values()))[0],
        "latitude": 47 + 8 * chance.random(),
        "longitude": 6 + 9 * chance.random(),
    }


def _project(id: int) -> dict[str, Any]:
    return {"id": id, "renderer_version": 1, "goal": "", "goal_html": ""}


def _make_findable(documents: Sequence[tuple[int, list[str], list[str]]]) -> None:
    key = "id" if is_postgres() else "rowid"
    statement = text(
        f"INSERT INTO search_document ({key}, stems, trigrams) VALUES (:id, :stems, :trigrams)"  # noqa: S608 - `key` is one of two words
    )
    if is_postgres():
        words = [bindparam(name, type_=ARRAY(Text)) for name in ("stems", "trigrams")]
        rows = [{"id": i, "stems": s, "trigrams": t} for i, s, t in documents]
        db.session.execute(statement.bindparams(*words), rows)
    else:
        rows = [{"id": i, "stems": " ".join(s), "trigrams": " ".join(t)} for i, s, t in documents]
        db.session.execute(statement, rows)


# -- what a page costs ---------------------------------------------------------------------------

#: What reads a part of a page.
Read = Callable[[], Any]


def registers(country: Country) -> dict[str, Filters]:
    """Every filter of the form of the register alone, and combinations that few entries pass."""
    regular, town = Stage.REGULAR, country.village
    return {
        **shared(country, Filters),
        "regular": Filters(stage=regular),
        "handed on": Filters(stage=Stage.HANDED_ON),
        "towns": Filters(place=Place.TOWN),
        "villages": Filters(place=Place.VILLAGE),
        "counties": Filters(place=Place.KREIS),
        "small places": Filters(size=Size.UP_TO_2000),
        "large places": Filters(size=Size.ABOVE),
        "cheap": Filters(cost=CostClass.SMALL),
        "dear": Filters(cost=CostClass.LARGE),
        "MIT": Filters(licence="MIT"),
        "AGPL": Filters(licence="AGPL-3.0-only"),
        "open": Filters(licence=OPEN),
        "regular, village, dear": Filters(stage=regular, municipality=town, cost=CostClass.LARGE),
        "common topic, handed on": Filters(topics=[country.common.slug], stage=Stage.HANDED_ON),
        "rare topic, AGPL": Filters(topics=[country.rare.slug], licence="AGPL-3.0-only"),
        "dear, AGPL": Filters(cost=CostClass.LARGE, licence="AGPL-3.0-only"),
        "regular, dear, large places": Filters(
            stage=regular, cost=CostClass.LARGE, size=Size.ABOVE
        ),
    }


def lists_of_projects(country: Country) -> dict[str, listing.Filters]:
    """The same for the list of projects."""
    return {
        **shared(country, listing.Filters),
        "running": listing.Filters(state=ProjectState.RUNNING),
        "paused": listing.Filters(state=ProjectState.PAUSED),
        "paused, village": listing.Filters(state=ProjectState.PAUSED, municipality=country.village),
    }


def shared(country: Country, make: Callable[..., Any]) -> dict[str, Any]:
    """What both lists can be asked for."""
    return {
        "everything": make(),
        "rare word": make(text=RARE),
        "common word": make(text=COMMON),
        "county": make(municipality=country.county),
        "village": make(municipality=country.village),
        "common topic": make(topics=[country.common.slug]),
        "rare topic": make(topics=[country.rare.slug]),
    }


def reads(country: Country) -> Iterator[tuple[str, Read]]:
    """Everything that pages of both lists read: page, next page, count, drawing."""
    for name, asked in registers(country).items():
        for sort, order in register.ORDERS.items():
            yield from _pages(f"register: {name}, {sort}", register.listing(asked, sort), order)
        yield f"register: {name}, count", partial(paging.count, register.found(asked))
        yield f"register: {name}, drawn", partial(register.drawn, asked)
    nobody = Nobody()
    for name, wanted in lists_of_projects(country).items():
        for sort, order in listing.ORDERS.items():
            statement = listing.listing(nobody, wanted)
            yield from _pages(f"projects: {name}, {sort}", statement, order)
        yield f"projects: {name}, count", partial(paging.count, listing.found(nobody, wanted))


def _pages(name: str, statement: Any, order: paging.Order) -> Iterator[tuple[str, Read]]:
    page = partial(paging.window, statement, order, "", 20)
    yield name, page
    yield f"{name}, page 2", lambda: paging.window(statement, order, page().next, 20)


@contextmanager
def watched(target: Any) -> Iterator[list[tuple[float, str, Any]]]:
    """Collect statements with their seconds."""
    seen: list[tuple[float, str, Any]] = []
    began: list[float] = []

    def before(*_args: Any) -> None:
        began.append(time.perf_counter())

    def after(_c: Any, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
        seen.append((time.perf_counter() - began.pop(), sql, values))

    event.listen(target, "before_cursor_execute", before)
    event.listen(target, "after_cursor_execute", after)
    try:
        yield seen
    finally:
        event.remove(target, "before_cursor_execute", before)
        event.remove(target, "after_cursor_execute", after)


def measure(country: Country, slow: float = 0.02) -> None:
    """Print what each read costs the database, the best of three, and the plans of what is slow."""
    for name, read in reads(country):
        runs = []
        for _ in range(3):
            with watched(db.engine) as seen:
                read()
            runs.append(seen[-1])
        seconds, sql, values = min(runs, key=lambda run: run[0])
        click.echo(f"{seconds * 1000:7.1f} ms  {name}")
        if seconds > slow:
            click.echo("      " + "\n      ".join(plan(sql, values)))


def plan(
    sql: str, values: Any, how: str = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "
) -> list[str]:
    """How the database runs a statement, in its own words."""
    how = how if is_postgres() else "EXPLAIN QUERY PLAN "
    rows = db.session.connection().exec_driver_sql(how + sql, values).all()
    return [str(row[-1]) for row in rows]


@contextmanager
def house(url: str, folder: Path) -> Iterator[None]:
    """A house of its own: what others have left in the files of a database changes its plans."""
    app = create_app(make_config(url or f"sqlite:///{folder / 'civic.sqlite3'}", folder))
    with app.app_context():
        upgrade()
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def main(kind: str, number: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = ""
        if kind == "postgresql":
            url = create_database(stack.enter_context(cluster(fsync=False)), "many")
        stack.enter_context(house(url, folder))
        measure(fill(number))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
