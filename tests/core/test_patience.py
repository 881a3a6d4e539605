"""How long a request waits for PostgreSQL, and which word for a commit it takes."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from civic.app import create_app
from civic.core import patience
from civic.core.db import db
from civic.core.patience import Budget, PatientConnection, be_patient, budget
from tests.conftest import make_config


@pytest.fixture
def outside(postgres_url, tmp_path):
    app = create_app(make_config(postgres_url, tmp_path))
    yield app
    with app.app_context():
        db.engine.dispose()
    budget.set(None)


@pytest.fixture
def house(outside):
    with outside.app_context():
        yield outside


@pytest.fixture
def impatient(monkeypatch):
    """Whose budget is spent has next to nothing left for a last statement."""
    monkeypatch.setattr(patience, "LEAST", 0.05)


def sleep(seconds: float) -> None:
    db.session.execute(text(f"SELECT pg_sleep({seconds})"))


def test_beyond_the_budget_the_database_is_given_up(house, impatient):
    sleep(0)
    budget.set(Budget(0.1))
    with pytest.raises(OperationalError, match="does not answer"):
        sleep(1)
    db.session.rollback()
    budget.set(Budget(4))
    assert db.session.scalar(text("SELECT 1")) == 1  # by a new connection


def test_statements_share_one_budget(house, impatient):
    sleep(0)
    budget.set(own := Budget(4))
    sleep(0.1)
    sleep(0.1)
    assert own.left <= 3.8


def test_without_a_request_and_for_patient_work_nothing_is_cut_short(house, impatient):
    sleep(0.1)
    budget.set(Budget(0.05))
    be_patient()
    sleep(0.1)


def test_a_commit_that_was_cut_short_is_an_error(house, monkeypatch):
    """PostgreSQL's warning comes with the COMMIT; here another function gives one."""
    monkeypatch.setattr(patience, "UNREPLICATED", "exec_stmt_raise")
    connection = db.engine.raw_connection()
    own = connection.driver_connection
    assert isinstance(own, PatientConnection)
    own.execute(
        "CREATE TEMPORARY TABLE late (n int); "
        "CREATE FUNCTION pg_temp.warn() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE WARNING 'odd'; RETURN NULL; END $$; "
        "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION pg_temp.warn()"
    )
    own.commit()
    own.execute("INSERT INTO late VALUES (1)")
    with pytest.raises(psycopg.OperationalError, match="on no standby"):
        own.commit()
    own.execute("SELECT 1")
    own.commit()  # the next one is not blamed for it
    connection.close()


def test_a_database_that_went_away_does_not_spoil_the_answer(outside):
    """The answer is made when the session is given back; nobody is told a fault instead of it."""

    @outside.get("/fort")
    def gone() -> str:
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return "made"

    answer = outside.test_client().get("/fort", headers={"Host": "localhost"})
    assert (answer.status_code, answer.text) == (200, "made")
