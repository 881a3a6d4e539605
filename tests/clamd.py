"""A virus scanner for tests: speaks INSTREAM over a real socket and knows one virus."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Not written in one piece, or the scanner of this machine would eat the file.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner:
    """Answers one question after the other. `answer` replaces what it would say."""

    def __init__(self, line: socket.socket, answer: bytes | None) -> None:
        self.seen: list[bytes] = []
        self._line, self._answer = line, answer

    def work(self) -> None:
        with suppress(OSError):  # the line is closed at the end of the test
            while True:
                talk, _ = self._line.accept()
                with talk, suppress(OSError):
                    self._talk(talk)

    def _talk(self, talk: socket.socket) -> None:
        with talk.makefile("rb") as reader:
            if reader.read(10) != b"zINSTREAM\0":
                return
            data = b""
            while size := struct.unpack("!I", reader.read(4))[0]:
                data += reader.read(size)
        self.seen.append(data)
        clean = b"stream: Eicar-Signature FOUND" if EICAR.encode() in data else b"stream: OK"
        if self._answer != b"silence":
            talk.sendall((clean if self._answer is None else self._answer) + b"\0")
        else:
            threading.Event().wait(1)


@contextmanager
def scanner(path: Path | None = None, answer: bytes | None = None) -> Iterator[tuple[str, Scanner]]:
    """Its address and itself; on a port of this machine, or on a socket at this path."""
    line = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.bind(str(path) if path else ("127.0.0.1", 0))
        line.listen(8)
        found = Scanner(line, answer)
        thread = threading.Thread(target=found.work, daemon=True)
        thread.start()
        yield (f"unix://{path}" if path else f"tcp://127.0.0.1:{line.getsockname()[1]}"), found
    finally:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()
