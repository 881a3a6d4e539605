"""An application that shows what a stranger sends as it came, without any policy.

It is the negative control of the XSS corpus: here every pattern must do its harm.
"""

from __future__ import annotations

from flask import Flask, Response, abort, redirect, request
from markdown_it import MarkdownIt

from tests.browser.server import ROOT

PLACES = {
    "body": "<main>{}</main>",
    "double": '<main><input value="{}"></main>',
    "single": "<main><input value='{}'></main>",
    "bare": "<main><input value={}></main>",
    "textarea": "<main><textarea>{}</textarea></main>",
    "title": "<title>{}</title>",
    "style": "<style>{}</style>",
    "script": '<script>var x = "{}";</script>',
    "comment": "<!-- {} -->",
    "link": '<main><a href="{}">x</a></main>',
}


def create_app() -> Flask:
    """Return the application; the server process of the tests calls it by name."""
    app = Flask(__name__, static_folder=str(ROOT / "static"), static_url_path="/static")
    trusting = MarkdownIt("commonmark", {"html": True})
    trusting.validateLink = bool  # type: ignore[method-assign]  # every address is fine

    @app.get("/<place>")
    def show(place: str) -> Response:
        if place not in {*PLACES, "markdown"}:
            abort(404)
        text = request.args.get("text", "")
        shown = trusting.render(text) if place == "markdown" else text
        frame = PLACES.get(place, "<main>{}</main>")
        htmx = '<script src="/static/vendor/htmx/htmx.min.js" defer></script>'
        page = f"<!doctype html><meta charset=utf-8>{htmx}{frame.replace('{}', shown)}"
        return Response(page, mimetype="text/html")

    @app.get("/")
    def start() -> object:
        return redirect("/body")

    return app
