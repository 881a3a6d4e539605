"""The house with one of its safeguards taken away: what the controls run.

`gunicorn "tests.faults.variants:without_limits()"`
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from civic import app as roof
from civic.core import database, patience
from civic.core import db as house_db
from civic.core.db import db
from civic.votes import service as votes
from civic.votes.models import Vote


def without_limits() -> Flask:
    """No time-out of statements, and thirty seconds of patience with the pool."""
    database.POSTGRES_LIMITS.clear()
    patience.PATIENCE = 60.0
    return _built(pool_timeout=30, pool_size=2, max_overflow=0)


def small_pool() -> Flask:
    """The house as it is, but for a pool that two requests fill."""
    return _built(pool_size=2, max_overflow=0)


def _built(**changes: Any) -> Flask:
    options: Callable[[str], dict[str, Any]] = house_db.engine_options
    house_db.engine_options = lambda url: options(url) | changes
    return roof.create_app()


def trusting() -> Flask:
    """PostgreSQL's word for a commit is taken, even where it warned that no standby has it."""
    patience.PATIENCE = 60.0
    patience.UNREPLICATED = "nowhere"
    return roof.create_app()


def hurried_sqlite() -> Flask:
    """SQLite that does not wait for a lock."""
    database.SQLITE_PRAGMAS = (*database.SQLITE_PRAGMAS, "PRAGMA busy_timeout=0")
    return roof.create_app()


def look_then_vote() -> Flask:
    """A hasty service: it looks whether the vote is there, and counts one more if not."""

    def cast(table: Any, values: dict[str, Any]) -> bool:
        key = {name: values[name] for name in ("contribution_id", "user_id")}
        stands = db.session.scalar(select(func.count()).select_from(Vote).filter_by(**key))
        db.session.rollback()  # the look and the act are two transactions
        time.sleep(0.01)  # no wait for anything: the time that a view takes between the two
        insert_once(table, values)
        return not stands

    insert_once = votes.insert_once
    votes.insert_once = cast
    return roof.create_app()
