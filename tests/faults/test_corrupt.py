"""F30: a damaged cookie, header or key makes somebody a stranger, and never a fault of ours."""

from __future__ import annotations

import secrets

import pytest
from itsdangerous import URLSafeTimedSerializer

from tests.faults.ledger import recruit
from tests.faults.load import Answers, timed
from tests.faults.report import counted
from tests.faults.requests import send
from tests.faults.site import COOKIE, KEY, Site, Visitor, ask

pytestmark = pytest.mark.faults

NEW_KEY = "Zt3-mWq8LfRk7vYc2NhJx5sB0aDgPe9uTi4oQzVw1Xy"


def signed(site: Site, content: object) -> str:
    """A cookie with a true signature and odd contents."""
    signer = site.app.session_interface.get_signing_serializer(site.app)
    assert signer is not None
    return f"{COOKIE}={signer.dumps(content)}"


def damaged(site: Site, cookie: str) -> list[str]:
    """The cookie of somebody who is signed in, spoilt in every way we know.

    With a true signature only what an older version could have written: a mapping with odd values.
    """
    name, _, value = cookie.partition("=")
    body, _, signature = value.rpartition(".")
    foreign = URLSafeTimedSerializer(secrets.token_hex(20), salt="cookie-session").dumps(
        {"sid": "x"}
    )
    spoilt = [
        value[:-1], value[1:], value[: len(value) // 2], value + "x", value.swapcase(), "", ".",
        "...",
        f"{body}.{signature[::-1]}", f".{body}", value * 40, "\x7f" * 20, "%00", str(foreign),
    ]  # fmt: skip
    odd = [{"sid": word} for word in (1, None, [], {}, "", "x", "\x00", "\ud800", "x" * 3000)]
    odd += [{"csrf_token": word} for word in (1, None, [], "")] + [
        {"language": "xx"},
        {"language": 7},
    ]
    wrong = [signed(site, content) for content in (*odd, [])]
    return [f"{name}={value}" for value in spoilt] + wrong


HEADERS = [
    {"If-None-Match": value} for value in ('W/"', '"', "*", "x" * 5000, '"\xff"', ",,,", 'W/"a", "')
] + [{"If-Modified-Since": value} for value in ("junk", "Thu, 99 Foo 2026", "0", "")]


def test_f30_damaged_cookies_and_headers(site, report):
    with site.app.app_context():
        person = recruit(site, 1)[0].visitor
    seen, inside = Answers(), 0
    with site.served():
        assert ask(site.port, "/konto", {"Cookie": person.cookie})[0] == 200
        for cookie in damaged(site, person.cookie):
            for path in ("/konto", "/ideen"):
                status, _ = timed(
                    site.port, path, {"Cookie": cookie.encode("utf-8", "replace").decode("latin-1")}
                )
                seen.statuses[status] += 1
                inside += path == "/konto" and status == 200
        for header in HEADERS:
            seen.statuses[timed(site.port, "/ideen", header)[0]] += 1
        control = ask(site.port, "/konto", {"Cookie": person.cookie})[0]
    report.note(
        "F30", f"{site.kind}: damaged cookies and conditional headers", "no 5xx, nobody signed in",
        f"{counted(seen.statuses)}; {inside} signed in",
    )  # fmt: skip
    report.note(
        "F30", f"Control, {site.kind}: the undamaged cookie", "found: signed in", f"{control}"
    )
    assert not [status for status in seen.statuses if status >= 500 or status == 0]
    assert inside == 0
    assert control == 200


def test_f30_new_key_with_the_old_one_known(sqlite_site, report):
    """A new key puts nobody out as long as the old one is believed; without it everybody is."""
    site = sqlite_site
    with site.app.app_context():
        person = recruit(site, 1)[0].visitor
    kept = {"CIVIC_SECRET_KEY": NEW_KEY, "CIVIC_SECRET_KEYS_OLD": KEY}
    with site.served(env=kept):
        after = ask(site.port, "/konto", {"Cookie": person.cookie})[0]
        form = send(site.port, "/abmelden", Visitor(person.cookie, person.token), {})[0]
    with site.served(env={"CIVIC_SECRET_KEY": NEW_KEY}):
        without = ask(site.port, "/konto", {"Cookie": person.cookie})[0]
    report.note(
        "F30", "New secret key, the old one still believed", "signed in, open forms work",
        f"/konto {after}, form {form}",
    )  # fmt: skip
    report.note(
        "F30", "Control: new key without the old one", "found: signed out", f"/konto {without}"
    )
    assert (after, form) == (200, 303)
    assert without == 302
