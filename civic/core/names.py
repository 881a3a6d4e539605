"""Names that people choose: folded so that no one can pass for somebody else.

Source of the rules: Unicode UTS 39 (confusables) and `reference` figures in docs/security.md.
"""

from __future__ import annotations

import re
import unicodedata

from confusable_homoglyphs import confusables

from civic.core.errors import RuleBroken
from civic.core.language import N_

FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
FILLERS = frozenset(
    [
        *"\u3164\u115f\u1160\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f",
        *map(chr, range(0xFE00, 0xFE10)),  # variation selectors
        *map(chr, range(0xE0100, 0xE01F0)),
    ]
)
#: Letters, their marks, digits; nothing that could draw the sign of an office.
ALLOWED_CATEGORIES = ("L", "M", "Nd")
ALLOWED_SIGNS = frozenset(" .-_'’‐·")
#: Alphabets with letters that look alike; a name is written in one of them.
RIVAL_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET")
#: Letters with strokes, hooks and tails, which decomposition leaves whole: ł, ø, ɼ, ᴀ.
LATIN_FORM = re.compile(r"LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL )?([A-Z])(?: WITH .+)?")
#: What looks alike in most typefaces although Unicode does not say so: I, l, 1; O, 0.
ALIKE = str.maketrans({"l": "i", "1": "i", "0": "o"})
#: Beside those in the names of organisations: "Müller & Söhne (in Gründung)", "Verein „Wir“".
TITLE_SIGNS = ALLOWED_SIGNS | frozenset('&+/(),:!–"„“»«')
MAX_MARKS = 2
MAX_LENGTH = 60
TITLE_LENGTH = 120


def fold(name: str) -> str:
    """The name as it is shown: NFKC, one space between words. Raises `RuleBroken`."""
    folded = _visible(name)
    if not _consists_of(folded, ALLOWED_SIGNS) or len(folded) > MAX_LENGTH:
        raise RuleBroken(
            N_("Please use letters, digits, spaces and . - ' _ only, 60 characters at most."),
            "name",
        )
    _check_scripts(folded)
    return folded


def fold_title(name: str) -> str:
    """The name of an organisation: longer, and with the signs that such names have."""
    folded = _visible(name)
    if not _consists_of(folded, TITLE_SIGNS) or len(folded) > TITLE_LENGTH:
        raise RuleBroken(
            N_(
                "Please use letters, digits, spaces and signs such as & ( ) / + . - only, "
                "120 characters at most."
            ),
            "name",
        )
    _check_scripts(folded)
    return folded


def _visible(name: str) -> str:
    if any(unicodedata.category(c) in FORBIDDEN_CATEGORIES for c in name) or FILLERS & set(name):
        raise RuleBroken(
            N_("The name contains invisible characters. Please type it again."), "name"
        )
    folded = " ".join(unicodedata.normalize("NFKC", name).split())
    if not any(c.isalpha() for c in folded):
        raise RuleBroken(N_("A name needs at least one letter."), "name")
    return folded


def skeleton(name: str) -> str:
    """The key under which a name is taken: two names that look alike have the same one."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = (_latin(c) for c in plain if not unicodedata.combining(c))
    bare = "".join(c for c in "".join(letters).casefold() if c.isalnum())
    return bare.translate(ALIKE).replace("rn", "m").replace("vv", "w")[:120]


def _consists_of(name: str, signs: frozenset[str]) -> bool:
    return all(c in signs or unicodedata.category(c).startswith(ALLOWED_CATEGORIES) for c in name)


def _latin(char: str) -> str:
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if form := LATIN_FORM.fullmatch(unicodedata.name(char, "")):
        return form[1].lower()
    twins = (twin["c"] for twin in confusables.confusables_data.get(char, ()))
    return next((twin for twin in twins if twin.isascii() and twin.isalnum()), char)


def _check_scripts(name: str) -> None:
    letters = [unicodedata.name(c, "") for c in name if c.isalpha()]
    scripts = {s for s in RIVAL_SCRIPTS if any(letter.startswith(s) for letter in letters)}
    marks = "".join(
        "m" if unicodedata.combining(c) else " " for c in unicodedata.normalize("NFD", name)
    )
    if len(scripts) > 1 or "m" * (MAX_MARKS + 1) in marks:
        raise RuleBroken(
            N_("The name mixes letters that look alike. Please use one alphabet."), "name"
        )
