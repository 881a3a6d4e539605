"""A browser without a window, before nginx: cookies, forms with their token, redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

FORM_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PASSWORD = "zukunft-machen-2026"


@dataclass
class Shown:
    status: int
    location: str
    text: str


@dataclass
class Visitor:
    """One person at one address."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Shown:
        return self._ask("GET", path)

    def post(self, path: str, form_at: str, **fields: str) -> Shown:
        """Send the form with the token that the page at `form_at` carries."""
        found = FORM_TOKEN.search(self.get(form_at).text)
        assert found, f"{form_at} has no form"
        return self._ask("POST", path, urlencode(fields | {"csrf_token": found[1]}))

    def sign_in(self, email: str) -> None:
        answer = self.post("/anmelden", "/anmelden", email=email, password=PASSWORD)
        assert answer.status == 303, answer.status

    def _ask(self, method: str, path: str, body: str | None = None) -> Shown:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self._keep(answer.headers.get_all("Set-Cookie") or [])
        return Shown(answer.status, answer.headers.get("Location", ""), text)

    def _keep(self, given: list[str]) -> None:
        for line in given:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
