"""What belongs to one browser, and whether another one got it."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from http.client import HTTPConnection

#: A form token in a page: the part before the first dot is the browser's secret.
TOKEN = re.compile(
    r"(?:csrf_token\"[^>]*value=\"|X-CSRFToken&?#?\w*;?\"?: ?&?#?\w*;?\"?)([\w-]{20,})\."
)
#: The contents of a session's cookie, as far as it is not compressed.
SESSION = re.compile(r"(?:__Host-)?civic=([\w-]{20,})\.")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def all(self) -> str:
        """Headers and body, as they came."""
        return "\n".join([*(f"{k}: {v}" for k, v in self.headers.items()), self.text])


@dataclass
class Reader:
    """A browser: whose it is, and the words that nobody else may read."""

    name: str
    cookie: str = ""
    secrets: set[str] = field(default_factory=set)

    def ask(self, port: int, path: str, **headers: str) -> Answer:
        """Fetch a page; what the house gives to this browser alone is noted as its secret."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            sent["Cookie"] = self.cookie
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", path, headers=sent)
            got = connection.getresponse()
            text = got.read().decode("utf-8", "replace")
        finally:
            connection.close()
        return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, text)


@dataclass
class Watch:
    """All answers so far; `leaked` counts the bytes that came to the wrong browser."""

    readers: list[Reader]
    found: list[str] = field(default_factory=list)
    leaked: int = 0
    answers: int = 0
    _given: dict[str, str] = field(default_factory=dict)

    def look(self, reader: Reader, path: str, answer: Answer) -> None:
        """Hold an answer against the secrets of all others."""
        self.answers += 1
        said = answer.all
        foreign = {s for other in self.readers if other is not reader for s in other.secrets}
        for secret in foreign:
            self._count(reader, path, secret, said.count(secret))
        for secret in {*TOKEN.findall(said), *sessions_in(said)}:
            owner = self._given.setdefault(secret, reader.name)
            if owner != reader.name and secret not in foreign:
                self._count(reader, path, secret, said.count(secret))

    def _count(self, reader: Reader, path: str, secret: str, times: int) -> None:
        if times:
            self.leaked += times * len(secret.encode())
            self.found.append(f"{path}: {reader.name} got {secret[:24]!r} of somebody else")


def sessions_in(said: str) -> list[str]:
    """Cookies that hold more than a message: two strangers are told "please sign in" alike."""
    return [
        found
        for found in SESSION.findall(said)
        if set(json.loads(urlsafe_b64decode(found + "=" * (-len(found) % 4)))) - {"_flashes"}
    ]
