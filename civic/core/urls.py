"""Addresses inside the site. The same few dozen stand on every page, so they are made once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flask
from flask import Flask, current_app, has_request_context, request

EXTENSION = "civic_urls"
KEPT = 8192
PLAIN = {int, str, type(None)}
OPTIONS = {"_anchor", "_external", "_method", "_scheme"}


def init_urls(app: Flask) -> None:
    """An address is a function of its endpoint and values (and of where the site is mounted)."""

    @lru_cache(KEPT)
    def made(mounted_at: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        del mounted_at  # a part of the key only
        return flask.url_for(endpoint, **dict(values))

    app.extensions[EXTENSION] = made
    app.jinja_env.globals["url_for"] = url_for


def url_for(endpoint: str, **values: Any) -> str:
    """As Flask's own function of this name, for addresses without scheme and host."""
    if not has_request_context() or endpoint[0] == "." or _is_odd(values):
        return flask.url_for(endpoint, **values)
    made = current_app.extensions[EXTENSION]
    address: str = made(request.script_root, endpoint, tuple(values.items()))
    return address


def _is_odd(values: dict[str, Any]) -> bool:
    """Options of Flask, and values that no key can hold (1, 1.0 and True are one key)."""
    return not PLAIN.issuperset(map(type, values.values())) or not OPTIONS.isdisjoint(values)
