"""Whoever reads the log may be slow, stuck or gone: no request waits for that."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from civic.app import create_app
from civic.core import logs
from civic.core.db import db
from civic.core.logs import Writer, log
from tests.conftest import make_config

Pipe = tuple[int, int]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe of one page that nobody reads: its end to read from and its end to write to."""
    reader, end = os.pipe()
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(reader, False)
    yield reader, end
    for descriptor in (reader, end):
        os.close(descriptor)


@pytest.fixture
def stuck(pipe, monkeypatch) -> Iterator[Writer]:
    """The writer of the house, at that pipe and with a short queue."""
    writer = Writer(pipe[1], longest=50)
    monkeypatch.setattr(logs, "writer", writer)
    monkeypatch.setattr(logs, "sys", as_started(sys.__stderr__))
    yield writer
    empty(writer, pipe)


def as_started(stream: object) -> SimpleNamespace:
    """As `sys` is where nobody put a stream of their own in place of standard error."""
    return SimpleNamespace(stderr=stream, __stderr__=stream, exception=sys.exception)


@pytest.fixture
def house(tmp_path, sqlite_template) -> Iterator[Flask]:
    target = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, target)
    quiet = make_config(f"sqlite:///{target}", tmp_path)
    yield create_app(make_config(f"sqlite:///{target}", tmp_path, testing=False))
    app = create_app(quiet)  # structlog is set up once a process: back to the manner of the tests
    with app.app_context():
        db.engine.dispose()


def take(pipe: Pipe) -> bytes:
    """What lies in the pipe."""
    try:
        return os.read(pipe[0], 65536)
    except BlockingIOError:
        return b""


def empty(writer: Writer, pipe: Pipe) -> bytes:
    """Read until the writer has nothing left."""
    said = b""
    while not writer.drain(0.02):
        said += take(pipe)
    return said + take(pipe)


def test_requests_go_on_when_nobody_takes_the_log(house, stuck):
    client = house.test_client()
    assert {client.get("/healthz").status_code for _ in range(300)} == {200}
    assert stuck.take_dropped() > 100
    assert stuck.take_dropped() == 0


def test_and_lines_are_written_again_when_somebody_reads(house, stuck, pipe):
    for _ in range(100):
        house.test_client().get("/healthz")
    empty(stuck, pipe)
    log.info("the last line")
    assert stuck.drain(5)
    assert b"the last line" in take(pipe)


def test_writing_there_directly_would_wait(pipe):
    """The control: this is what every request would do."""
    thread = threading.Thread(target=os.write, args=(pipe[1], b"x" * 6000), daemon=True)
    thread.start()
    thread.join(timeout=0.5)
    assert thread.is_alive()
    take(pipe)
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_lines_keep_their_order_and_are_whole(pipe):
    writer = Writer(pipe[1])
    lines = [f"{n}:{'ä' * n}\n" for n in range(200)]
    for line in lines:
        writer.put(line)
    said = empty(writer, pipe)
    assert said.decode() == "".join(lines)


def test_a_forked_process_writes_its_own_lines(pipe):
    """gunicorn forks a house that has written already; the thread does not come along."""
    writer = Writer(pipe[1])
    writer.put("parent\n")
    assert writer.drain(5)
    child = os.fork()
    if child == 0:
        writer.start_afresh()  # as register_at_fork does for the writer of the house
        writer.put("child\n")
        os._exit(0 if writer.drain(5) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert take(pipe) == b"parent\nchild\n"


def test_the_end_of_a_process_waits_for_its_last_lines_but_not_for_ever(pipe):
    writer = Writer(pipe[1])
    writer.put("x" * 10_000)
    began = time.monotonic()
    assert writer.drain(0.2) is False
    assert time.monotonic() - began < 2
    empty(writer, pipe)


def test_a_reader_that_is_gone_costs_nothing():
    reader, end = os.pipe()
    os.close(reader)
    writer = Writer(end)
    for _ in range(3):
        writer.put("x\n")
    assert writer.drain(5)
    assert writer.take_dropped() == 3
    os.close(end)


def test_a_house_that_was_started_without_standard_error_says_nothing(house, monkeypatch):
    """Its number may be that of another file by now, a connection to the database even."""
    taken = []
    monkeypatch.setattr(logs.writer, "put", taken.append)
    monkeypatch.setattr(logs, "sys", as_started(None))
    assert house.test_client().get("/healthz").status_code == 200
    assert taken == []
