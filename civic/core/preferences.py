"""What a browser remembers without an account: the language."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from civic.core.language import COOKIE, LANGUAGES
from civic.core.redirects import safe_next
from civic.core.security import cookies_are_secure

bp = Blueprint("preferences", __name__)


@bp.get("/sprache/<code>")
def language(code: str) -> Response:
    """Set the language cookie and go back. A preference of the browser, no state of the house."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(safe_next(request.args.get("next"), "/"), 303)
    response.set_cookie(
        COOKIE, code, max_age=31_536_000, samesite="Lax", secure=cookies_are_secure(), httponly=True
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
