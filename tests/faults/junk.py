"""Requests that no honest browser sends, drawn by hypothesis: the same ones in every run."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlencode

from hypothesis import strategies as st
from werkzeug.routing import Rule

PARAMETER = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
FORM = "application/x-www-form-urlencoded"


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


WORDS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202e",
    "\u200b",
    "😀" * 50,
    "ä" * 3000,
    "-1",
    "0",
    "00",
    "+1",
    "1.5",
    "1e999",
    "NaN",
    "Infinity",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775808",
    "9" * 30,
    "9" * 5000,
    "٣٤",
    "²",
    "１２",
    "0x10",
    "1_000",
    "true",
    "None",
    "null",
    "[]",
    "{}",
    "[[[[",
    '{"a":',
    "'",
    '"',
    "' OR 1=1 --",
    '"; DROP TABLE user; --',
    "\\",
    "%",
    "%s",
    "%(x)s",
    "{0}",
    "{{7*7}}",
    "{% raw %}",
    "${x}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "//evil.example",
    "http://[",
    "javascript:alert(1)",
    "\r\nSet-Cookie: a=b",
    "\n",
    "\t",
    "\x7f",
    "\x1b[2J",
    "x" * 70_000,
    "0000-00-00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01",
    "31.02.2026",
    "24:61",
    "a@b@c",
    "@",
    "a@" + "b." * 90,
    "*",
    '"*"',
    "NEAR(",
    "a OR",
    "AND",
    "^",
    "title:",
    "( )",
    "*a " * 2000,
    "[" * 3000,
    "`" * 3000,
    "|-\n" * 1500,
    "newest",
    "open",
    "zufall",
    "keep",
    "erase",
    "hide",
    "y",
    "de",
    "en",
    "xx",
    "impressum",
    "lindfurt",
    cursor("n", "2026-01-01T00:00:00+00:00", 1),
    cursor("p", "0001-01-01T00:00:00+14:00", 2**62),
    cursor("n", 10**400, 1),
    cursor("n", 1.5, 2**31),
    cursor("n", "x", "y"),
    cursor([], {}),
    cursor("p", -1, 0),
]
PARAMETERS = (
    "q kommune thema status sortierung nach los seite sprache next title grund eigene gemerkt "
    "id slug token endpoint _external _anchor _scheme _method self values csrf_token page"
).split()
KINDS = [
    FORM,
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\xe4",
    "application/json",
    "text/plain",
    "application/xml",
    "",
    f"{FORM}; charset=utf-7",
    f"{FORM}; charset=",
    "x",
    "/",
    ";;;",
    "a" * 3000,
]
PART = b"--x\r\nContent-Disposition: form-data; "
BODIES = [
    b"",
    b"\x00",
    b"a",
    b"=",
    b"&&&&",
    b"%",
    b"%zz=%zz",
    b"a=%ff",
    b"\xff\xfe\xfd",
    b"a=b" * 3000,
    b"{",
    b"[" * 10_000,
    b"--x",
    b"--x\r\n\r\n\r\n",
    b"--x--",
    b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
    PART + b'name="body"\r\n\r\na\x00b\r\n--x--\r\n',
    PART + b'name="body"; filename="a\x00"\r\n\r\nb\r\n--x--\r\n',
    PART + b'name="\xff"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n\xff\r\n--x--\r\n',
    PART + b'name="a"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+AAA-\r\n--x--\r\n',
    (PART + b'name="a"\r\n\r\n') * 300,
    b"&".join(b"a%d=b" % n for n in range(3000)),
    b"body=" + b"x" * 1_000_000,
    b"x" * 2_000_000,
]
HEADERS = [
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"Referer": "http://["},
    {"HX-Request": "true", "HX-Boosted": "true"},
    {"HX-Request": "true", "HX-Target": "\xff"},
    {"HX-Request": "true", "HX-Current-URL": "javascript:alert(1)"},
    {"Referer": "//evil.example\\x"},
    {"Accept-Encoding": "gzip;q=x, br;q=nan, *;q=-1"},
    {"Accept-Encoding": "\xff"},
    {"Accept": "\x00"},
    {"If-None-Match": 'W/"'},
    {"If-Modified-Since": "junk"},
    {"Range": "bytes=5-2"},
    {"If-Range": "x"},
    {"Origin": "http://["},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "\xff"},
    {"User-Agent": "\xff" * 500},
    {"X-Request-ID": "\r\n"},
    {"X-Forwarded-For": "x, y"},
    {"X-Forwarded-Host": "["},
    {"Content-Length": "-1"},
    {"Content-Length": "9" * 40},
    {"Transfer-Encoding": "chunked"},
    {"Expect": "100-continue"},
    {"Accept-Language": "\xff"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Host": "["},
    {"Host": ""},
    {"Host": "evil.example"},
    {"Host": "localhost:x"},
    {f"X-Header-{n}": "x" for n in range(300)},
    {"Cookie": "civic=x; civic_language=\xff; =; ;"},
    {"Cookie": "x" * 9000},
]


@dataclass
class Junk:
    """One malformed request; `fields` go into a form with a good token unless `body` is given."""

    method: str
    path: str
    query: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None
    kind: str = FORM
    headers: dict[str, str] = field(default_factory=dict)

    def environ(self, cookie: str, token: str) -> dict[str, Any]:
        """What a WSGI server would hand over."""
        pairs = [(encoded(name), encoded(value)) for name, value in self.fields]
        form = urlencode([("csrf_token", token)]) + "".join(f"&{n}={v}" for n, v in pairs)
        body = form.encode() if self.body is None else self.body
        sent = {"Cookie": cookie, "Host": "localhost"} | self.headers
        if "Cookie" in self.headers:
            sent["Cookie"] = f"{cookie}; {self.headers['Cookie']}"
        names = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in sent}
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
            "QUERY_STRING": self.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.kind,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **{names[name]: value for name, value in sent.items()},
            "CONTENT_LENGTH": sent.get("Content-Length", str(len(body))),
        }

    def __str__(self) -> str:
        shown = [f"{self.method} {self.path}?{self.query}", self.fields, self.body, self.headers]
        return " ".join(str(part)[:300] for part in shown if part)


def encoded(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def word() -> st.SearchStrategy[str]:
    return st.sampled_from(WORDS) | st.text(max_size=30) | st.integers().map(str)


@st.composite
def malformed(draw: st.DrawFn, rule: Rule, address: str, names: list[str]) -> Junk:
    """A request to this rule: its true address or a broken one, and junk wherever it may be."""
    methods = sorted(rule.methods or ()) * 3 + ["PUT", "DELETE", "TRACE", "PROPFIND", "x"]
    parameters = st.lists(st.tuples(st.sampled_from(PARAMETERS) | word(), word()), max_size=5)
    path = address
    if rule.arguments and draw(st.booleans()):
        path = PARAMETER.sub(lambda _: encoded(draw(word())), rule.rule)
    junk = Junk(draw(st.sampled_from(methods)), path)
    junk.query = "&".join(f"{encoded(n)}={encoded(v)}" for n, v in draw(parameters))
    junk.headers = draw(st.sampled_from(HEADERS))
    if junk.method in {"GET", "HEAD", "OPTIONS", "TRACE"}:
        junk.body = b""
    elif draw(st.integers(0, 3)) == 0:
        junk.body, junk.kind = draw(st.sampled_from(BODIES)), draw(st.sampled_from(KINDS))
    else:
        junk.fields = draw(st.lists(st.tuples(st.sampled_from(names), word()), max_size=8))
    return junk


def plain_corpus() -> list[Junk]:
    """What must be tried whatever the dice say."""
    queries = [f"{name}={encoded(value)}" for name in ("nach", "los") for value in WORDS]
    return [
        *(Junk("GET", "/ideen", query) for query in queries),
        *(Junk("POST", "/anmelden", body=body, kind=kind) for body in BODIES for kind in KINDS[:4]),
        *(Junk("GET", "/konto", headers=headers) for headers in HEADERS),
        *(Junk("POST", "/abmelden", headers=headers) for headers in HEADERS),
        Junk("GET", "/" + "a" * 60_000),
        Junk("GET", "/ideen", "q=" + "a" * 60_000),
        Junk("GET", "/ideen", "thema=a&" * 8000),
        Junk("GET", "/%ed%a0%80/%00/%ff"),
        Junk("GET", "//evil.example/%2e%2e/"),
        Junk("OPTIONS", "*"),
        Junk("GET", ""),
    ]  # fmt: skip
