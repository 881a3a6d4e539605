"""A migration on SQLite that leaves rows pointing to nothing is rolled back (migrations/env.py)."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask_migrate import upgrade

from civic.app import create_app
from civic.core import orphans as orphans_module
from civic.core.db import db
from tests.architecture.sources import ROOT
from tests.architecture.trial import fill
from tests.conftest import make_config

MIGRATIONS = ROOT / "migrations"
PLANTED = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade():
    {acts}
"""
#: Rebuilds the table.
NARROW = (
    'with op.batch_alter_table("topic") as topic: '
    'topic.alter_column("slug", existing_type=sa.String(120), type_=sa.String(200))'
)

Plant = Callable[..., None]


def executed(statement: str) -> str:
    return f"op.execute({statement!r})"


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Iterator[Path]:
    """A database with a row in every table."""
    path = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, path)
    with create_app(make_config(f"sqlite:///{path}", tmp_path)).app_context():
        fill()
        yield path
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def migrate(file: Path, tmp_path: Path) -> Plant:
    """Go up through further migrations, each a list of what it does."""

    def run(*migrations: list[str]) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        before = ScriptDirectory(str(folder)).get_current_head()
        for n, acts in enumerate(migrations):
            words = PLANTED.format(number=f"planted{n}", before=before, acts="\n    ".join(acts))
            (folder / f"versions/2099-01-0{n + 1}-a_planted_one.py").write_text(words)
            before = f"planted{n}"
        upgrade(str(folder))

    return run


@contextmanager
def refused(caplog: pytest.LogCaptureFixture, words: str) -> Iterator[None]:
    """`civic db upgrade` ends with an error that says this."""
    with pytest.raises(SystemExit):
        yield
    assert re.search(words, caplog.text)


def rows(file: Path, statement: str) -> list[tuple]:
    """As somebody sees it who comes from elsewhere, and waits for nobody."""
    with closing(sqlite3.connect(file, timeout=0)) as connection, connection:
        return connection.execute(statement).fetchall()


def version(file: Path) -> str:
    return rows(file, "SELECT version_num FROM alembic_version")[0][0]


@pytest.mark.parametrize(
    ("acts", "where"),
    [
        ([executed("UPDATE vote SET user_id = 99")], "vote"),
        ([executed("DELETE FROM topic")], "contribution_topic"),
        ([executed("DELETE FROM topic"), NARROW], "contribution_topic"),
        ([NARROW, executed("UPDATE vote SET user_id = 99")], "vote"),
        ([executed('DROP TABLE "user"')], "vote"),
    ],
)
def test_a_migration_that_breaks_something_is_rolled_back(file, migrate, caplog, acts, where):
    before = version(file)
    with refused(caplog, rf"would leave rows .*\b{where}\b.*rolled back"):
        migrate(acts)
    assert version(file) == before
    assert rows(file, "SELECT id FROM topic") == [(1,)]
    assert rows(file, 'SELECT id FROM "user"') == [(1,)]
    assert rows(file, "SELECT user_id FROM vote") == [(1,)]


@pytest.mark.parametrize(
    "acts",
    [
        [NARROW],
        [executed("UPDATE vote SET version = 2")],
        [executed('ALTER TABLE "user" ADD COLUMN planted TEXT')],
    ],
)
def test_one_that_breaks_nothing_is_kept(file, migrate, acts):
    migrate(acts)
    assert version(file) == "planted0"
    assert rows(file, "PRAGMA foreign_key_check") == []


def test_each_migration_is_looked_at_by_itself(file, migrate, caplog):
    """The second does what the first did without harm, and now it breaks something."""
    harmless = [executed("DELETE FROM topic WHERE id = 99")]
    same = executed("DELETE FROM contribution_topic WHERE topic_id = 99")
    with refused(caplog, "contribution_topic"):
        migrate(harmless, [same, executed("DELETE FROM topic")])
    assert version(file) == "planted0"
    assert rows(file, "SELECT count(*) FROM topic") == [(1,)]


def test_what_was_broken_elsewhere_is_told_at_the_end(file, migrate, caplog):
    rows(file, "UPDATE vote SET user_id = 99")
    with refused(caplog, "are through, but .* in vote;"):
        migrate([NARROW])
    assert version(file) == "planted0"


def test_where_nothing_is_to_do_nothing_is_looked_at(file):
    rows(file, "UPDATE vote SET user_id = 99")
    upgrade()
    assert rows(file, "SELECT user_id FROM vote") == [(99,)]


def test_the_look_at_everything_keeps_nobody_from_writing(file, migrate, monkeypatch):
    looked = []

    def look(connection: sqlite3.Connection) -> list[str]:
        cursor = connection.execute('SELECT id FROM "user"')
        looked.append(cursor.fetchone())  # and now it is in the midst of reading
        rows(file, "UPDATE vote SET version = 7")
        return [name for (name,) in cursor if name < 0]

    monkeypatch.setattr(orphans_module, "orphans", look)
    migrate([NARROW])
    assert looked == [(1,)]
    assert rows(file, "SELECT version FROM vote") == [(7,)]


def test_foreign_keys_are_on_again_in_the_end(file, migrate, caplog):
    with refused(caplog, "rolled back"):
        migrate([executed("DELETE FROM topic")])
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
