"""How refusals and faults are shown: each with a page and a fragment, 500 without any help."""

from __future__ import annotations

from flask import Flask, Response, current_app, make_response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from civic.core.db import db
from civic.core.errors import CivicError, TooMany, Unavailable
from civic.core.logs import log
from civic.core.page import MESSAGES_ID, page, wants_fragment

RETRY_AFTER = "5"
#: Statuses with words of their own in templates/errors/page.html; others share its last case.
KNOWN = frozenset({400, 403, 404, 405, 409, 413, 422, 429})


def init_failures(app: Flask) -> None:
    app.register_error_handler(CivicError, show_refusal)
    app.register_error_handler(CSRFError, show_http)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(OperationalError, show_unavailable)
    app.register_error_handler(InterfaceError, show_unavailable)
    # What pgbouncer says of a server that crashed has no better name.
    app.register_error_handler(InternalError, show_unavailable)
    app.register_error_handler(PoolTimeout, show_unavailable)
    app.register_error_handler(Exception, show_fault)
    app.teardown_appcontext(let_go)


def show_refusal(error: CivicError) -> Response:
    """A domain error, in words."""
    response = _show(error.status, error)
    if isinstance(error, TooMany | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def show_http(error: HTTPException) -> Response:
    """404, 405, 400 and their like from Flask itself."""
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    if isinstance(error, SecurityError):
        return _foreign_host()
    if error.code >= 500:
        return show_fault(error)
    response = _show(error.code, None)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _foreign_host() -> Response:
    """The Host header names another site: no page, for its links would lead there."""
    response = make_response("This site does not answer to that host name.\n", 400)
    response.mimetype = "text/plain"
    return response


def show_unavailable(error: DBAPIError | PoolTimeout) -> Response:
    """The database is away, locked or too slow: nothing was lost, try again."""
    log.error("database unavailable", endpoint=request.endpoint, error=type(error).__name__)
    _roll_back()
    response = _plain(503)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def show_fault(error: Exception) -> Response:
    """A fault of ours. The page needs no database, no person and no catalogue."""
    if current_app.debug or current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.error("fault", endpoint=request.endpoint, exc_info=error)
    _roll_back()
    return _plain(500)


def _show(status: int, error: CivicError | None) -> Response:
    _roll_back()
    try:
        response = page(
            "errors/page.html",
            fragment="error_notice",
            status=status,
            error=error,
            code=status,
            known=status in KNOWN,
        )
    except (OperationalError, InterfaceError, InternalError, PoolTimeout) as fault:
        return show_unavailable(fault)
    except Exception as fault:  # noqa: BLE001 - the page about a fault must not be a fault
        log.error("fault in an error page", exc_info=fault)
        return _plain(500)
    return _into_messages(response)


def _plain(status: int) -> Response:
    name = "errors/plain_fragment.html" if wants_fragment() else "errors/plain.html"
    # Not render_template: its context processors ask the database who is looking.
    text = current_app.jinja_env.get_template(name).render(code=status)
    response = make_response(text, status)
    return _into_messages(response)


def _into_messages(response: Response) -> Response:
    """Htmx shows an error beside the page's messages and leaves the page as it is."""
    if wants_fragment():
        response.headers["HX-Retarget"] = f"#{MESSAGES_ID}"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _roll_back() -> None:
    try:
        db.session.rollback()
    except Exception as fault:  # noqa: BLE001 - the connection may be gone; the answer must not be
        log.warning("rollback failed", error=type(fault).__name__)


def let_go(error: BaseException | None) -> None:
    """End what was read for an answer, before Flask-SQLAlchemy does it without any care.

    The database may have gone between the answer and this moment. The answer is right all the same
    (a 303 tells of a commit that was confirmed), and an error from here would take its place.
    """
    del error
    try:
        db.session.remove()
    except DBAPIError as fault:
        log.warning("connection lost after the answer", error=type(fault).__name__)
        db.session().invalidate()
