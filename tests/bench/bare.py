"""What Flask can do at best: an application that answers with so many bytes and does nothing."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)
START, END = "<!doctype html><title>bare</title><p>", "</p></html>"


@app.get("/<int:size>")
def page(size: int) -> str:
    """A page of exactly this size."""
    return START + "x" * (size - len(START) - len(END)) + END
