"""What every answer and every request must fulfil before a room sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Response, abort, current_app, request, session
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from civic.config import Config
from civic.core.database import will_write
from civic.core.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MEBIBYTE = 2**20
#: With a file: more than any of them may have, so that one which is too large is told so in its
#: form. `deploy/nginx/civic/site.conf` lets as much pass.
LARGEST_UPLOAD = 25 * MEBIBYTE

csrf = CSRFProtect()


def headers_of(config: Config) -> dict[str, str]:
    """The headers of every answer; pictures may also come from who sends map tiles, if anybody."""
    policy = CONTENT_SECURITY_POLICY
    if config.map_host:
        policy = policy.replace("img-src 'self' data:", f"img-src 'self' data: {config.map_host}")
    return {**HEADERS, "Content-Security-Policy": policy}


class BoundedInteger(IntegerConverter):
    """`<int:id>` that fits the database's integer; anything larger is an unknown address."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", 2**31 - 1)
        super().__init__(map, *args, **kwargs)


def init_security(app: Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.signing_keys[-1],
        SECRET_KEY_FALLBACKS=list(config.secret_keys_old),
        WTF_CSRF_SECRET_KEY=list(config.signing_keys),  # a form opened under the old key still fits
        SESSION_COOKIE_NAME="__Host-civic" if config.is_production else "civic",
        SESSION_COOKIE_SECURE=config.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=MEBIBYTE,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=list(config.hosts),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session
        WTF_CSRF_SSL_STRICT=False,  # Origin and Sec-Fetch-Site are checked below
    )
    app.url_map.converters["int"] = BoundedInteger
    if config.trusted_proxies:
        n = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.before_request(_set_intent)
    app.before_request(_check_host)
    app.before_request(_make_room)
    app.before_request(_check_sanity)
    app.before_request(_check_origin)
    csrf.init_app(app)
    strict = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
    headers = headers_of(config) | (strict if config.is_production else {})

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


def _check_host() -> None:
    """Before anything else: without a host of ours no page can be made, not even that of an error.

    Raises `SecurityError` (400).
    """
    _ = request.host


View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Mark a view whose form may bring files; the bodies of all other requests stay small."""
    vars(view)["takes_files"] = True
    return view


def _make_room() -> None:
    """Strangers have no form with a file: without a session a body stays small here as well."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False) and session:
        request.max_content_length = LARGEST_UPLOAD


def _check_sanity() -> None:
    """Text that is no UTF-8 or holds NUL is nobody's honest input: 400 before any room sees it."""
    raw = [
        request.environ.get("PATH_INFO", "").encode("latin-1", "replace"),
        unquote_to_bytes(request.query_string.replace(b"+", b" ")),
    ]
    if request.method not in SAFE_METHODS:
        raw += [_bytes(part) for pair in request.form.items(multi=True) for part in pair]
    if not all(_is_honest(part) for part in raw):
        abort(400)


def _bytes(part: str | None) -> bytes:
    """A part of a form that has no name at all is as dishonest as one that is no text."""
    return b"\x00" if part is None else part.encode("utf-8", "surrogatepass")


def _is_honest(raw: bytes) -> bool:
    try:
        return "\x00" not in raw.decode()
    except UnicodeDecodeError:
        return False


def _check_origin() -> BaseResponse | None:
    """A change must come from a page of this site, whatever token it carries."""
    if request.method in SAFE_METHODS:
        return None
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("cross_site_request")
    origin = request.headers.get("Origin")
    if origin and origin != "null" and _host_of(origin) != request.host:
        raise Forbidden("cross_site_request")
    return None


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://[": no browser writes that
        return ""


def _set_intent() -> None:
    will_write.set(request.method not in SAFE_METHODS)


def cookies_are_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
