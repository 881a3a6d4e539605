from __future__ import annotations

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher

from civic.core import passwords
from civic.core.errors import RuleBroken, TooMany

GOOD = [
    "fenster regen trommel see",
    "zukunft-machen-2026",
    "aaaabbbbccccddddeeee",
    "mein hund frisst gern käse",
    "839201948571",
    "x" * 5 + "yzäöü12",
    "Pass auf die Katze auf!",
]
OBVIOUS = [
    "Passwort1234",
    "P4ssw0rt!2026",
    "passwortpasswort",
    "123456789012",
    "112233445566",
    "987654321098",
    "aaaaaaaaaaaa",
    "abababababab",
    "qwertzuiopü+",
    "qwertyuiop[]",
    "1q2w3e4r5t6z",
    "Sommer2026!!",
    "willkommen!!2026",
    "Hallo Welt 1234",
    "test-test-test",
    "Gemeindeverwaltung1",
    "Bürgerbeteiligung",
    "Kaffee Leiter Dienstag Moos",  # the example beside the field
]


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_needs_no_odd_signs(password: str) -> None:
    passwords.check_strength(password, ("Maria Muster", "maria@example.org"))


@pytest.mark.parametrize("password", OBVIOUS)
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(RuleBroken, match="easy to guess"):
        passwords.check_strength(password, ())


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "at least 12"),
        ("elf zeichen", "at least 12"),
        ("x y" * 43, "128 characters at most"),
        ("ich bin maria muster!", "your name"),
        ("MariaMuster auf Reisen", "your name"),
        ("post fuer m.m.1970 hier", "your name"),
        ("mail an m.m.1970@example.org", "your name"),
    ],
)
def test_length_and_person(password: str, words: str) -> None:
    with pytest.raises(RuleBroken, match=words) as broken:
        passwords.check_strength(password, ("Maria Muster", "m.m.1970@example.org"), field="new")
    assert broken.value.field == "new"


def test_a_short_name_does_not_forbid_half_the_dictionary() -> None:
    passwords.check_strength("das boot im nebel", ("Bo", "jo@example.org"))


def test_twelve_and_128_characters_are_allowed() -> None:
    passwords.check_strength("moos leiter!", ())
    passwords.check_strength("moos leiter " * 10 + "12345678", ())


def test_only_the_password_matches(app) -> None:
    stored = passwords.hash_password("fenster regen trommel see")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "fenster regen trommel see")
    assert not passwords.matches(stored, "Fenster regen trommel see")
    assert not passwords.matches(stored, "fenster regen trommel see ")
    assert not passwords.matches(stored, "")
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("no hash at all", "fenster regen trommel see")
    assert not passwords.matches(stored, "x" * 5000)


def test_nothing_is_cut_off() -> None:
    long = "moos" * 32
    stored = passwords.hash_password(long)
    assert len(long) == passwords.MAX_LENGTH
    assert not passwords.matches(stored, long[:-1])
    assert passwords.matches(stored, long)


def test_a_letter_is_the_same_on_every_keyboard() -> None:
    stored = passwords.hash_password(unicodedata.normalize("NFD", "käsekuchen für alle"))
    assert passwords.matches(stored, unicodedata.normalize("NFC", "käsekuchen für alle"))


def test_the_profile_of_the_house() -> None:
    """19 MiB, two passes, one lane; tests hash with less, and that counts as outdated."""
    old = PasswordHasher(
        time_cost=passwords.PASSES,
        memory_cost=passwords.MEMORY_KIB,
        parallelism=passwords.LANES,
    ).hash("fenster regen trommel see")
    assert old.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    passwords.use_test_profile()
    assert passwords.is_outdated(old)
    assert not passwords.is_outdated(passwords.hash_password("fenster regen trommel see"))


class _Slow:
    """A hasher that notes how many are at work at once."""

    def __init__(self) -> None:
        self.at_work = 0
        self.most = 0
        self.lock = threading.Lock()
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()

    def hash(self, password: str) -> str:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.entered.release()
        self.go.wait(10)
        with self.lock:
            self.at_work -= 1
        return password


def test_two_hashes_at_once_and_no_more(monkeypatch) -> None:
    slow = _Slow()
    monkeypatch.setattr(passwords, "_hasher", slow)
    threads = [threading.Thread(target=passwords.hash_password, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert all(slow.entered.acquire(timeout=10) for _ in range(passwords.AT_ONCE))
    assert not slow.entered.acquire(blocking=False)
    slow.go.set()
    for thread in threads:
        thread.join(10)
    assert slow.most == passwords.AT_ONCE


def test_whoever_waits_too_long_is_asked_to_come_back(monkeypatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0)
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(1))
    with passwords._place(), pytest.raises(TooMany):
        passwords.hash_password("x")
