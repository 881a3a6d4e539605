"""F20: asked to end in the midst of an upload, the server finishes it or refuses it, whole."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time

import pytest

from civic.core.db import db
from tests.faults.ledger import halves, recruit, rows
from tests.faults.report import milliseconds
from tests.faults.requests import request_of, status_of
from tests.faults.site import Site
from tests.make import BODY, make_municipality, make_topic

pytestmark = pytest.mark.faults

PIECES = 40
GRACE = 30.0
TITLE = "Bank, die sich Zeit lässt"


def uploaded(site: Site, end: signal.Signals) -> tuple[int, float, int]:
    """Send an idea over four seconds and the signal in the middle: status, seconds, ideas kept."""
    with site.app.app_context():
        form = {"municipality": make_municipality().slug, "topics": make_topic().slug}
        person = recruit(site, 1)[0].visitor
        db.session.remove()
    whole = request_of(site, "/ideen/neu", person, title=TITLE, body=BODY, **form)
    step = len(whole) // PIECES + 1
    pause = threading.Event()
    with site.served() as server, socket.create_connection(("127.0.0.1", site.port), 20) as line:
        for n in range(0, len(whole), step):
            if n // step == PIECES // 2:
                began = time.monotonic()
                if end is signal.SIGKILL:
                    os.killpg(server.process.pid, end)
                else:
                    server.process.send_signal(end)
            try:
                line.sendall(whole[n : n + step])
            except OSError:
                break
            pause.wait(0.1)
        try:
            status = status_of(line)
        except (OSError, AssertionError):
            status = 0
        server.process.wait(GRACE + 5)
        took = time.monotonic() - began
    with site.app.app_context():
        kept = len(rows("SELECT id FROM contribution WHERE kind = 'idea'"))
        assert halves() == []
        db.session.remove()
    return status, took, kept


def test_f20_sigterm_during_an_upload(site, report):
    status, took, kept = uploaded(site, signal.SIGTERM)
    report.note(
        "F20", f"{site.kind}: SIGTERM during an upload of 4 s",
        f"finished, or refused and nothing kept; ended ≤ {GRACE:.0f} s",
        f"status {status}, {kept} kept, ended after {milliseconds(took)}",
    )  # fmt: skip
    assert (status, kept) in {(303, 1), (503, 0), (0, 0)}
    assert took <= GRACE


def test_f20_control_sigkill(sqlite_site, report):
    status, _, kept = uploaded(sqlite_site, signal.SIGKILL)
    report.note(
        "F20", "Control: SIGKILL during an upload", "found: cut off, nothing kept",
        f"status {status}, {kept} kept",
    )  # fmt: skip
    assert (status, kept) == (0, 0)
