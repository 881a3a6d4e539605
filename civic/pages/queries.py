"""The text of a page: the operator's own, else the one that ships with the program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from civic.core import html
from civic.core.db import db
from civic.core.language import LANGUAGES
from civic.pages.models import PageName, PageText

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Shown:
    """A page as it is shown; `is_own` tells whether the operator wrote it."""

    body: str
    body_html: str
    language: str
    is_own: bool


def shown(name: PageName, language: str) -> Shown:
    """The operator's text in this language, else in another one, else the shipped text.

    An imprint in the wrong language is a true one; the shipped text names nobody.
    """
    texts = db.session.scalars(select(PageText).where(PageText.name == name.value)).all()
    by_language = {text.language: text for text in texts}
    for code in (language, *LANGUAGES):
        if text := by_language.get(code):
            return Shown(text.body, text.body_html, code, is_own=True)
    return shipped(name, language)


def own(name: PageName, language: str) -> PageText | None:
    """The operator's text in exactly this language."""
    return db.session.get(PageText, (name.value, language))


@cache
def shipped(name: PageName, language: str) -> Shown:
    """The text that comes with the program, read and rendered once."""
    body = (TEXTS / language / f"{name.value}.md").read_text(encoding="utf-8").strip()
    return Shown(body, html.render(body), language, is_own=False)
