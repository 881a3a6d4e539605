"""From what people write to what pages show. The only module that knows Markdown and bleach.

bleach has seen its last release; it stands behind `clean` alone, and the XSS corpus in
`tests/core` decides whether a successor may take its place.
"""

from __future__ import annotations

import re
import threading
from html import escape, unescape
from typing import Any

from bleach.sanitizer import Cleaner
from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Stored beside every rendered text; raise it when the output changes, and texts are rendered anew.
RENDERER_VERSION = 1
MAX_SOURCE = 10_000
#: More marks than this in a text are no writing but an attack on the processor.
MOST_TOKENS = 10_000
SUMMARY_LENGTH = 180

TAGS = frozenset(
    "p br strong em s ul ol li blockquote code pre h2 h3 h4 h5 h6 a hr "
    "table thead tbody tr th td".split()
)
ATTRIBUTES = {"a": ["href", "rel"], "ol": ["start"]}
PROTOCOLS = frozenset({"http", "https", "mailto"})

_local = threading.local()  # neither the parser nor bleach's cleaner may be shared by threads


def render(source: str, *, top: int = 2) -> str:
    """Markdown to safe HTML. `top` is the level that the highest heading of the text gets."""
    parser = _parser()
    tokens = parser.parse(source[:MAX_SOURCE])
    if sum(1 + len(token.children or ()) for token in tokens) > MOST_TOKENS:
        return clean(f"<pre><code>{escape(source[:MAX_SOURCE])}</code></pre>")
    _level_headings(tokens, top)
    _mark_links(tokens)
    return clean(parser.renderer.render(tokens, parser.options, {}))


def columns(body: str, *, top: int = 2) -> dict[str, Any]:
    """The columns of a row that follow from its text: the text, its HTML, the beginning of it."""
    body_html = render(body, top=top)
    return {
        "body": body,
        "body_html": body_html,
        "renderer_version": RENDERER_VERSION,
        "summary": summary(body_html),
    }


def clean(html: str) -> str:
    """HTML with nothing in it but the tags and attributes allowed above."""
    if not hasattr(_local, "cleaner"):
        _local.cleaner = Cleaner(
            tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True, strip_comments=True
        )
    return str(_local.cleaner.clean(html))


def summary(html: str, length: int = SUMMARY_LENGTH) -> str:
    """Plain text of the first paragraphs, cut at a word, for cards and mails."""
    without_headings = re.sub(r"<h\d>.*?</h\d>", " ", html, flags=re.DOTALL)
    return shorten(_plain(without_headings) or _plain(html), length)


def _plain(html: str) -> str:
    """The words alone. Tags inside a line part nothing: "<em>Rad</em>weg"."""
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:a|strong|em|s|code)\b[^>]*>", "", html))
    return " ".join(unescape(text).split())


def shorten(text: str, length: int) -> str:
    """Cut at a word boundary, with an ellipsis where something was cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head = cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut
    return head.rstrip(" .,;:–-…") + "…"


def _parser() -> MarkdownIt:
    if not hasattr(_local, "parser"):
        _local.parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
            ["table", "strikethrough"]
        )
        _local.parser.disable("image")
    parser: MarkdownIt = _local.parser
    return parser


def _level_headings(tokens: list[Token], top: int) -> None:
    """Shift headings so that the page's outline has no gap, whatever level a person began with."""
    above: list[int] = []  # levels as written, of this heading and those it stands under
    for token in tokens:
        if token.type == "heading_open":
            written = int(token.tag[1])
            above = [*(level for level in above if level < written), written]
        if token.type.startswith("heading_"):
            token.tag = f"h{min(top + len(above) - 1, 6)}"


def _mark_links(tokens: list[Token]) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "nofollow ugc noopener")
