"""Slow statements are told, without what people wrote; each request knows its statements."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, literal, select, text
from sqlalchemy.exc import OperationalError

from civic.core import slow
from civic.core.db import db, is_postgres
from civic.core.limits import LimitCount
from civic.core.slow import tally

CANARY = "kanarienvogel"


@pytest.fixture
def told(monkeypatch) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    monkeypatch.setattr(slow.log, "warning", lambda _, **more: lines.append(more), raising=False)
    return lines


@pytest.fixture
def slow_from(monkeypatch):
    def choose(seconds: float) -> None:
        monkeypatch.setattr(slow._Threshold, "seconds", seconds)

    return choose


def ask() -> None:
    statement = select(LimitCount.key).where(LimitCount.key == CANARY).limit(3)
    db.session.execute(statement).all()


def test_a_slow_statement_is_told_without_its_values(inside, told, slow_from):
    slow_from(0)
    ask()
    line = next(line for line in told if "limit_count" in str(line["statement"]))
    assert set(line) == {"ms", "endpoint", "statement", "failed"}
    assert "\n" not in line["statement"]
    assert CANARY not in str(line)


def test_the_others_are_not(inside, told, slow_from):
    slow_from(60)
    ask()
    assert told == []


def test_it_names_the_endpoint(app: Flask, told, slow_from):
    slow_from(0)
    app.test_client().get("/readyz")
    assert "health.readyz" in {line["endpoint"] for line in told}


def test_one_that_was_given_up_is_told_too(inside, told, slow_from):
    if not is_postgres():
        return
    slow_from(0.02)
    db.session.execute(text("SET LOCAL statement_timeout = 50"))
    with pytest.raises(OperationalError):
        db.session.execute(select(func.pg_sleep(5)))
    assert told[-1]["failed"] is True
    assert told[-1]["ms"] >= 50


def test_a_very_long_one_is_cut(inside, told, slow_from):
    slow_from(0)
    db.session.execute(select(*[literal(n).label(f"column_{n}") for n in range(800)]))
    assert max(len(str(line["statement"])) for line in told) == slow.LONGEST_STATEMENT


def test_each_request_has_a_tally_of_its_own(app: Flask):
    seen = []

    def note(response):
        seen.append(tally.get())
        return response

    app.after_request_funcs.setdefault(None, []).insert(0, note)
    client = app.test_client()
    for url in ("/healthz", "/readyz", "/readyz", "/healthz"):
        client.get(url)
    app.after_request_funcs[None].remove(note)
    counts = [own.queries for own in seen]
    assert counts[0] == counts[3] == 0
    assert counts[1] == counts[2] > 0
    assert seen[1].seconds > 0
    assert tally.get() is None


def test_outside_of_requests_nothing_is_counted(inside):
    tally.set(None)
    ask()
    assert tally.get() is None
