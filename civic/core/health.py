"""What a balancer asks: is the process there, is it ready to serve."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify

from civic.core import metrics, replica, revisions
from civic.core.db import db
from civic.core.work import queries as queue

bp = Blueprint("health", __name__)


def init_health(app: Flask) -> None:
    app.register_blueprint(bp)
    metrics.watch(app, "civic_jobs", "Jobs by state.", "state", _jobs)
    late = "For how long the job that waits longest has been due, in seconds."
    metrics.watch(app, "civic_jobs_late_seconds", late, "queue", _lateness)


def _jobs() -> dict[str, float]:
    return {state.value: number for state, number in queue.depths().items()}


def _lateness() -> dict[str, float]:
    waited = queue.oldest_due()
    return {"all": waited.total_seconds() if waited else 0.0}


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers. No database is asked."""
    return _answer(200, status="ok")


@bp.get("/readyz")
def readyz() -> Response:
    """The database answers and has all migrations; else 503 (a database error is one anyway).

    It is the one that takes what people write. A replica is told of and decides nothing: without
    it everything is read where it is written.
    """
    current = revisions.current(db.session.connection())
    is_ready = current == revisions.newest(current_app.config["MIGRATIONS_FOLDER"])
    told = {"replica": replica.state()} if replica.is_set() else {}
    status = "ok" if is_ready else "migrations missing"
    return _answer(200 if is_ready else 503, status=status, **told)


def _answer(code: int, **body: str) -> Response:
    response = jsonify(body)
    response.status_code = code
    response.headers["Cache-Control"] = "no-store"
    return response
