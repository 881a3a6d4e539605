"""A town moves from SQLite to PostgreSQL with everything it has, and goes on there."""

from __future__ import annotations

import importlib.util
import shutil

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select

from civic.app import create_app
from civic.contributions.models import Contribution
from civic.core import search
from civic.core.db import db
from tests.architecture.world import make_world
from tests.cluster.nginx import DEPLOY
from tests.conftest import make_config
from tests.make import make_idea, make_user
from tests.postgres import create_database, drop_database


def script():
    spec = importlib.util.spec_from_file_location("to_postgresql", DEPLOY / "to_postgresql.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def town(sqlite_template, tmp_path):
    """A SQLite file with a bit of everything, and what is found in it by a word."""
    file = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, file)
    app = create_app(make_config(f"sqlite:///{file}", tmp_path))
    make_world(app)
    with app.app_context():
        kept = contents()
        db.session.remove()
        db.engine.dispose()
    return file, kept


@pytest.fixture
def target(postgres_url, tmp_path):
    url = create_database(postgres_url, "civic_move")
    app = create_app(make_config(url, tmp_path))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    drop_database(postgres_url, "civic_move")


def contents() -> dict[str, object]:
    rows = {
        table.name: [
            tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))
        ]
        for table in db.metadata.sorted_tables
    }
    found = select(Contribution.id).where(search.matches(Contribution.id, "Licht"))
    return rows | {"found": sorted(db.session.scalars(found))}


def test_every_row_is_there_and_the_next_one_gets_the_next_number(town, target):
    file, before = town
    moved = script().move(target, file)
    assert moved["contribution"] > 0
    with target.app_context():
        assert contents() == before
        highest = db.session.scalar(select(func.max(Contribution.id)))
        db.session.rollback()
        user = make_user("Nach dem Umzug", email="n@example.net", email_key="n@example.net")
        assert make_idea(user).id == highest + 1


def test_nothing_is_written_over(town, target):
    file, _ = town
    with target.app_context():
        make_user()
        db.session.remove()
    move = script()
    with pytest.raises(move.MoveError, match="not empty"):
        move.move(target, file)
