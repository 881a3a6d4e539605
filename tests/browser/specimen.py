"""A tiny application with planted faults: the harness must find each of them."""

from __future__ import annotations

from flask import Flask, Response

CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'"
GOOD = "<h1>Gut</h1><p>Ein Satz.</p>"
PAGES = {
    "/": GOOD,
    "/scripted": '<h1 id="target">Gut</h1><script src="/app.js"></script>',
    "/no-alternative": f'{GOOD}<img src="/dot.svg">',
    "/pale": f'{GOOD}<p class="pale">Kaum zu lesen</p>',
    "/pale-by-night": f'{GOOD}<p class="pale-by-night">Nachts kaum zu lesen</p>',
    "/inline-script": f"{GOOD}<script>document.title = 'x'</script>",
    "/inline-style": f'{GOOD}<p style="color: red">Rot</p>',
    "/throwing": f'{GOOD}<script src="/throw.js"></script>',
    "/foreign": f'{GOOD}<img src="http://elsewhere.example/dot.png" alt="">',
    "/missing-file": f'{GOOD}<link rel="stylesheet" href="/gone.css">',
    "/wide": f'{GOOD}<div class="wide">Breit</div>',
    "/no-focus": f'{GOOD}<p><a class="no-focus" href="/">Ein Link</a></p>',
    "/heavy": f'{GOOD}<script src="/heavy.js"></script><p>{"Schwer. " * 4000}</p>',
}
STYLE = """
:root { color-scheme: light dark; }
body { background: Canvas; color: CanvasText; }
.pale { color: #ddd; background: #fff; }
.wide { width: 2000px; }
.no-focus:focus { outline: 0; }
@media (prefers-color-scheme: dark) { .pale-by-night { color: #222; background: #000; } }
"""
FILES = {
    "/app.js": ("text/javascript", "document.getElementById('target').textContent = 'Skript';"),
    "/throw.js": ("text/javascript", "throw new Error('planted');"),
    "/heavy.js": ("text/javascript", f"// {'x' * 130_000}"),
    "/style.css": ("text/css", STYLE),
    "/dot.svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
}


def create_app() -> Flask:
    """Return the application; the server process of the tests calls it by name."""
    app = Flask(__name__, static_folder=None)

    @app.get("/", defaults={"name": ""})
    @app.get("/<path:name>")
    def show(name: str) -> Response:
        path = f"/{name}"
        if path in FILES:
            media_type, text = FILES[path]
            return Response(text, content_type=f"{media_type}; charset=utf-8")
        if path not in PAGES:
            return _page("<h1>Fehlt</h1>", 500 if path == "/broken" else 404)
        return _page(PAGES[path], 200)

    return app


def _page(main: str, status: int) -> Response:
    head = '<meta charset="utf-8"><title>Probe</title><link rel="stylesheet" href="/style.css">'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    start = f'<!doctype html><html lang="de"><head>{head}{view}</head>'
    text = f"{start}<body><main>{main}</main></body></html>"
    return Response(text, status, headers={"Content-Security-Policy": CSP}, mimetype="text/html")
