"""The words of the made-up towns, read from `lexicon.toml`: whoever writes needs no Python."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("lexicon.toml")
_words: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))

TOWN_PREFIXES: list[str] = _words["town_prefixes"]
TOWN_HEADS: list[str] = _words["town_heads"]
TOWN_TAILS: list[str] = _words["town_tails"]
STREET_TAILS: list[str] = _words["street_tails"]
FIRST_NAMES: list[str] = _words["first_names"]
FAMILY_NAMES: list[str] = _words["family_names"]
FAMILY_HEADS: list[str] = _words["family_heads"]
FAMILY_TAILS: list[str] = _words["family_tails"]
THING_HEADS: list[str] = _words["thing_heads"]
#: With the gender, which chooses among `ARTICLES`: ein, einen, der, den, einem.
THING_TAILS: list[tuple[str, str]] = [
    (tail, gender) for gender, tails in _words["thing_tails"].items() for tail in tails
]
ARTICLES: dict[str, list[str]] = _words["articles"]
WHERE: list[str] = _words["where"]
WHO: list[str] = _words["who"]
MONTHS: list[str] = _words["months"]
SPOTS: list[str] = _words["spots"]
TITLES: list[str] = _words["titles"]
OPENING: list[list[str]] = _words["opening"]
CLOSING: list[list[str]] = _words["closing"]
STEPS: list[str] = _words["steps"]
REMARKS: list[str] = _words["remarks"]
#: By the state that an administration gives an idea.
ANSWERS: dict[str, list[str]] = _words["answers"]
SIGNATURE: str = _words["signature"]
#: Address, German and English name; and what people of this topic talk about.
TOPICS: list[tuple[str, str, str]] = [
    (topic["slug"], topic["name_de"], topic["name_en"]) for topic in _words["topics"]
]
MATTERS: list[list[str]] = [topic["matters"] for topic in _words["topics"]]
