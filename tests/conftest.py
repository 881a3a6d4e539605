"""Fixtures for all tests: every test that takes `app` runs on SQLite and on PostgreSQL.

A test gets a clean database: it runs inside one outer transaction that is rolled back at its end.
Services are called inside `with app.app_context()` (or with the fixture `inside`); requests go
through `browser`, which runs outside any context, for a context that stays open around requests
would share its `g` and leak one person's session into the next request.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.orm import sessionmaker

from civic.app import create_app
from civic.config import Config
from civic.core import paging
from civic.core.db import db, will_write
from civic.core.redis import Facts
from tests.client import Browser
from tests.postgres import cluster, create_database

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with cluster(fsync=False) as url:
        yield url


def make_config(url: str, folder: Path, **changes: object) -> Config:
    values: dict[str, object] = {
        "database_url": url,
        "base_url": "http://localhost",
        "instance_path": folder,
        "testing": True,
        "secret_key": "only-for-tests-0123456789-0123456789",
    }
    return Config(**(values | changes))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(make_config(f"sqlite:///{folder / 'civic.sqlite3'}", folder))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return folder / "civic.sqlite3"


@pytest.fixture(scope="session")
def _apps() -> Iterator[dict[str, Flask]]:
    apps: dict[str, Flask] = {}
    yield apps
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()


def _build(kind: str, name: str, folder: Path, request: pytest.FixtureRequest) -> Flask:
    if kind == "sqlite":
        target = folder / "civic.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
        return create_app(make_config(f"sqlite:///{target}", folder))
    url = create_database(request.getfixturevalue("postgres_url"), name)
    app = create_app(make_config(url, folder))
    with app.app_context():
        upgrade()
    return app


@pytest.fixture(params=DATABASES)
def app(request, _apps, tmp_path_factory) -> Iterator[Flask]:
    """The whole house on a clean database."""
    kind = request.param
    if kind not in _apps:
        _apps[kind] = _build(kind, "civic_tests", tmp_path_factory.mktemp(kind), request)
    app = _apps[kind]
    with app.app_context():
        engine = db.engine
        factory = db.session.session_factory
    assert isinstance(factory, sessionmaker)
    factory.configure(join_transaction_mode="create_savepoint")
    will_write.set(True)
    app.extensions["civic_facts"] = Facts()  # what was remembered of another test's database
    paging.forget_counts()
    connection = engine.connect()
    outer = connection.begin()
    if kind == "postgresql":  # one transaction holds a whole test, however slow the machine is
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    db._app_engines[app][None] = connection
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
        db._app_engines[app][None] = engine
        outer.rollback()
        connection.close()
        factory.configure(join_transaction_mode="conditional_savepoint")


@pytest.fixture(scope="module", params=DATABASES)
def house(request, tmp_path_factory) -> Iterator[Flask]:
    """The whole house on a database and a folder of its own, which keep what is committed."""
    folder = tmp_path_factory.mktemp("house")
    app = _build(request.param, f"house_{token_hex(4)}", folder, request)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """For tests of services: an open context. Never together with `browser`."""
    with app.app_context():
        yield app


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, request) -> None:
    """Only this machine may be reached."""
    if "browser" in request.keywords:
        return
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else ""
        if host not in {"", "127.0.0.1", "localhost", "::1"}:
            raise AssertionError(f"A test tried to reach {host}.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
