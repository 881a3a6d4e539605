"""nginx as in operation, in front of one or two web instances."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.cluster.nginx import command, lay_out
from tests.faults.machine import answers, free_port, running, until
from tests.faults.site import Site

#: What the house is told when nginx stands before it.
BEHIND = {"CIVIC_TRUSTED_PROXIES": "1"}


@dataclass(frozen=True)
class Front:
    """The port that visitors use, and the first process of nginx."""

    port: int
    pid: int


@contextmanager
def front(site: Site, *upstreams: str, changes: dict[str, str] | None = None) -> Iterator[Front]:
    """nginx before the site, or before other instances. `changes`: words of its files to replace,
    "file: old words" -> new words; a control takes a safeguard away with it.
    """
    port = free_port()
    main = lay_out(site.folder / "front", port, upstreams or [f"127.0.0.1:{site.port}"])
    for where, new in (changes or {}).items():
        name, _, old = where.partition(": ")
        path = main.parent / "civic" / name
        text = path.read_text()
        assert old in text, f"{name} has no '{old}' any more"
        path.write_text(text.replace(old, new))
    with running(command(main), site.folder / "nginx.log") as process:
        until(lambda: answers(port), 10)
        yield Front(port, process.pid)
