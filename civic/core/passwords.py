"""Passwords: hashed with Argon2id, a few at a time, and refused where anybody would guess them.

Profile of OWASP and RFC 9106 for small machines: 19 MiB, two passes, one lane; about 25 ms.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from civic.core.errors import RuleBroken, TooMany
from civic.core.language import N_

MIN_LENGTH = 12
MAX_LENGTH = 128
#: Hashes at the same time in one process: a flood of sign-ins must leave a core for the pages.
AT_ONCE = 2
#: Seconds to wait for one of these places before the person is asked to come back.
PATIENCE = 8
#: Shorter parts of a name or address stand in too many good passwords by chance.
SHORTEST_PART = 4
FEWEST_CHARACTERS = 5

PASSES = 2
MEMORY_KIB = 19 * 1024
LANES = 1

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_places = threading.BoundedSemaphore(AT_ONCE)
_dummies: dict[PasswordHasher, str] = {}

#: What people type first; each also counts with digits and signs round it, or repeated.
OBVIOUS = frozenset(
    """
    passwort password passwd pass kennwort passphrase losungswort geheim secret geheimnis
    sicherheit passwortsicher sicherespasswort meinpasswort daspasswort neuespasswort
    altespasswort keinpasswort testpasswort standardpasswort startpasswort initialpasswort
    mypassword newpassword thepassword yourpassword secretpassword defaultpassword
    changeme changethis letmein letmeinplease welcome willkommen herzlichwillkommen
    hallo hallohallo hallowelt halloduda hello helloworld gutentag gutenmorgen
    test tester testtest testing probe beispiel example demo muster mustermann maxmustermann
    admin administrator root user benutzer nutzer gast guest master superuser anmeldung login
    qwertz qwertzuiop qwertzuiopasdf qwerty qwertyuiop qwertyuiopasdf asdf asdfgh asdfghjkl
    asdfasdf yxcvbnm zxcvbnm qwertzuiopu qaywsx qaywsxedc qazwsx qazwsxedc
    abc abcd abcdef abcdefgh abcdefghijkl abcabc xyz
    schatz schatzi liebling iloveyou ichliebedich ichliebedichsehr hasihasi mausi baby
    sommer herbst winter fruehling sonnenschein sunshine weihnachten januar februar
    deutschland germany berlin hamburg muenchen bayern fussball football bundesliga
    schalke borussia bayernmuenchen werderbremen dragon monkey superman batman starwars
    computer internet windows google facebook handy samsung
    gemeinde gemeindeverwaltung verwaltung rathaus stadtverwaltung landkreis kommune
    kommunezukunft buergerbeteiligung buerger zukunft zukunftsmacher mitmachen
    kaffeeleiterdienstagmoos coffeeladdertuesdaymoss
    einwohner einwohnerin ichbinhier keineahnung dasistgeheim dasistmeinpasswort
    """.split()
)
#: Runs of keys and digits in which a password would be a mere stretch.
_RUNS = (
    "01234567890123456789",
    "98765432109876543210",
    "qwertzuiopü+asdfghjklöä#yxcvbnm,.-",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "abcdefghijklmnopqrstuvwxyz",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qay2wsx3edc4rfv5tgb6zhn7ujm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def use_test_profile() -> None:
    """Hash in a fraction of a millisecond; for tests, which hash thousands of times."""
    global _hasher  # noqa: PLW0603 - one profile per process, chosen while the house is built
    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_password(password: str) -> str:
    """The text that is stored; raises `TooMany` when the places stay taken."""
    with _place():
        return _hasher.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. Without a stored one it takes as long and says no."""
    if len(password) > MAX_LENGTH:
        stored, password = None, ""
    with _place():
        try:
            return _hasher.verify(stored or _dummy(), _normal(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether it was made with other costs than today's and should be made anew."""
    return _hasher.check_needs_rehash(stored)


def check_strength(password: str, personal: Sequence[str], *, field: str = "password") -> None:
    """Raise `RuleBroken` for a password that is too short or that others would try first.

    There is no rule about kinds of characters: length counts, odd signs help little
    (NIST SP 800-63B, 5.1.1.2). `personal`: the name and the address of the person.
    """
    length = len(_normal(password))
    if length < MIN_LENGTH:
        raise RuleBroken(
            N_("Please use at least 12 characters. A short sentence is easy to remember."), field
        )
    if length > MAX_LENGTH:
        raise RuleBroken(N_("Please use 128 characters at most."), field)
    if _holds_part(password, personal):
        raise RuleBroken(
            N_("The password contains your name or your e-mail address. Please choose another."),
            field,
        )
    if is_obvious(password):
        raise RuleBroken(
            N_(
                "This password is easy to guess. Three or four words without connection are better."
            ),
            field,
        )


def is_obvious(password: str) -> bool:
    """Whether it is a stretch of the keyboard, a repetition, or a common word with decoration."""
    plain = _normal(password).casefold()
    if len(set(plain)) < FEWEST_CHARACTERS or any(plain in run for run in _RUNS):
        return True
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    words = {_letters(plain), _letters(bare.translate(_LEET))}
    return any(_is_common(word) for word in words) or _is_digits_in_order(plain)


def _is_common(word: str) -> bool:
    return any(
        word == known or (len(known) >= SHORTEST_PART and not word.replace(known, ""))
        for known in OBVIOUS
        if word
    )


def _is_digits_in_order(plain: str) -> bool:
    """Digits only, made of stretches such as 1234 and 9876."""
    digits = re.sub(r"[^0-9]", "", plain)
    if re.search(r"[^\W\d_]", plain) or not digits:
        return False
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return len(steps) <= 2


def _holds_part(password: str, personal: Sequence[str]) -> bool:
    letters = _squeezed(password)
    parts = {_squeezed(part) for whole in personal for part in (whole, whole.partition("@")[0])}
    return any(len(part) >= SHORTEST_PART and part in letters for part in parts)


def _squeezed(text: str) -> str:
    return "".join(c for c in _normal(text).casefold() if c.isalnum())


def _letters(plain: str) -> str:
    return "".join(c for c in plain.translate(_UMLAUTS) if c.isalpha())


def _normal(password: str) -> str:
    """One form for what different keyboards send for the same letter (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password)


def _dummy() -> str:
    if _hasher not in _dummies:
        _dummies[_hasher] = _hasher.hash("nobody has this password")
    return _dummies[_hasher]


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise TooMany(N_("Many people are signing in right now. Please try again in a moment."), 10)
    try:
        yield
    finally:
        _places.release()
