"""Who may ask what: every route × every kind of person has an expected answer in access.txt.

A route without a line fails, and so does a line without a route. The form that is sent is empty
but for the token (422: the person may, the form was not filled in), unless `world.forms` has one.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.sources import none_of
from tests.architecture.world import PEOPLE, World, make_world, routes, rules

TABLE = Path(__file__).with_name("access.txt")


class Expected(NamedTuple):
    """One line of the table: a route and a status for each kind of person."""

    route: tuple[str, str]
    statuses: dict[str, int]


def read(text: str) -> list[Expected]:
    """The lines of access.txt: one status a person, method, address; `#` begins a remark."""
    found = []
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if not content:
            continue
        *statuses, method, rule = content.split(None, len(PEOPLE) + 1)
        numbers = [int(status) for status in statuses]
        found.append(Expected((method, rule), dict(zip(PEOPLE, numbers, strict=True))))
    return found


def incomplete(known: list[tuple[str, str]], asked: list[tuple[str, str]]) -> list[str]:
    return (
        [
            f"{method} {rule}: no line in access.txt says who may"
            for method, rule in asked
            if (method, rule) not in known
        ]
        + [
            f"{method} {rule}: there is no such route any more"
            for method, rule in known
            if (method, rule) not in asked
        ]
        + [
            f"{method} {rule} stands twice"
            for method, rule in set(known)
            if known.count((method, rule)) > 1
        ]
    )


def asked_routes() -> list[tuple[str, str]]:
    return [(route.method, route.rule) for route in routes()]


def expected() -> dict[tuple[str, str], dict[str, int]]:
    return {line.route: line.statuses for line in read(TABLE.read_text())}


def answers(world: World, person: str) -> dict[tuple[str, str], int]:
    """What the house answers to one kind of person, each time in the same state."""
    visitor = world.visitor(person)
    addresses = {rule.rule: world.address(rule) for rule in rules()}
    return {
        (route.method, route.rule): visitor.ask(
            route, addresses[route.rule], form=world.forms.get(route.endpoint)
        ).status_code
        for route in routes()
    }


def test_every_route_says_who_may():
    none_of(incomplete([line.route for line in read(TABLE.read_text())], asked_routes()))


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # who may is no matter of the database
@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_the_answer_that_is_expected(app, person):
    wanted = expected()
    given = answers(make_world(app), person)
    none_of(
        [
            f"{method} {rule}: {person} gets {status}, expected {wanted[method, rule][person]}"
            for (method, rule), status in given.items()
            if (method, rule) in wanted and wanted[method, rule][person] != status
        ]
    )


def test_the_table_is_read_as_it_is_written():
    statuses = " ".join(["302"] * len(PEOPLE))
    (line,) = read(f"# who\n\n{statuses}  GET /<any(a, b):name>  # why\n")
    assert line.route == ("GET", "/<any(a, b):name>")
    assert line.statuses["blocked"] == 302
    with pytest.raises(ValueError, match="zip"):
        read("302 302 GET /konto")


def test_a_route_without_a_line_is_found():
    known = [("GET", "/a"), ("GET", "/a"), ("GET", "/gone")]
    found = incomplete(known, [("GET", "/a"), ("POST", "/new")])
    assert [line.split(":")[0] for line in found[:2]] == ["POST /new", "GET /gone"]
    assert found[2] == "GET /a stands twice"
