"""Single requests as a browser would send them, and many at the same moment."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from tests.faults.site import Site, Visitor

FORM = "application/x-www-form-urlencoded"


def send(
    port: int, path: str, person: Visitor, form: Mapping[str, str], seconds: float = 20
) -> tuple[int, str]:
    """Post a form; the status and where it leads. Status 0: nobody answered."""
    connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        headers = {"Cookie": person.cookie, "Content-Type": FORM}
        connection.request("POST", path, urlencode({"csrf_token": person.token, **form}), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Location"] or ""
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def request_of(site: Site, url: str, person: Visitor, **form: str) -> bytes:
    """A whole request as it goes over the line."""
    body = urlencode({"csrf_token": person.token, **form}).encode()
    head = [
        f"POST {url} HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        f"Cookie: {person.cookie}",
        f"Content-Type: {FORM}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def all_at_once(site: Site, requests: Sequence[bytes], *, sources: bool = False) -> list[int]:
    """Send all but their last byte, then the last bytes together; their statuses.

    With `sources` each comes from an address of its own.
    """
    with ExitStack() as stack:
        lines = []
        for n, request in enumerate(requests):
            source = (f"127.0.1.{n + 1}", 0) if sources else None
            line = stack.enter_context(
                socket.create_connection(("127.0.0.1", site.port), 30, source_address=source)
            )
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(request[:-1])
            lines.append(line)
        for line, request in zip(lines, requests, strict=True):
            line.sendall(request[-1:])
        return [status_of(line) for line in lines]


def status_of(line: socket.socket) -> int:
    said = b""
    while b"\r\n" not in said:
        part = line.recv(65536)
        assert part, "hung up without an answer"
        said += part
    return int(said.split()[1])
