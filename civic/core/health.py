"""What a balancer asks: is the process there, is it ready to serve."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify

from civic.core.db import db

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers. No database is asked."""
    return _answer(200, status="ok")


@bp.get("/readyz")
def readyz() -> Response:
    """The database answers and has all migrations; else 503 (a database error is one anyway)."""
    current = MigrationContext.configure(db.session.connection()).get_current_revision()
    is_ready = current == newest_revision(current_app.config["MIGRATIONS_FOLDER"])
    return _answer(200 if is_ready else 503, status="ok" if is_ready else "migrations missing")


def newest_revision(folder: str) -> str | None:
    """The revision that the code of this version expects."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(folder)))
    return ScriptDirectory.from_config(config).get_current_head()


def _answer(code: int, **body: str) -> Response:
    response = jsonify(body)
    response.status_code = code
    response.headers["Cache-Control"] = "no-store"
    return response
