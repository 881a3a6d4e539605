"""No answer tells whether an address has an account: status, headers, body, and work done."""

from __future__ import annotations

import re

import pytest

from civic.accounts import service
from civic.accounts.models import Nobody
from civic.core import clock, passwords
from tests.accounts.post import PASSWORD, hashed, mails, token_in
from tests.client import Browser
from tests.make import make_user

KNOWN = "known@example.org"
PENDING = "pending@example.org"
BLOCKED = "blocked@example.org"
UNKNOWN = "unknown@example.org"
ADDRESSES = (KNOWN, PENDING, BLOCKED, UNKNOWN)


@pytest.fixture(autouse=True)
def _people(app) -> None:
    with app.app_context():
        for email in ADDRESSES[:-1]:
            make_user(
                email=email,
                email_key=email,
                password_hash=hashed(),
                confirmed=email != PENDING,
                blocked_at=clock.now() if email == BLOCKED else None,
            )


def answer(app, url: str, **form: str) -> tuple[int, list[tuple[str, str]], str]:
    """What a fresh browser gets, without what differs from request to request anyway."""
    browser = Browser(app)
    page = browser.post(url, status=_any(), **form)
    headers = [
        (name, re.sub(r"civic=[^;]+", "civic=…", value))
        for name, value in page.headers
        if name not in {"X-Request-ID", "Date", "Content-Length"}
    ]
    body = re.sub(r'value="[^"]{60,}"|"X-CSRFToken": "[^"]+"', "", page.text)
    return page.status, headers, body.replace(form["email"], "…")


class _any:  # noqa: N801 - equal to every status
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """Notes each costly step; counting them tells more than a clock on a busy machine."""
    done: list[str] = []
    real_hash, real_matches = passwords.hash_password, passwords.matches

    def hash_password(password: str) -> str:
        done.append("hash")
        return real_hash(password)

    def matches(stored: str | None, password: str) -> bool:
        done.append("verify")
        return real_matches(stored, password)

    monkeypatch.setattr(passwords, "hash_password", hash_password)
    monkeypatch.setattr(passwords, "matches", matches)
    return done


CASES = {
    "sign up": (
        "/registrieren",
        {"name": "Neue Person", "password": PASSWORD, "is_old_enough": "y"},
    ),
    "weak password": ("/registrieren", {"name": "Neu", "password": "kurz", "is_old_enough": "y"}),
    "sign in": ("/anmelden", {"password": "falsches passwort"}),
    "no password": ("/anmelden", {"password": ""}),
    "reset": ("/passwort-vergessen", {}),
    "resend": ("/registrieren/gesendet", {}),
}


@pytest.mark.parametrize("case", CASES)
def test_all_addresses_get_the_same_answer(app, hashes, case: str) -> None:
    url, form = CASES[case]
    answers, work = [], []
    for n, email in enumerate(ADDRESSES):
        hashes.clear()
        extra = {"name": f"{form['name']} {'abcd'[n]}"} if "name" in form else {}
        status, headers, body = answer(app, url, email=email, **(form | extra))
        answers.append((status, headers, body.replace(extra.get("name", "\0"), "…")))
        work.append(list(hashes))
    assert answers[0][0] in {303, 422}
    assert all(one == answers[0] for one in answers)
    assert all(one == work[0] for one in work)


def test_each_wrong_sign_in_verifies_exactly_one_hash(app, hashes) -> None:
    for email in (*ADDRESSES, "no address at all"):
        answer(app, "/anmelden", email=email, password="falsches passwort")
    assert hashes == ["verify"] * 5


def test_only_the_mail_tells(app) -> None:
    for email in ADDRESSES:
        answer(app, "/registrieren", email=email, **CASES["sign up"][1] | {"name": email[:5]})
    with app.app_context():
        subjects = {mail.recipient: mail.text for mail in mails()}
        assert "/bestaetigen/" in subjects[UNKNOWN]
        assert "/bestaetigen/" in subjects[PENDING]
        assert "/bestaetigen/" not in subjects[KNOWN] + subjects[BLOCKED]
        assert len(mails()) == 4


def test_the_limit_is_the_same_for_all(app) -> None:
    for email in (KNOWN, UNKNOWN):
        seen = [answer(app, "/registrieren/gesendet", email=email)[0] for _ in range(4)]
        assert seen == [303, 303, 303, 429]


def test_a_signed_in_person_learns_nothing_either(app, browser) -> None:
    with app.app_context():
        anna = make_user(password_hash=hashed(), email="anna@example.org").id
    browser.sign_in(anna)
    pages = []
    for email in (KNOWN, UNKNOWN):
        assert (
            browser.post("/konto/email", email=email, password=PASSWORD).location == "/konto/email"
        )
        pages.append(
            re.sub(
                r'"X-CSRFToken": "[^"]+"|value="[^"]{60,}"', "", browser.get("/konto/email").text
            )
        )
    assert pages[0] == pages[1]


def test_links_of_others_look_like_no_links(app, browser) -> None:
    with app.app_context():
        anna = make_user("Anna", password_hash=hashed())
        service.request_new_address(anna, email="neu@example.org", password=PASSWORD)
        token = token_in(mails("neu@example.org")[0])
        service.request_reset(Nobody(), email=KNOWN, source="192.0.2.1")
        bert = make_user("Bert").id
    browser.sign_in(bert)
    foreign = browser.get(f"/konto/email/{token}", 404)
    made_up = browser.get(f"/konto/email/{token[::-1]}", 404)
    assert foreign.words == made_up.words
