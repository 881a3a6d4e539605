"""Where a person may be sent back to: a path of this site."""

from __future__ import annotations

from urllib.parse import urlparse

import pytest

from civic.core.redirects import safe_next

FOREIGN = [
    "//evil.de", "///evil.de", "////evil.de", "/\\evil.de", "\\/evil.de", "\\\\evil.de",
    "/\\/evil.de",
    "https://evil.de", "https:evil.de", "https:/evil.de", "http:///evil.de", "HTTPS://evil.de",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "/javascript:alert(1)//\\", "data:text/html,x",
    "vbscript:x", "mailto:a@evil.de", "ftp://evil.de/", "evil.de", "evil.de/path", "?x", "#x",
    ".", "..",
    "\t//evil.de", " //evil.de", "/\t/evil.de", "/\n/evil.de", "/\r\nSet-Cookie: a=b", "/a b",
    "/a\x00b",
    "/\x7f", "/\u00a0\\evil.de", "//[", "http://[", "", None, "/" + "a" * 2000, "/.\\evil.de",
    "///", "//", "\x00/evil", "/x\x1f",
]  # fmt: skip
OWN = [
    "/", "/ideen", "/ideen/7-b%C3%A4nke", "/ideen?q=a&thema=b", "/ideen/7#comment_9", "/a//b",
    "/a/../b",
    "/a:b", "/ideen?next=https://evil.de", "/ä", "/a@b", "/%5Cevil.de", "/?x=//evil.de",
]  # fmt: skip


@pytest.mark.parametrize("target", FOREIGN, ids=ascii)
def test_another_site_is_never_the_aim(target):
    assert safe_next(target, "/konto") == "/konto"


@pytest.mark.parametrize("target", OWN)
def test_a_path_of_this_site_is(target):
    assert safe_next(target, "/konto") == target


@pytest.mark.parametrize("target", [t for t in FOREIGN if t and "\x00" not in t], ids=ascii)
def test_the_browser_is_not_sent_away(browser, target):
    answer = browser.client.get("/sprache/en", query_string={"next": target})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


def test_the_shape_that_many_trust_would_let_some_through():
    """The control: an empty host is what is usually asked for."""
    through = [t for t in FOREIGN if t and "[" not in t and not urlparse(t).netloc]
    assert len(through) > 10
