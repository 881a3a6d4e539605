"""What whole pages of the register and of the projects cost, few entries beside many.

    python -m tests.innovations.pages postgresql 1000 50000
    python -m tests.innovations.pages sqlite 1000 50000

prints for every filter and order the milliseconds of a page with few and with many entries, their
ratio and the number of statements. Both houses run in one process and are asked in turns, so that
a slow minute of the machine meets both; no count is remembered, so every page counts anew.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import click
from flask import Flask, current_app

from civic.core import paging
from civic.core.db import db
from civic.innovations import filters as register_filters
from civic.innovations.views.register import SORTS as REGISTER_SORTS
from civic.projects import filters as project_filters
from civic.projects.views.lists import SORTS as PROJECT_SORTS
from tests.innovations.many import Country, fill, house, lists_of_projects, registers, watched
from tests.postgres import cluster, create_database

ROUNDS = 9


class Place(NamedTuple):
    """A house with so many entries, and the addresses of what is measured in it."""

    app: Flask
    pages: dict[str, str]


class Cost(NamedTuple):
    """Of a page: seconds, the least of all rounds, and its statements."""

    seconds: float
    statements: int


def addresses(country: Country) -> Iterator[tuple[str, str]]:
    """Name and address of every page: filters and orders of both lists, drawings, bare texts."""
    yield "imprint", "/impressum"
    for name, asked in registers(country).items():
        shared = register_filters.address(asked)
        for word in (*REGISTER_SORTS, "karte", "zeitlinie"):
            how = "ansicht" if word in {"karte", "zeitlinie"} else "sortierung"
            yield f"register: {name}, {word}", _address("/innovationen", shared, **{how: word})
    for name, wanted in lists_of_projects(country).items():
        shared = project_filters.address(wanted)
        for word in PROJECT_SORTS:
            yield f"projects: {name}, {word}", _address("/projekte", shared, sortierung=word)


def _address(path: str, shared: dict[str, Any], **own: str) -> str:
    return f"{path}?{urlencode(shared | own, doseq=True)}"


def ask(place: Place, name: str) -> Cost:
    """Ask for a page as somebody without an account, with nothing remembered of its count."""
    client = place.app.test_client()
    with place.app.app_context():
        paging.forget_counts()
        engine = db.engine
    with watched(engine) as seen:
        begin = time.perf_counter()
        answer = client.get(place.pages[name])
        seconds = time.perf_counter() - begin
    assert answer.status_code == 200, place.pages[name]
    return Cost(seconds, len(seen))


def compare(few: Place, many: Place) -> Iterator[tuple[str, Cost, Cost]]:
    """Every page in both houses, in turns; the first round only warms up."""
    for name in few.pages:
        found = [(ask(few, name), ask(many, name)) for _ in range(ROUNDS + 1)][1:]
        yield name, min(one for one, _ in found), min(other for _, other in found)


def main(kind: str, few: int, many: int) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(cluster(fsync=False)) if kind == "postgresql" else ""
        places = []
        for number in (few, many):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = create_database(server, f"pages_{number}") if server else ""
            stack.enter_context(house(url, folder))
            pages = dict(addresses(fill(number)))
            db.session.remove()
            places.append(Place(current_app._get_current_object(), pages))  # type: ignore[attr-defined]
        click.echo(f"{few:>9} {many:>9}  ratio  statements")
        for name, small, large in compare(*places):
            ratio = large.seconds / small.seconds
            milliseconds = f"{small.seconds * 1000:7.1f} {large.seconds * 1000:9.1f}"
            click.echo(
                f"{milliseconds}  {ratio:5.2f}  {small.statements}/{large.statements}  {name}"
            )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
