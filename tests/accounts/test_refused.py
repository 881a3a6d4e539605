"""An address that mail servers refuse: marked, told to its person, and free of the mark again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from civic.accounts import service
from civic.accounts.models import Nobody, System, User
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from tests.accounts.post import PASSWORD, hashed, mails, token_in
from tests.make import make_user


@pytest.fixture
def anna(inside) -> User:
    user = make_user(email="Anna@example.org", password_hash=hashed())
    user.email_key = "anna@example.org"
    refuse(inside, "Anna@Example.org")
    return user


def refuse(app, address: str) -> None:
    """As the outbox tells it: in the transaction in which the mail failed."""
    with transaction():
        app.extensions["civic"].mail_refused(address, "550 5.1.1 no such person")


def test_the_mark_stands_since_the_first_refusal(inside, anna: User) -> None:
    first = anna.email_refused_at
    assert first is not None
    refuse(inside, "anna@example.org")
    assert anna.email_refused_at == first


def test_nobody_else_is_marked(inside, anna: User) -> None:
    bert = make_user(email="bert@example.org", email_key="bert@example.org")
    refuse(inside, "gone@example.org")
    refuse(inside, "anna@example.org.")
    assert bert.email_refused_at is None


def confirm_same(anna: User) -> None:
    service.request_new_address(anna, email="anna@example.org", password=PASSWORD)
    service.confirm_new_address(anna, token_in(mails()[-1]))


def change(anna: User) -> None:
    service.request_new_address(anna, email="neu@example.org", password=PASSWORD)
    service.confirm_new_address(anna, token_in(mails("neu@example.org")[-1]))


def reset(anna: User) -> None:
    service.request_reset(Nobody(), email="anna@example.org", source="192.0.2.1")
    token = token_in(mails()[-1])
    service.reset_password(Nobody(), token, password="regenschirm auf dem mond")


@pytest.mark.parametrize("proof", [confirm_same, change, reset])
def test_a_link_that_arrived_takes_the_mark_away(anna: User, proof: Callable[[User], None]) -> None:
    proof(anna)
    db.session.expire_all()
    assert anna.email_refused_at is None


def test_asking_for_a_link_alone_does_not(anna: User) -> None:
    service.request_new_address(anna, email="anna@example.org", password=PASSWORD)
    assert anna.email_refused_at is not None
    assert len(mails()) == 1, "no second mail that says that the address changes"


def test_without_the_mark_the_own_address_is_no_change(anna: User) -> None:
    confirm_same(anna)
    with pytest.raises(RuleBroken):
        service.request_new_address(anna, email="anna@example.org", password=PASSWORD)


def test_a_person_who_leaves_takes_the_mark_along(anna: User) -> None:
    service.delete_account(anna, password=PASSWORD, erase=False, forget=())
    assert anna.email_refused_at is None


def test_the_account_says_what_to_do(app, browser) -> None:
    with app.app_context(), transaction():
        id = make_user(email="anna@example.org", email_key="anna@example.org").id
    browser.sign_in(id)
    calm = browser.get("/konto")
    with app.app_context():
        service.mark_address_refused(System(), "anna@example.org")
    page = browser.get("/konto")
    assert 'id="email_refused"' not in calm.text
    assert 'id="email_refused"' in page.text
    assert "/konto/email" in page.text.split('id="email_refused"')[1].split("</div>")[0]
