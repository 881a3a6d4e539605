"""F9: Redis dead, hung, full or emptied costs a moment, never a fault and never a limit."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis, RedisError

from tests.faults.ledger import recruit
from tests.faults.load import Answers
from tests.faults.machine import answers, free_port, program, running, until
from tests.faults.report import milliseconds
from tests.faults.requests import send
from tests.faults.site import Site, ask

pytestmark = pytest.mark.faults

LONGEST = 0.3
TRIES = 14
ALLOWED = 10


@contextmanager
def redis_server(folder) -> Iterator[tuple[int, int]]:
    """Port and process of a Redis without a disk."""
    port = free_port()
    words = f"--port {port} --bind 127.0.0.1 --appendonly no --dir {folder}".split()
    command = [program("redis-server"), *words, "--save", ""]
    with running(command, folder / "redis.log") as process:
        until(lambda: answers(port), 10)
        yield port, process.pid


def pages(site: Site, cookie: str, rounds: int = 6) -> Answers:
    """Pages as a stranger and as a member: each must be as quick as with Redis, or nearly."""
    seen = Answers()
    for _ in range(rounds):
        for path, headers in (("/ideen", {}), ("/konto", {"Cookie": cookie}), ("/", {})):
            began = time.monotonic()
            seen.note(began, ask(site.port, path, headers)[0])
    return seen


def guesses(site: Site, name: str) -> list[int]:
    """So many wrong passwords for one address; a limit must stop them."""
    person = site.visitor()
    form = {
        "email": f"{name}@example.org",
        "password": "falsch falsch falsch",
        "csrf_token": person.token,
    }
    return [send(site.port, "/anmelden", person, form)[0] for _ in range(TRIES)]


def fill(port: int) -> None:
    client = Redis(port=port)
    client.config_set("maxmemory", "1mb")
    client.config_set("maxmemory-policy", "noeviction")
    client.close()


def empty(port: int) -> None:
    client = Redis(port=port)
    client.flushall()
    client.close()


@pytest.mark.parametrize("damage", ["killed", "hung", "full", "emptied"])
def test_f9_redis(postgres_site, tmp_path, report, damage):
    site = postgres_site
    with redis_server(tmp_path) as (port, pid):
        site.env["CIVIC_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        with site.app.app_context():
            person = recruit(site, 1)[0]
        with site.served():
            before = pages(site, person.visitor.cookie)
            assert Redis(port=port).ping()
            {
                "killed": lambda: os.kill(pid, signal.SIGKILL),
                "hung": lambda: os.kill(pid, signal.SIGSTOP),
                "full": lambda: fill(port),
                "emptied": lambda: empty(port),
            }[damage]()
            after = pages(site, person.visitor.cookie)
            tried = guesses(site, damage)
            voted = send(
                site.port, "/abmelden", person.visitor, {"csrf_token": person.visitor.token}
            )[0]
    slower = max(after.times) - min(before.times)
    passed = len([status for status in tried if status != 429])
    report.note(
        "F9",
        f"Redis {damage}",
        f"pages ≤ {milliseconds(LONGEST)} slower, no 5xx, sessions stay, ≤ {ALLOWED} guesses",
        f"{after}; ≤ {milliseconds(max(0, slower))} slower; {passed} of {TRIES} guesses",
    )
    assert set(after.statuses) == {200}
    assert passed <= ALLOWED
    assert voted == 303
    assert after.percentile(95) - before.percentile(50) <= LONGEST + 0.3


def test_f9_control_a_driver_as_it_comes(tmp_path, report):
    """What a call costs with redis-py's own retries once the server is gone."""
    port = free_port()
    began = time.monotonic()
    client = Redis(port=port)
    with pytest.raises(RedisError):
        client.get("x")
    client.close()
    took = time.monotonic() - began
    report.note(
        "F9", "Control: the driver with its own retries", f"found: > {milliseconds(LONGEST)}",
        milliseconds(took),
    )  # fmt: skip
    assert took > LONGEST
