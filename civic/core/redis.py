"""Redis, where one is set: counts and small facts that all processes share, and never a must.

Every call is bounded (0.2 s, no second try), and after a failure nobody asks again for ten
seconds. So a Redis that is dead, hangs or is full costs one page a fraction of a second, and what
is wanted of it comes from elsewhere: limits from the database, facts from where they are made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pkgutil import resolve_name
from typing import Any, Protocol

from flask import Flask, current_app

from civic.config import Config, ConfigError
from civic.core.db import after_commit
from civic.core.logs import log
from civic.core.replica import has_written

PREFIX = "civic:"
#: A value together with the number of the round it was made in; see `forget`.
ROUNDS = "round:"
FACTS = "fact:"
#: Facts of this process, where no Redis keeps them; more than this are not held.
MOST_FACTS = 1000


class Away(Exception):
    """Redis did not do it; the caller goes another way."""


class Store(Protocol):
    """A bounded way to one Redis server; safe for threads and after a fork."""

    def call(self, act: Callable[[Any], Any]) -> Any:
        """Do this with the client; raises `Away` when it fails, and at once while it is away."""

    def close(self) -> None: ...


class Facts:
    """Small facts of this process with the moment they end."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, key: str) -> tuple[float, Any] | None:
        found = self._kept.get(key)
        return found if found and found[0] > time.monotonic() else None

    def put(self, key: str, value: Any, seconds: float) -> None:
        if len(self._kept) >= MOST_FACTS:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + seconds, value)

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)


def init_redis(app: Flask, config: Config) -> None:
    app.extensions["civic_facts"] = Facts()
    app.extensions["civic_redis"] = None
    if not config.redis_url:
        return
    try:  # its driver is large, and a house without Redis needs none of it
        kind: Callable[[str], Store] = resolve_name("civic.core.redis_store:RedisStore")
    except ImportError as error:
        raise ConfigError(
            "CIVIC_REDIS_URL is set, but the driver is missing: civic[redis]."
        ) from error
    app.extensions["civic_redis"] = kind(config.redis_url)


def store() -> Store | None:
    """The Redis of this house, if it has one."""
    found: Store | None = current_app.extensions["civic_redis"]
    return found


def remember(key: str, seconds: float | Callable[[Any], float], make: Callable[[], Any]) -> Any:
    """What `make` gives, at most so many seconds old (a value may say how many; 0: it is not
    kept). It must be plain JSON, and small.

    Whoever changes what it is made of calls `forget(key)` in the same command. Without Redis each
    process has its own memory, which another process cannot clear: so choose few seconds. A person
    who has just written gets it made afresh, for a memory may be older than what they wrote.
    """
    if has_written():
        return make()
    server = store()
    if server is not None:
        with suppress(Away):
            return _shared(server, key, seconds, make)
    found = _facts().get(key)
    if found is not None:
        return found[1]
    value = make()
    _facts().put(key, value, _kept_for(seconds, value))
    return value


def _kept_for(seconds: float | Callable[[Any], float], value: Any) -> float:
    return seconds(value) if callable(seconds) else seconds


def forget(key: str) -> None:
    """Called by a command that changes the fact: nobody is given the old one after its commit.

    A new round begins, so that a value which somebody is making from the old state right now is
    not believed either.
    """
    facts, server = _facts(), store()

    def clear() -> None:
        facts.drop(key)
        if server is not None:
            try:
                server.call(lambda client: client.incr(PREFIX + ROUNDS + key))
            except Away:
                log.warning("a fact stays until its time is over", fact=key)

    after_commit(clear)


def _shared(
    server: Store, key: str, seconds: float | Callable[[Any], float], make: Callable[[], Any]
) -> Any:
    names = [PREFIX + ROUNDS + key, PREFIX + FACTS + key]
    this_round, kept = server.call(lambda client: client.mget(names))
    found = _read(kept)
    if found is not None and found[0] == (this_round or "0"):
        return found[1]
    value = make()
    text = json.dumps([this_round or "0", value])
    life = _kept_for(seconds, value)
    if not life:
        return value
    try:
        server.call(lambda client: client.set(names[1], text, px=max(int(life * 1000), 1)))
    except Away:  # it still tells and takes nothing more: it is full
        _facts().put(key, value, life)
    return value


def _facts() -> Facts:
    found: Facts = current_app.extensions["civic_facts"]
    return found


def _read(kept: str | None) -> list[Any] | None:
    """Round and value; None where nothing, or nothing of ours, is kept."""
    try:
        found = json.loads(kept or "null")
    except ValueError:
        return None
    return found if isinstance(found, list) and len(found) == 2 else None
