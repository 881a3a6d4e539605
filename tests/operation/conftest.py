"""Houses of their own: a backup reads what is committed, so the usual rolled-back test is no use.

`site` is a house with people and ideas in a database that nobody else uses; `empty` is the same
kind of house with nothing in it, to restore into.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade

from civic.accounts import service as accounts
from civic.accounts.models import Nobody, Role, User
from civic.app import create_app
from civic.config import Config
from civic.core import passwords
from civic.core.db import db, transaction
from tests.conftest import DATABASES, make_config
from tests.make import make_idea, make_municipality, make_user
from tests.postgres import create_database, drop_database

PASSWORD = "ein-langes-wort-2026"
ADDRESS = "anna@example.org"


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, tmp_path_factory) -> str:
    """Name of a migrated database to copy from."""
    url = create_database(postgres_url, "backup_template")
    app = create_app(make_config(url, tmp_path_factory.mktemp("template")))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    return "backup_template"


@pytest.fixture(params=DATABASES)
def build(request, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Puts a house together on a database of its own, with all tables or none."""
    houses: list[tuple[Flask, str]] = []

    def built(*, tables: bool) -> Flask:
        name = f"backup_{secrets.token_hex(4)}"
        folder = tmp_path / name
        folder.mkdir()
        url = _database(request, folder, name, tables=tables)
        app = create_app(make_config(url, folder))
        houses.append((app, name))
        return app

    yield built
    for app, name in houses:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        if request.param == "postgresql":
            drop_database(request.getfixturevalue("postgres_url"), name)


def _database(request, folder: Path, name: str, *, tables: bool) -> str:
    if request.param == "postgresql":
        template = request.getfixturevalue("postgres_template") if tables else "template0"
        server = request.getfixturevalue("postgres_url")
        return create_database(server, name, template=template)
    target = folder / "civic.sqlite3"
    if tables:
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
    return f"sqlite:///{target}"


@pytest.fixture
def site(build) -> Flask:
    app = build(tables=True)
    with app.app_context():
        _fill()
        db.session.remove()
    folder = config_of(app).instance_path / "media" / "2026"
    folder.mkdir(parents=True)
    (folder / "bank.jpg").write_bytes(b"\xff\xd8 eine Bank am Weg")
    return app


@transaction()
def _fill() -> None:
    town = make_municipality("Lindfurt", slug="lindfurt")
    anna = make_user("Anna", email=ADDRESS, email_key=ADDRESS, roles=[(Role.ADMIN, None)])
    anna.password_hash = passwords.hash_password(PASSWORD)
    berta = make_user("Berta")
    make_idea(anna, town)
    make_idea(berta, town, title="Ein Dach über dem Bücherschrank")


@pytest.fixture
def empty(build) -> Flask:
    return build(tables=False)


def config_of(app: Flask) -> Config:
    return app.extensions["civic_config"]


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def run(app: Flask, *words: object, status: int = 0, typed: str | None = None) -> str:
    """What the command says; it must end with this status."""
    result = app.test_cli_runner().invoke(args=[str(word) for word in words], input=typed)
    assert result.exit_code == status, result.output
    return result.output


def person(name: str) -> User:
    return db.session.query(User).filter_by(name=name).one()


def may_sign_in() -> bool:
    entry = accounts.sign_in(
        Nobody(), email=ADDRESS, password=PASSWORD, device="Test", source="192.0.2.1"
    )
    return entry.token is not None
