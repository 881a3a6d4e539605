"""A browser without a window. Every page it fetches is held against the rules of the house."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

from civic.accounts import service
from civic.accounts.current import COOKIE_KEY
from civic.accounts.models import Nobody, User
from civic.core.db import db

NAMELESS_INPUTS = {"hidden", "submit", "button"}


class Page:
    """An answer of the house, parsed."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.text
        self.location = response.headers.get("Location", "")
        self.is_fragment = response.request.headers.get("HX-Request") == "true"
        self._tree: Element | None = None

    @property
    def tree(self) -> Element:
        if self._tree is None:
            parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
            parse = parser.parseFragment if self.is_fragment else parser.parse
            self._tree = parse(self.text)
            self.parse_errors = [
                e for e in parser.errors if e[1] != "unexpected-end-tag-implies-table-voodoo"
            ]
        return self._tree

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements by tag and attributes (`class_` is one of the classes)."""
        wanted = attributes.pop("class_", None)
        return [
            e
            for e in self.tree.iter(tag)
            if (wanted is None or wanted in e.get("class", "").split())
            and all(e.get(k.replace("_", "-")) == v for k, v in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} x <{tag} {attributes}>, expected one"
        return found[0]

    @property
    def words(self) -> str:
        """The text of the page as a reader sees it, white space folded."""
        return words_of(self.tree)


def words_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


class Browser:
    """Fetches pages as one person; `sign_in` changes who that is."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def sign_in(self, user: User | int) -> None:
        """Open a session as the service does (the form has its own tests)."""
        with self.app.app_context():
            person = db.session.get_one(User, user if isinstance(user, int) else user.id)
            token = service.open_session(Nobody(), person, device="Test")
            language = person.language
        with self.client.session_transaction() as session:
            session[COOKIE_KEY] = token
            session["language"] = language

    def sign_out(self) -> None:
        with self.client.session_transaction() as session:
            session.clear()

    def get(self, url: str, status: int = 200, *, fragment: bool = False, **kw: Any) -> Page:
        headers = {**kw.pop("headers", {}), **({"HX-Request": "true"} if fragment else {})}
        page = Page(self.client.get(url, headers=headers, **kw))
        assert page.status == status, f"{url}: {page.status} {page.location}, expected {status}"
        self._hold_against_the_rules(page, url)
        return page

    def post(
        self,
        url: str,
        status: int = 303,
        *,
        fragment: bool = False,
        token: bool = True,
        **data: Any,
    ) -> Page:
        """Send a form with the CSRF token of this browser's session."""
        headers = {"HX-Request": "true"} if fragment else {}
        if token:
            data["csrf_token"] = self._token()
        page = Page(self.client.post(url, data=data, headers=headers))
        assert page.status == status, f"{url}: {page.status} {page.location}, expected {status}"
        if page.text and page.status not in {302, 303}:
            self._hold_against_the_rules(page, url)
        return page

    def _token(self) -> str:
        """A token as the form of any page would carry it."""
        page = self.client.get("/anmelden?next=/")
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text) or re.search(
            r'X-CSRFToken(?:&#34;|"|&quot;)\s*:\s*(?:&#34;|"|&quot;)([^"&]+)',
            self.client.get("/").text,
        )
        assert found, "no CSRF token found"
        return found.group(1)

    def _hold_against_the_rules(self, page: Page, url: str) -> None:
        if not page.headers.get("Content-Type", "").startswith("text/html"):
            return
        for problem in problems_of(page):
            raise AssertionError(f"{url}: {problem}")


def problems_of(page: Page) -> list[str]:
    """What breaks the rules of the house in this page; empty is good."""
    found = [f"invalid HTML: {error}" for error in _parse_errors(page)]
    elements = list(page.tree.iter())
    ids = Counter(e.get("id") for e in elements if e.get("id"))
    found += [f"id {id!r} stands {n} times" for id, n in ids.items() if n > 1]
    if not page.is_fragment and page.status < 300:
        found += _page_problems(page)
    for e in elements:
        found += _element_problems(e, set(ids))
    found += _label_problems(page)
    return found


def _parse_errors(page: Page) -> list[str]:
    assert page.tree is not None
    return [str(error) for error in page.parse_errors][:3]


def _page_problems(page: Page) -> list[str]:
    problems = []
    title = page.all("title")
    heads = [t for t in title if (t.text or "").strip()]
    if not heads:
        problems.append("no <title>")
    if len(page.all("h1")) != 1:
        problems.append(f"{len(page.all('h1'))} x <h1>, expected one")
    if page.one("html").get("lang") not in {"de", "en"}:
        problems.append("<html> without lang")
    levels = [int(e.tag[1]) for e in page.one("main").iter() if re.fullmatch(r"h[1-6]", str(e.tag))]
    problems += [f"heading jumps from h{a} to h{b}" for a, b in pairwise(levels) if b > a + 1]
    return problems


def _element_problems(e: Element, ids: set[str | None]) -> list[str]:
    return _script_problems(e) + _naming_problems(e) + _pointer_problems(e, ids)


def _script_problems(e: Element) -> list[str]:
    tag = str(e.tag)
    problems = [f"<{tag} {a}>: no inline handlers" for a in e.attrib if a.startswith("on")]
    problems += [f"<{tag} {a}>: write data-{a}" for a in e.attrib if a.startswith("hx-")]
    if e.get("style") is not None or tag == "style":
        problems.append(f"inline style at <{tag}>; use a class")
    if tag == "script" and not e.get("src"):
        problems.append("inline script; put it into static/js")
    return problems


def _naming_problems(e: Element) -> list[str]:
    is_nameless = {
        "img": e.get("alt") is None,
        "form": not e.get("action") and e.get("method") != "dialog",  # closes itself
        "a": e.get("href", "#") == "#" or not (words_of(e) or e.get("aria-label")),
    }
    missing = {
        "img": "<img> without alt",
        "form": "<form> without action",
        "a": f"dead or wordless link: {e.get('href')} {words_of(e)!r}",
    }
    return [missing[str(e.tag)]] if is_nameless.get(str(e.tag)) else []


def _pointer_problems(e: Element, ids: set[str | None]) -> list[str]:
    return [
        f"<{e.tag} {attribute}> points to {id!r}, which is not there"
        for attribute in ("aria-describedby", "aria-labelledby")
        for id in e.get(attribute, "").split()
        if id not in ids
    ]


def _label_problems(page: Page) -> list[str]:
    labelled = {e.get("for") for e in page.all("label")}
    return [
        f"<{tag} name={e.get('name')!r}> has no label"
        for tag in ("input", "textarea", "select")
        for e in page.all(tag)
        if e.get("type") not in NAMELESS_INPUTS
        and e.get("id") not in labelled
        and not e.get("aria-label")
        and not e.get("aria-labelledby")
    ]
