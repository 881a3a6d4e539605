"""What is told without Alembic is what Alembic would say."""

from __future__ import annotations

import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from civic.core import revisions
from civic.core.db import db

STEP = """
revision = '{}'
down_revision = {!r}
"""


def test_the_revisions_are_those_of_alembic(app):
    folder = app.config["MIGRATIONS_FOLDER"]
    script = ScriptDirectory(folder)
    steps = {step.revision: step.down_revision or "" for step in script.walk_revisions()}
    assert revisions.known(folder) == steps
    assert revisions.newest(folder) == script.get_current_head()


def test_a_revision_may_be_written_in_either_quotes(tmp_path):
    (tmp_path / "versions").mkdir()
    for name, before in (("a1", None), ("b2", "a1"), ("c3", "b2")):
        (tmp_path / "versions" / f"{name}.py").write_text(STEP.format(name, before))
    assert revisions.newest(tmp_path) == "c3"


def test_nothing_is_expected_where_there_are_no_migrations(tmp_path):
    assert revisions.newest(tmp_path) is None


def test_the_tables_are_as_alembic_says(inside):
    connection = db.session.connection()
    assert (
        revisions.current(connection)
        == MigrationContext.configure(connection).get_current_revision()
    )
    db.session.execute(text("DELETE FROM alembic_version"))
    assert revisions.current(connection) is None


def test_an_empty_database_has_no_revision():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert revisions.current(connection) is None
    engine.dispose()


@pytest.mark.parametrize("words", [["db", "--help"], ["db", "heads"]])
def test_the_commands_of_migrations_are_there(app, words):
    assert app.test_cli_runner().invoke(args=words).exit_code == 0
    assert app.test_cli_runner().invoke(args=["db", "heats"]).exit_code != 0
