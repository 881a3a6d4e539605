"""How the databases are connected: bounded waits, also with pgbouncer in between."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from civic.app import create_app
from civic.core import database as database_module
from civic.core.database import (
    POSTGRES_LIMITS,
    engine_options,
    is_pooled,
    libpq_address,
    plain_address,
    replica_options,
    will_write,
)
from civic.core.db import be_patient, db, transaction
from civic.core.limits import LimitCount
from tests.conftest import make_config
from tests.pgbouncer import pgbouncer
from tests.postgres import create_database

URL = "postgresql+psycopg://civic:p%40ss%2Fword@db.example:6432/civic?sslmode=require"
POOLED = f"{URL}&prepare_threshold=0"
SHOWN = {
    "statement_timeout": "3s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
}


def test_the_word_for_a_pooler_is_ours_and_not_the_drivers():
    assert is_pooled(POOLED)
    assert not is_pooled(URL)
    assert plain_address(POOLED).render_as_string(hide_password=False) == URL
    assert libpq_address(POOLED) == URL.replace("+psycopg", "")


def test_through_a_pooler_nothing_is_prepared_and_no_option_is_sent():
    pooled, direct = engine_options(POOLED)["connect_args"], engine_options(URL)["connect_args"]
    assert pooled["prepare_threshold"] is None
    assert "options" not in pooled
    assert "prepare_threshold" not in direct
    assert "-c statement_timeout=3000" in direct["options"]


def test_a_replica_gives_up_before_a_request_does():
    """So that the primary can still be asked within the same request."""
    options = replica_options(URL)
    assert "-c statement_timeout=1500" in options["connect_args"]["options"]
    assert options["pool_timeout"] == 1


def house_at(url: str, folder) -> Flask:
    return create_app(make_config(url, folder))


@pytest.fixture(scope="module")
def database(postgres_url, tmp_path_factory) -> str:
    url = create_database(postgres_url, "pooled")
    app = house_at(url, tmp_path_factory.mktemp("direct"))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return url


CONNECT_QUERY = "; ".join(f"SET {name}={value}" for name, value in POSTGRES_LIMITS.items())


@pytest.fixture(params=["", f"connect_query='{CONNECT_QUERY}'"], ids=["bare", "connect_query"])
def pooled(request, database, tmp_path):
    """The house behind pgbouncer: with time-outs from there, and with none."""
    with pgbouncer(database, more=request.param) as url:
        app = house_at(url, tmp_path)
        app.config["BRINGS"] = bool(request.param)
        yield app
        with app.app_context():
            db.engine.dispose()


def test_every_transaction_has_its_time_outs(pooled):
    with pooled.app_context():
        for _ in range(3):
            told = {name: db.session.scalar(text(f"SHOW {name}")) for name in POSTGRES_LIMITS}
            assert told == SHOWN
            db.session.rollback()
        with transaction():
            be_patient()
            assert db.session.scalar(text("SHOW statement_timeout")) == "0"
        assert db.session.scalar(text("SHOW statement_timeout")) == "3s"


def test_a_slow_statement_is_given_up(pooled):
    with pooled.app_context():
        with pytest.raises(OperationalError, match="statement timeout"):
            db.session.scalar(text("SELECT pg_sleep(20)"))
        db.session.rollback()


def test_they_cost_nothing_where_the_server_brings_them(pooled):
    asked = []
    with pooled.app_context():
        db.session.scalar(text("SELECT 1"))
        db.session.rollback()
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        db.session.scalar(text("SELECT 1"))
        db.session.rollback()
    assert len(asked) == (1 if pooled.config["BRINGS"] else 2)


def test_many_threads_share_few_connections(pooled):
    """What one thread has prepared on a connection, another would not find there."""

    def work(n: int) -> int:
        with pooled.app_context():
            for turn in range(8):
                with transaction():
                    key = f"{pooled.config['BRINGS']}-{n}-{turn}"
                    db.session.add(LimitCount(key=key, window=0, seconds=1))
                db.session.scalars(select(LimitCount).limit(3)).all()
                db.session.rollback()
        return n

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == list(range(8))


def test_the_whole_house_works_behind_it(pooled):
    for url in ("/readyz", "/", "/ideen"):
        assert pooled.test_client().get(url, follow_redirects=True).status_code == 200
    form = {"email": "a@example.org", "password": "x" * 12}
    pooled.config["WTF_CSRF_ENABLED"] = False
    assert pooled.test_client().post("/passwort-vergessen", data=form).status_code < 500


def test_an_address_that_does_not_say_so_does_not_get_in(database, tmp_path):
    """The control: pgbouncer refuses the start-up options that a direct connection carries."""
    with pgbouncer(database) as url:
        app = house_at(url.partition("?")[0], tmp_path)
        with app.app_context():
            with pytest.raises(OperationalError, match="options"):
                db.session.scalar(text("SELECT 1"))
            db.engine.dispose()


@pytest.fixture
def asked(database, tmp_path) -> Iterator[Flask]:
    """A house with one address that tells how it asks the database."""
    app = house_at(database, tmp_path)
    app.config["WTF_CSRF_ENABLED"] = False

    @app.route("/wie", methods=["GET", "POST"])
    def how() -> str:
        return status()

    yield app
    with app.app_context():
        db.engine.dispose()


def status() -> str:
    db.session.execute(text("SELECT 1"))
    own = db.session.connection().connection.dbapi_connection
    return own.info.transaction_status.name


def test_only_a_request_that_reads_goes_without_a_transaction(asked):
    browser, headers = asked.test_client(), {"Host": "localhost", "Origin": "http://localhost"}
    ways = ["GET", "POST", "GET", "GET", "POST"]  # on one connection
    found = [browser.open("/wie", method=way, headers=headers).text for way in ways]
    assert found == ["IDLE", "INTRANS", "IDLE", "IDLE", "INTRANS"]
    will_write.set(False)
    with asked.app_context():  # a command that reads much wants to see one state of it
        assert status() == "INTRANS"
        db.session.rollback()
    will_write.set(True)


@pytest.mark.parametrize(("trusted", "is_answered"), [(0.0, True), (60.0, False)])
def test_a_connection_that_lay_idle_is_asked_whether_it_lives(
    asked, monkeypatch, trusted, is_answered
):
    """The control: for a minute it would be believed."""
    with asked.app_context():
        own = db.session.scalar(text("SELECT pg_backend_pid()"))
        db.session.remove()
        other = psycopg.connect(libpq_address(db.engine.url.render_as_string(hide_password=False)))
        with other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [own])
        monkeypatch.setattr(database_module, "TRUSTED", trusted)
        if is_answered:
            assert db.session.scalar(text("SELECT 1")) == 1
        else:
            with pytest.raises(OperationalError):
                db.session.scalar(text("SELECT 1"))
        db.session.remove()
