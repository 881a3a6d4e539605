"""An application with every fault that the harness must notice; its paths say which."""

from __future__ import annotations

import time

from flask import Flask

app = Flask(__name__)
SPIN, NAP = 0.03, 0.3


@app.get("/good")
def good() -> str:
    return "<h1>Ideen</h1>"


@app.get("/wrong-status")
def wrong_status() -> tuple[str, int]:
    return "<h1>Ideen</h1>", 503


@app.get("/wrong-marker")
def wrong_marker() -> str:
    return "<h1>Please sign in</h1>"


@app.get("/busy")
def busy() -> str:
    """Burn processor time."""
    until = time.thread_time() + SPIN
    while time.thread_time() < until:
        pass
    return "<h1>Ideen</h1>"


@app.get("/sleepy")
def sleepy() -> str:
    """Use no processor, yet let people wait."""
    time.sleep(NAP)
    return "<h1>Ideen</h1>"
