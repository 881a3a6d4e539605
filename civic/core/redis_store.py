"""The way to a Redis server; loaded only where `CIVIC_REDIS_URL` names one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from civic.core import metrics
from civic.core.logs import log
from civic.core.redis import Away

#: Seconds for each answer, and for which nobody asks after a failure.
PATIENCE = 0.2
PAUSE = 10.0


class RedisStore:
    """A bounded way to one Redis server; safe for threads and after a fork."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
            decode_responses=True,
        )
        self._asks_again_at = 0.0
        self._guard = threading.Lock()

    def call(self, act: Callable[[Any], Any]) -> Any:
        """Do this with the client; raises `Away` when it fails, and at once while it is away."""
        self._knock()
        try:
            found = act(self._client)
        except (RedisError, OSError, ValueError) as fault:
            self._asks_again_at = time.monotonic() + PAUSE
            metrics.count(metrics.redis_errors, type(fault).__name__)
            log.warning("redis failed", error=type(fault).__name__)
            raise Away from fault
        self._asks_again_at = 0.0
        return found

    def close(self) -> None:
        self._client.close()

    def _knock(self) -> None:
        """After the pause one caller tries; the others are turned away until it has succeeded."""
        if not self._asks_again_at:
            return
        with self._guard:
            now = time.monotonic()
            if now < self._asks_again_at:
                raise Away
            self._asks_again_at = now + PATIENCE * 2
