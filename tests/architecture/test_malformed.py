"""What nobody sends by mistake is refused in order: a thousand broken requests and no fault."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from flask import Flask

from tests.architecture.sources import none_of
from tests.architecture.world import STRANGER, Visitor, World, make_world, rules

REQUESTS = 250  # by each of two people on each of two databases
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
PARAMETERS = (
    "q kommune thema status sortierung nach los eigene gemerkt next title grund code version mark "
    "sprache endpoint page body email password name home language state reason kind draft "
    "municipality topics place "
    "contributions is_active name_de welcome answer_days current_password csrf_token"
).split()
NASTY = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "0",
    "-1",
    "9" * 40,
    "1e309",
    "NaN",
    "None",
    "true",
    "[]",
    "{}",
    "'; DROP TABLE idea; --",
    '" OR 1=1',
    "%",
    "%_%",
    "\\",
    "*",
    '"',
    "NEAR(",
    "a AND OR NOT",
    "../../../etc/passwd",
    "//evil.example.org",
    "\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "%(name)s %s {0}",
    "\u202e\u200b\ufeff",
    "\ufffe\uffff",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🏳️‍🌈",
    "ä" * 5000,
    "W10=",
    "eyJhIjogMX0=",
    "MjAyNi0xMS0yMnwx",
    "2026-13-45",
)
PATHS = (
    "%00",
    "%ff%fe",
    "%c3%28",
    "..%2f..",
    "-1",
    "0",
    "99999999999999999999",
    "a" * 3000,
    "%F0%9F",
)
BODIES = (
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\xff\r\n"),
    ("multipart/form-data", b"no boundary"),
    ("application/x-www-form-urlencoded", b"body=%ff%fe&title=\xff&&=&%=%"),
    ("application/json", b'{"body": '),
    ("application/octet-stream", bytes(range(256))),
    ("text/plain; charset=utf-7", b"+ADw-script+AD4-"),
    ("nonsense", b"x" * 2000),
)
HEADERS = (
    {},
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Current-URL": "http://[broken"},
    {"Cookie": "civic=not.a.session; civic_language=xx"},
    {"Accept-Language": "xx;q=9,,;"},
    {"Referer": "http://[::1"},
    {"If-None-Match": "W/"},
    {"Range": "bytes=9-1"},
    {"Origin": "null"},
    {"User-Agent": "\xff" * 300},
    {"Accept-Encoding": "br;q=x, zstd;q=nan"},
)


def request_of(luck: random.Random, world: World, csrf: str) -> dict[str, Any]:
    """A request that is wrong in one way or another."""
    address = world.address(luck.choice(rules()))
    if luck.random() < 0.4:
        parts = address.split("/")
        parts[luck.randrange(1, len(parts))] = luck.choice(PATHS)
        address = "/".join(parts)
    asked: dict[str, Any] = {
        "path": address,
        "method": luck.choice(METHODS),
        "headers": luck.choice(HEADERS),
        "query_string": _pairs(luck),
    }
    if asked["method"] in {"POST", "PUT", "PATCH", "DELETE"}:
        if luck.random() < 0.3:
            asked["content_type"], asked["data"] = luck.choice(BODIES)
        else:
            asked["data"] = {"csrf_token": csrf, **_pairs(luck)}
    return asked


def _pairs(luck: random.Random) -> dict[str, str]:
    return {luck.choice(PARAMETERS): luck.choice(NASTY) for _ in range(luck.randrange(6))}


def faults(visitor: Visitor, luck: random.Random, number: int) -> tuple[list[str], Counter[int]]:
    """The requests that were answered with a fault, and how often each status was given."""
    found, statuses = [], Counter[int]()
    client = visitor.browser.client
    for _ in range(number):
        asked = request_of(luck, visitor.world, visitor.csrf)
        with visitor.world.undone():
            response = client.open(**asked)
        client._cookies = dict(visitor._cookies)
        statuses[response.status_code] += 1
        if response.status_code >= 500:
            found.append(f"{response.status_code}: {asked!r}"[:600])
    return found, statuses


@pytest.mark.parametrize("person", ["admin", STRANGER])
def test_a_broken_request_is_no_fault(app: Flask, person: str) -> None:
    found, statuses = faults(make_world(app).visitor(person), random.Random(person), REQUESTS)
    none_of(found)
    assert {400, 404, 405} <= statuses.keys()
    assert statuses[200] > REQUESTS / 20  # not all of them were stopped at the door


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_fault_would_be_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = make_world(app).visitor(STRANGER)
    for endpoint in app.view_functions:
        monkeypatch.setitem(app.view_functions, endpoint, lambda **_: 1 / 0)
    found, _ = faults(visitor, random.Random(STRANGER), 50)
    assert len(found) > 5
    assert found[0].startswith("500: {'path': ")
