"""One template, two lives: the full page for a browser, a named block of it for htmx."""

from __future__ import annotations

from typing import Any

from flask import (
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as BaseResponse

from civic.config import Config
from civic.core import templates
from civic.core.language import current_language
from civic.core.urls import url_for

#: How long an anonymous page may be shown again without asking, in seconds.
PUBLIC_AGE = 5
MESSAGES_ID = "messages"


#: Parameters that a link to the same page leaves out: the position in a list, and words that
#: `url_for` would take for its own.
NOT_KEPT = frozenset({"nach", "endpoint", "_anchor", "_external", "_method", "_scheme"})


def wants_fragment() -> bool:
    """True for a swap by htmx; boosted and history requests want the page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and "HX-Boosted" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def page(template: str, *, fragment: str = "main", status: int = 200, **context: Any) -> Response:
    """Answer with the template: whole, or the block named `fragment` when htmx asks."""
    layout = "layouts/fragment.html" if wants_fragment() else "layouts/page.html"
    compiled = templates.get(template, current_language())
    text = render_template(compiled, layout=layout, fragment=fragment, **context)
    return make_response(text, status)


def go_to(url: str) -> BaseResponse:
    """Send the person on after a command: 303 for a browser, `HX-Redirect` for htmx."""
    if wants_fragment():
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 303)


def has_session() -> bool:
    """Whether this page belongs to one browser (signed in, a message, a form token)."""
    return bool(session)


def here(**changes: Any) -> str:
    """The address of this page with some parameters changed; None takes one away.

    The position in a list is dropped unless it is given: another filter begins at the first page.
    """
    values: dict[str, Any] = {k: v for k, v in request.args.lists() if k not in NOT_KEPT}
    values |= request.view_args or {}
    values |= changes
    kept = {k: v for k, v in values.items() if v not in (None, "", [], [""])}
    return url_for(request.endpoint or "", **kept)


def init_pages(app: Flask, config: Config) -> None:
    app.jinja_env.globals.update(has_session=has_session, here=here, site_name=config.site_name)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined
    app.after_request(_caching)


def _is_everybodys() -> bool:
    """Nothing in it is of one browser, not even a message it has just been shown."""
    return not has_session() and not session.modified


def _caching(response: Response) -> Response:
    """Anonymous pages may be kept for a moment and compared by ETag; all others never are."""
    response.vary.update(("HX-Request", "Cookie"))
    if "Cache-Control" in response.headers:
        return response
    if request.method in {"GET", "HEAD"} and response.status_code == 200 and _is_everybodys():
        response.cache_control.public = True
        response.cache_control.max_age = PUBLIC_AGE
        if not response.is_streamed:
            response.add_etag()
            response.make_conditional(request)
    else:
        response.cache_control.private = True
        response.cache_control.no_store = True
    return response
