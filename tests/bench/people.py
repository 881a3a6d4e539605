"""Signed-in people by the thousand: sessions are written into the table, cookies signed here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from flask import session
from flask_wtf.csrf import generate_csrf

from civic.accounts.current import COOKIE_KEY
from civic.accounts.models import hash_token
from civic.app import create_app
from civic.config import Config
from tests.bench.database import Database
from tests.bench.house import settings

_MEMBERS = """
SELECT id FROM "user" WHERE confirmed_at IS NOT NULL AND email IS NOT NULL
AND id NOT IN (SELECT user_id FROM membership) ORDER BY random() LIMIT %s
"""
_OPEN = """
COPY user_session (token_hash, user_id, created_at, last_seen_at, verified_at, device) FROM STDIN
"""


@dataclass(frozen=True)
class Person:
    """Somebody whose browser is signed in."""

    id: int
    cookie: str


@dataclass(frozen=True)
class People:
    """Signed-in people and the token that all their forms carry."""

    persons: list[Person]
    token: str


def sign_in(folder: Path, database: Database, number: int, *, email: str = "") -> People:
    """Open a session for so many members without an office, or for the one with this address."""
    if email:
        rows = database.ask('SELECT id FROM "user" WHERE email_key = %s', email)
    else:
        rows = database.ask(_MEMBERS, number)
    tokens = {id: secrets.token_urlsafe(24) for (id,) in rows}
    now = str(database.value("SELECT now()"))
    with (
        database.connect() as connection,
        connection.cursor() as cursor,
        cursor.copy(_OPEN) as copy,
    ):
        for id, token in tokens.items():
            copy.write_row((hash_token(token), id, now, now, now, "wrk"))
    app = create_app(Config.from_env(_own(settings(folder, database))))
    with app.test_request_context(base_url="https://localhost"):
        token, raw = generate_csrf(), session["csrf_token"]
    sign = app.session_interface.get_signing_serializer(app).dumps  # type: ignore[attr-defined]
    name = app.config["SESSION_COOKIE_NAME"]
    common = {"csrf_token": raw, "language": "de"}
    persons = [
        Person(id, f"{name}={sign({COOKIE_KEY: secret} | common)}") for id, secret in tokens.items()
    ]
    return People(persons, token)


def _own(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("CIVIC_")}
