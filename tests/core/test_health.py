"""What a balancer is told: the process is there; it is ready only with its database and schema."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from civic.app import create_app
from civic.core.db import db, transaction
from tests.conftest import make_config


@pytest.fixture
def lonely(tmp_path):
    """A house whose database cannot be reached."""
    return create_app(make_config("postgresql+psycopg://a:b@127.0.0.1:1/c", tmp_path))


def test_alive_and_ready(app):
    client = app.test_client()
    for url in ("/healthz", "/readyz"):
        answer = client.get(url)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "order", ["DELETE FROM alembic_version", "UPDATE alembic_version SET version_num = 'x'"]
)
def test_not_ready_while_a_migration_is_missing(app, order):
    with app.app_context(), transaction():
        db.session.execute(text(order))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "migrations missing"})
    assert app.test_client().get("/healthz").status_code == 200


def test_not_ready_on_an_empty_database(tmp_path):
    app = create_app(make_config(f"sqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path))
    assert app.test_client().get("/readyz").status_code == 503
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("fragment", [False, True])
def test_without_a_database_the_process_lives_and_says_so(lonely, fragment):
    client = lonely.test_client()
    headers = {"HX-Request": "true"} if fragment else {}
    assert client.get("/healthz", headers=headers).status_code == 200
    for url in ("/readyz", "/", "/ideen"):
        answer = client.get(url, headers=headers)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "no-store" in answer.headers["Cache-Control"]
