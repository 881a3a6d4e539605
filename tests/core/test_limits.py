"""Limits: exact, counted whatever becomes of the act, and nobody is named in the table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken, TooMany
from civic.core.limits import Limit, LimitCount, forget_old_counts, hit

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR = Limit(3, 60), Limit(5, 3600)


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(LimitCount)) or 0


def allowed(subject: str, limits, times: int) -> int:
    """How many of these tries went through."""
    done = 0
    for _ in range(times):
        try:
            hit(subject, limits)
        except TooMany:
            continue
        done += 1
    return done


def test_no_more_than_allowed_and_again_in_the_next_window(inside):
    with clock.at(START):
        assert allowed("a", [MINUTE], 10) == 3
        assert allowed("b", [MINUTE], 10) == 3
    with clock.at(START + timedelta(seconds=60)):
        assert allowed("a", [MINUTE], 10) == 3


def test_the_longest_limit_that_is_reached_says_when_to_come_back(inside):
    with clock.at(START + timedelta(seconds=20)):
        assert allowed("a", [MINUTE, HOUR], 3) == 3
        with pytest.raises(TooMany) as refused:
            hit("a", [MINUTE, HOUR])
        assert refused.value.retry_after == 40
    with clock.at(START + timedelta(seconds=61)):
        assert allowed("a", [MINUTE, HOUR], 3) == 1
        with pytest.raises(TooMany) as refused:
            hit("a", [MINUTE, HOUR])
        assert refused.value.retry_after == 3600 - 61
        assert refused.value.status == 429


def test_the_count_stays_when_the_act_fails(inside):
    def act():
        hit("a", [MINUTE])
        with transaction():
            raise RuleBroken("no")

    with clock.at(START):
        for _ in range(3):
            with pytest.raises(RuleBroken):
                act()
        with pytest.raises(TooMany):
            act()


@pytest.mark.parametrize(
    "subject", ["anna@example.org", "2001:db8::/64", "", "ä😀", "\ud800", "x" * 9999]
)
def test_the_subject_is_kept_as_a_hash(inside, subject):
    hit(subject, [MINUTE])
    key = db.session.scalars(select(LimitCount.key)).one()
    assert len(key) == 64
    assert not subject or subject not in key


def test_old_windows_are_forgotten(inside):
    with clock.at(START - timedelta(days=3)):
        hit("a", [MINUTE, HOUR])
    with clock.at(START):
        hit("a", [MINUTE])
        assert rows() == 3
        forget_old_counts()
        assert rows() == 1
