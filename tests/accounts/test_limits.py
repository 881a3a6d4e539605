"""Limits of the house (docs: security, S3), counted by a clock that the tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from civic.accounts import service
from civic.accounts.models import Nobody
from civic.accounts.service import guards
from civic.core import clock, limits, passwords
from civic.core.errors import RuleBroken, TooMany
from tests.accounts.post import PASSWORD, hashed, mails
from tests.make import make_user

pytestmark = pytest.mark.usefixtures("inside")

WRONG = "falsch"
NOON = datetime(2026, 8, 12, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def guess(email: str, source: str, password: str = WRONG) -> None:
    service.sign_in(Nobody(), email=email, password=password, device="", source=source)


def wrong_guesses(times: int, email: str = "a@example.org", source: str = "192.0.2.{n}") -> None:
    for n in range(times):
        with pytest.raises(RuleBroken):
            guess(email.format(n=n), source.format(n=n))


def test_ten_guesses_per_account_from_wherever() -> None:
    user = make_user(password_hash=hashed())
    wrong_guesses(10, user.email)
    with pytest.raises(TooMany) as refused:
        guess(user.email, "198.51.100.1", PASSWORD)
    assert refused.value.retry_after == 300
    with clock.at(NOON + timedelta(minutes=5)):
        guess(user.email, "198.51.100.1", PASSWORD)


def test_ten_guesses_per_network_for_whomever() -> None:
    user = make_user(password_hash=hashed())
    wrong_guesses(10, "a{n}@example.org", "192.0.2.1")
    with pytest.raises(TooMany):
        guess(user.email, "192.0.2.1", PASSWORD)
    guess(user.email, "192.0.2.2", PASSWORD)


def test_unknown_addresses_are_counted_alike() -> None:
    wrong_guesses(10, "nobody@example.org")
    with pytest.raises(TooMany):
        guess("nobody@example.org", "198.51.100.1")


def test_a_town_hall_in_the_morning_is_not_locked_out() -> None:
    """Forty people behind one address sign in within five minutes."""
    for _ in range(40):
        guess(make_user(password_hash=hashed()).email, "192.0.2.1", PASSWORD)
    wrong_guesses(10, "a{n}@example.org", "192.0.2.1")
    with pytest.raises(TooMany):
        guess("b@example.org", "192.0.2.1")


def test_a_refused_guess_costs_no_hash(monkeypatch) -> None:
    wrong_guesses(10, "nobody@example.org")
    monkeypatch.setattr(passwords, "matches", lambda *_: pytest.fail("hashed"))
    with pytest.raises(TooMany):
        guess("nobody@example.org", "198.51.100.1")


def test_a_thousand_guesses_in_all(monkeypatch) -> None:
    assert (limits.Limit(1000, 300),) == guards.SIGN_IN_ALL
    monkeypatch.setattr(guards, "SIGN_IN_ALL", (limits.Limit(30, 300),))
    wrong_guesses(30, "a{n}@example.org", "source {n}")
    with pytest.raises(TooMany):
        guess("b@example.org", "another")


def sign_up(n: int, source: str, email: str = "p{n}@example.org") -> None:
    service.sign_up(
        Nobody(),
        email=email.format(n=n),
        name=f"Person {chr(97 + n // 8)}{chr(97 + n % 8)}",
        password=PASSWORD,
        language="de",
        home=None,
        source=source,
    )


def test_sign_ups_per_network_and_hour() -> None:
    for n in range(20):
        sign_up(n, "192.0.2.1")
    with pytest.raises(TooMany):
        sign_up(20, "192.0.2.1")
    sign_up(20, "192.0.2.2")


def test_sign_ups_per_network_and_day() -> None:
    for n in range(60):
        with clock.at(NOON - timedelta(hours=n // 20)):
            sign_up(n, "192.0.2.1")
    with clock.at(NOON + timedelta(hours=1)), pytest.raises(TooMany):
        sign_up(60, "192.0.2.1")


def test_three_confirmations_in_six_hours_however_they_are_asked_for() -> None:
    for n in range(2):
        sign_up(n, f"192.0.2.{n}", "one@example.org")
    service.send_again(Nobody(), email="one@example.org", source="192.0.2.9")
    for ask in (
        lambda: sign_up(3, "192.0.2.3", "ONE@example.org"),
        lambda: service.send_again(Nobody(), email="one@example.org", source="192.0.2.9"),
    ):
        with pytest.raises(TooMany):
            ask()
    assert len(mails("one@example.org")) == 3
    with clock.at(NOON + timedelta(hours=6)):
        sign_up(3, "192.0.2.3", "one@example.org")


@pytest.mark.parametrize("known", [True, False])
def test_five_resets_a_day(known) -> None:
    if known:
        make_user(email="r@example.org", email_key="r@example.org")
    for n in range(5):
        service.request_reset(Nobody(), email="r@example.org", source=f"192.0.2.{n}")
    with pytest.raises(TooMany):
        service.request_reset(Nobody(), email="R@example.org", source="192.0.2.9")
    assert len(mails()) == (5 if known else 0)


def test_twenty_requests_for_mails_per_network_and_hour() -> None:
    for n in range(20):
        service.request_reset(Nobody(), email=f"r{n}@example.org", source="192.0.2.1")
    with pytest.raises(TooMany):
        service.request_reset(Nobody(), email="r21@example.org", source="192.0.2.1")
    with pytest.raises(TooMany):
        service.send_again(Nobody(), email="r22@example.org", source="192.0.2.1")
