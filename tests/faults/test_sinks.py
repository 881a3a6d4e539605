"""F29: nobody reads the log any more, and requests go on."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.load import readers
from tests.faults.machine import until
from tests.faults.report import milliseconds
from tests.faults.site import ROOT, Site, ask, environment

pytestmark = pytest.mark.faults

PIPE = 4096
REQUESTS = 200
LINE = """
import sys
sys.stderr.write("x" * 10_000)
sys.stderr.flush()
"""


@contextmanager
def stopped_pipe() -> Iterator[int]:
    """The end to write to of a small pipe that nobody reads."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE)
    try:
        yield writer
    finally:
        os.close(reader)
        os.close(writer)


def test_f29_log_that_nobody_reads(sqlite_site, report):
    site: Site = sqlite_site
    with stopped_pipe() as pipe, site.served(output=pipe) as server:
        with readers(site.port, ["/ideen", "/"], number=4, pause=0.0) as answers:
            until(lambda: sum(answers.statuses.values()) >= REQUESTS, 60)
        assert server.process.poll() is None
        assert ask(site.port, "/healthz")[0] == 200
    report.note(
        "F29", "Standard error is a pipe that is full and not read", f"{REQUESTS} pages, all 200",
        str(answers),
    )  # fmt: skip
    assert set(answers.statuses) == {200}


def test_f29_control_a_program_that_writes_on(sqlite_site, report):
    with stopped_pipe() as pipe:
        command = [sys.executable, "-c", LINE]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(sqlite_site), stderr=pipe)
        try:
            process.wait(2)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
            process.kill()
            process.wait()
    report.note(
        "F29", "Control: a program that writes to that pipe as usual", "found: it stands still",
        "ended" if ended else f"stood still for {milliseconds(2)}",
    )  # fmt: skip
    assert not ended
