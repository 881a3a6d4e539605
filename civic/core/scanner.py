"""The virus scanner: clamd, asked over its own line (INSTREAM), where `CIVIC_CLAMD_URL` names one.

What it does not answer for is not taken: a file that nobody looked at would be worse than none.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from urllib.parse import urlsplit

from flask import current_app

from civic.config import Config
from civic.core.errors import Unavailable
from civic.core.language import N_
from civic.core.logs import log

#: Seconds for the way to it, and for its whole answer.
CONNECT, PATIENCE = 3.0, 20.0
CHUNK = 2**16
#: Its answers are one short line.
LONGEST_ANSWER = 4096


class ScannerAway(Unavailable):
    """It gives no answer, or none that says whether the file is clean."""

    def __init__(self, field: str | None = None) -> None:
        super().__init__(
            N_("The virus scanner does not answer, so the file was not saved. Please try later."),
            field,
        )


def address() -> str:
    """Where the scanner of this house listens; empty where it has none."""
    config: Config = current_app.extensions["civic_config"]
    return config.clamd_url


def found_in(data: bytes, url: str, field: str | None = None) -> str:
    """The name of what the scanner found in these bytes; empty when they are clean.

    url: `tcp://host:port` or `unix:///path`. Raises `ScannerAway`.
    """
    try:
        answer = _ask(data, url)
    except OSError as fault:
        log.error("virus scanner failed", error=type(fault).__name__)
        raise ScannerAway(field) from fault
    if answer == "stream: OK":
        return ""
    if named := re.fullmatch(r"stream: (\S.*) FOUND", answer):
        log.warning("infected file refused", found=named[1][:100])
        return named[1][:100]
    log.error("virus scanner answers oddly", answer=answer[:100])
    raise ScannerAway(field)


def _ask(data: bytes, url: str) -> str:
    """INSTREAM of clamd(8): chunks, each with its length, an empty one at the end; one answer."""
    until = time.monotonic() + PATIENCE
    with _line_to(url) as line:
        line.settimeout(PATIENCE)
        line.sendall(b"zINSTREAM\0")
        for begin in range(0, len(data), CHUNK):
            part = data[begin : begin + CHUNK]
            line.sendall(struct.pack("!I", len(part)) + part)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            line.settimeout(max(until - time.monotonic(), 0.001))
            more = line.recv(LONGEST_ANSWER)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _line_to(url: str) -> socket.socket:
    target = urlsplit(url)
    if target.scheme == "tcp":
        return socket.create_connection((target.hostname, target.port), timeout=CONNECT)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(CONNECT)
        line.connect(target.path)
    except OSError:
        line.close()
        raise
    return line
