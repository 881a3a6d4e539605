"""The session: one commit for a whole command, bounded waits, moments that know their zone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from civic.accounts.models import User
from civic.app import create_app
from civic.core.db import (
    POSTGRES_LIMITS,
    UTCDateTime,
    Word,
    after_rollback,
    be_patient,
    db,
    engine_options,
    insert_once,
    is_postgres,
    release,
    transaction,
    will_write,
    writing,
)
from civic.core.limits import LimitCount
from tests.conftest import make_config
from tests.make import make_user


def write(key: str) -> None:
    db.session.add(LimitCount(key=key, window=0, seconds=1))
    db.session.flush()


def keys() -> set[str]:
    return set(db.session.scalars(select(LimitCount.key)))


@pytest.fixture
def commits(inside):
    """How often the session has committed."""
    seen = []

    def note(session):
        seen.append(session)

    session = db.session()
    event.listen(session, "after_commit", note)
    yield seen
    event.remove(session, "after_commit", note)


def test_commands_inside_commands_commit_once(commits):
    @transaction()
    def inner(key):
        write(key)
        return key

    @transaction()
    def outer():
        inner("a")
        assert commits == []
        inner("b")
        assert commits == []
        return "done"

    assert outer() == "done"
    assert len(commits) == 1
    assert keys() == {"a", "b"}


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_fault_anywhere_undoes_all_of_it(commits, fault):
    @transaction()
    def inner():
        write("a")
        raise fault

    @transaction()
    def outer():
        write("b")
        inner()

    with pytest.raises(fault):
        outer()
    assert commits == []
    assert keys() == set()


def test_a_fault_after_the_inner_command_undoes_that_too(inside):
    @transaction()
    def outer():
        with transaction():
            write("a")
        raise ValueError

    with pytest.raises(ValueError):
        outer()
    assert keys() == set()
    with transaction():
        write("b")
    assert keys() == {"b"}


def test_a_constraint_that_is_broken_at_the_commit_leaves_nothing(inside):
    with transaction():
        write("a")

    @transaction()
    def twice():
        write("b")
        db.session.add(LimitCount(key="a", window=0, seconds=1))

    with pytest.raises(IntegrityError):
        twice()
    assert keys() == {"a"}
    assert db.session().info["depth"] == 0


def test_release_ends_what_only_read_and_nothing_else(inside):
    keys()
    assert db.session().in_transaction()
    release()
    assert not db.session().in_transaction()
    with transaction():
        write("a")
        release()
    assert keys() == {"a"}


def test_bookkeeping_writes_in_a_request_that_only_reads(inside):
    will_write.set(False)
    try:
        keys()
        with writing():
            assert will_write.get()
            write("a")
        assert not will_write.get()
    finally:
        will_write.set(True)
    assert keys() == {"a"}


def test_insert_once(inside):
    row = {"key": "a", "window": 0, "seconds": 1, "count": 1}
    with transaction():
        assert [insert_once(LimitCount, row) for _ in range(3)] == [True, False, False]
    assert db.session.scalar(select(func.count()).select_from(LimitCount)) == 1


# -- moments and words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=1))),
        datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, tzinfo=timezone(timedelta(hours=-11))),
    ],
)
def test_a_moment_comes_back_as_the_same_one_in_utc(inside, moment):
    user = make_user(confirmed_at=moment)
    db.session.expire_all()
    assert user.confirmed_at == moment
    assert user.confirmed_at.tzinfo is UTC
    assert db.session.scalar(select(User.id).where(User.confirmed_at == moment)) == user.id


def test_a_moment_without_a_zone_does_not_get_in(inside):
    with pytest.raises(StatementError, match="time zone"):
        make_user(confirmed_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake itself
    assert UTCDateTime().process_bind_param(None, db.engine.dialect) is None


def test_a_word_is_one_of_its_kind(inside):
    class Colour(StrEnum):
        RED = "red"

    word = Word(Colour)
    assert word.process_bind_param("red", db.engine.dialect) == "red"
    assert word.process_result_value("red", db.engine.dialect) is Colour.RED
    with pytest.raises(ValueError):
        word.process_bind_param("blue", db.engine.dialect)


# -- what the databases are told -------------------------------------------------------------


def test_sqlite_syncs_every_commit_and_minds_its_keys(inside):
    if is_postgres():
        return
    told = {name: db.session.scalar(text(f"PRAGMA {name}")) for name in
            ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert told == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_postgresql_waits_for_nothing_for_long(inside):
    if not is_postgres():
        return
    begun_with = text("SELECT reset_val FROM pg_settings WHERE name = :name")
    told = {name: db.session.scalar(begun_with, {"name": name}) for name in POSTGRES_LIMITS}
    assert told == {
        "statement_timeout": "3000",
        "lock_timeout": "2000",
        "idle_in_transaction_session_timeout": "10000",
    }
    with transaction():
        be_patient()
        assert db.session.scalar(text("SHOW statement_timeout")) == "0"


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql+psycopg://x"])
def test_errors_never_quote_what_people_wrote(url):
    assert engine_options(url)["hide_parameters"]


def test_an_error_names_the_statement_and_not_its_values(inside):
    make_user(email="same@example.org", email_key="same@example.org")
    with pytest.raises(IntegrityError) as broken:
        make_user(email="same@example.org", email_key="same@example.org")
    assert "INSERT" in str(broken.value)
    assert "Person Nummer" not in str(broken.value)


@pytest.fixture
def own_file(tmp_path, sqlite_template) -> Iterator[Flask]:
    """The house on an SQLite file of its own, outside the outer transaction of the tests."""
    target = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, target)
    app = create_app(make_config(f"sqlite:///{target}", tmp_path))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(("method", "begin"), [("GET", "BEGIN"), ("POST", "BEGIN IMMEDIATE")])
def test_only_requests_that_may_write_take_the_lock_of_sqlite(own_file, method, begin):
    said: list[str] = []

    def note(connection, cursor, statement, *rest):
        said.append(statement)

    with own_file.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    own_file.test_client().open("/anmelden", method=method)
    assert next(s for s in said if s.startswith("BEGIN")) == begin


def test_two_writers_on_sqlite_wait_for_each_other(own_file):
    """A read that turns into a write would fail at once; each of these waits for its turn."""
    start, failed = threading.Barrier(8), []

    def add(name: str) -> None:
        with own_file.app_context():
            try:
                start.wait(timeout=20)
                for n in range(10):
                    with transaction():
                        keys()
                        write(f"{name}{n}")
            except Exception as fault:  # noqa: BLE001 - every kind is told below
                failed.append(fault)

    threads = [threading.Thread(target=add, args=(f"{n}-",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with own_file.app_context():
        assert failed == []
        assert len(keys()) == 80


# -- what is undone elsewhere ----------------------------------------------------------------


@pytest.fixture
def undone(inside):
    """Begins a command that did something elsewhere, and says what was undone of it."""
    told: list[str] = []

    @transaction()
    def command(fault: BaseException | None = None) -> None:
        after_rollback(lambda: told.append("first"))
        _inner()
        if fault:
            raise fault

    @transaction()
    def _inner() -> None:
        after_rollback(lambda: told.append("second"))

    command.told = told
    return command


def test_what_went_well_is_not_undone(undone):
    undone()
    undone()
    assert undone.told == []


@pytest.mark.parametrize("fault", [ValueError(), KeyboardInterrupt(), SystemExit()])
def test_what_failed_is_undone_the_last_first(undone, fault):
    with pytest.raises(type(fault)):
        undone(fault)
    assert undone.told == ["second", "first"]


def broken_commit(monkeypatch, fault: BaseException) -> None:
    def fail(self: object) -> None:
        raise fault

    monkeypatch.setattr(db.session.session_factory.class_, "commit", fail)


def database_says(*, is_line_broken: bool) -> OperationalError:
    fault = OperationalError("COMMIT", {}, Exception("disk is full"))
    fault.connection_invalidated = is_line_broken
    return fault


def test_a_commit_that_was_refused_is_undone(undone, monkeypatch):
    broken_commit(monkeypatch, database_says(is_line_broken=False))
    with pytest.raises(OperationalError):
        undone()
    assert undone.told == ["second", "first"]


@pytest.mark.parametrize("fault", [database_says(is_line_broken=True), SystemExit()])
def test_a_commit_that_may_have_arrived_is_not_undone(undone, monkeypatch, fault):
    broken_commit(monkeypatch, fault)
    with pytest.raises(type(fault)):
        undone()
    assert undone.told == []


def test_what_cannot_be_undone_hides_no_reason(inside):
    told: list[str] = []

    @transaction()
    def command() -> None:
        after_rollback(lambda: told.append("done"))
        after_rollback(lambda: 1 // 0)
        raise LookupError

    with pytest.raises(LookupError):
        command()
    assert told == ["done"]


def test_outside_of_a_command_nothing_is_undone(inside):
    after_rollback(lambda: pytest.fail("it was undone"))
    db.session.rollback()
