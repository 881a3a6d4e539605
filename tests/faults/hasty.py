"""A server with the fault that the kill test must find: it thanks people, then it commits."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any

from civic.app import create_app

DELAY = 0.2


class Hasty:
    """Answers an idea at once and does the work a moment later, in a thread of its own."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] != "POST":
            return self.house(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        later = environ | {"wsgi.input": io.BytesIO(environ["wsgi.input"].read(length))}
        threading.Timer(DELAY, self._work, [later]).start()
        start_response("303 SEE OTHER", [("Location", "/ideen/0-x"), ("Content-Length", "0")])
        return [b""]

    def _work(self, environ: dict[str, Any]) -> None:
        def note(status: str, *_: Any) -> None:
            sys.stderr.write(f"afterwards: {status}\n")

        for _ in self.house(environ, note):
            pass


def make_app() -> Hasty:
    """What gunicorn loads."""
    return Hasty(create_app())
