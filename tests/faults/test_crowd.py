"""F11, F12: a thousand slow visitors, and ten thousand at once, before nginx as in operation."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from tests.faults.front import BEHIND, front
from tests.faults.load import Answers, readers
from tests.faults.machine import program, until
from tests.faults.report import counted, milliseconds
from tests.faults.site import ask

pytestmark = pytest.mark.faults

#: slowhttptest's ways to be slow: headers, bodies, reading.
WAYS = {
    "headers": ["-H", "-c", "1000"],
    "bodies": ["-B", "-c", "1000"],
    "reading": ["-X", "-c", "200", "-w", "1", "-y", "8"],
}
SECONDS = 8
#: In one second this many knock at most, so that this machine's own end is not what refuses.
AT_ONCE = (2000, 9000)


def under_slow_visitors(port: int, way: str) -> Answers:
    """What others are answered while slow visitors hold their lines."""
    options = f"-r 500 -i 3 -l {SECONDS} -p 2 -u http://127.0.0.1:{port}/ideen".split()
    command = [program("slowhttptest"), *WAYS[way], *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as slow:
        threading.Event().wait(2.5)  # until they are all there
        with readers(port, ["/ideen"], number=2) as answers:
            threading.Event().wait(SECONDS - 4)
        slow.kill()
    return answers


@pytest.mark.parametrize("way", WAYS)
def test_f11_slow_visitors(sqlite_site, report, way):
    sqlite_site.env.update(BEHIND)
    with sqlite_site.served(), front(sqlite_site) as door:
        ask(door.port, "/ideen")
        answers = under_slow_visitors(door.port, way)
    report.note(
        "F11", f"{WAYS[way][2]} visitors with slow {way}", "others 100 % 200, p99 small",
        f"{answers}; p99 {milliseconds(answers.percentile(99))}",
    )  # fmt: skip
    assert set(answers.statuses) == {200}
    assert answers.percentile(99) < 1.0


def test_f11_control_without_nginx(sqlite_site, report):
    with sqlite_site.served() as server:
        answers = Answers()
        options = (
            f"-H -c 1000 -r 500 -i 3 -l {SECONDS} -p 2 -u http://127.0.0.1:{sqlite_site.port}/ideen"
        )
        with subprocess.Popen(
            [program("slowhttptest"), *options.split()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as slow:
            threading.Event().wait(2.5)
            for _ in range(4):
                began = time.monotonic()
                answers.note(began, ask(sqlite_site.port, "/ideen", seconds=1.0)[0])
            slow.kill()
        server.kill()
    report.note(
        "F11", "Control: gunicorn alone, slow headers", "found: no answer within 1 s",
        str(answers),
    )  # fmt: skip
    assert answers.statuses[0]


async def knock(port: int, host: bytes, gate: asyncio.Semaphore, n: int) -> int:
    """One visitor with a connection and, like most, a network of their own.

    0: hung up without an answer.
    """
    writer = None
    try:
        async with gate:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(f"127.0.{n // 250 + 1}.{n % 250 + 1}", 0)
            )
        writer.write(b"GET /ideen HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        said = await asyncio.wait_for(reader.read(64), 30)
        await asyncio.wait_for(reader.read(), 30)
        return int(said.split()[1]) if said else 0
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def crowd(port: int, number: int) -> Counter[int]:
    gate = asyncio.Semaphore(1500)
    host = f"127.0.0.1:{port}".encode()
    return Counter(await asyncio.gather(*(knock(port, host, gate, n) for n in range(number))))


def test_f12_bursts(sqlite_site, report):
    sqlite_site.env.update(BEHIND)
    seen: dict[int, tuple[Counter[int], float, float]] = {}
    with sqlite_site.served() as server, front(sqlite_site) as door:
        ask(door.port, "/ideen")
        for number in AT_ONCE:
            began = time.monotonic()
            statuses = asyncio.run(crowd(door.port, number))
            took = time.monotonic() - began
            back = until(lambda: ask(door.port, "/ideen")[0] == 200, 10)
            seen[number] = statuses, took, back
        assert server.process.poll() is None
    for number, (statuses, took, back) in seen.items():
        report.note(
            "F12", f"{number} connections at once",
            "100 % 200" if number <= 2000 else "200, 429 or 503, nothing else; normal again ≤ 5 s",
            f"{counted(statuses)} in {took:.1f} s; normal after {milliseconds(back)}",
        )  # fmt: skip
    assert set(seen[2000][0]) == {200}
    assert set(seen[9000][0]) <= {200, 429, 503}
    assert all(back <= 5 for _, _, back in seen.values())


def test_f12_control_gunicorn_alone(sqlite_site, report):
    with sqlite_site.served():
        began = time.monotonic()
        statuses = asyncio.run(crowd(sqlite_site.port, 2000))
        took = time.monotonic() - began
    report.note(
        "F12", "Control: 2000 connections to gunicorn alone", "found: slower, or without an answer",
        f"{counted(statuses)} in {took:.1f} s",
    )  # fmt: skip
    assert statuses[0] or took > 2
