"""Deletion: the person goes from every table, what others stand on stays."""

from __future__ import annotations

import pytest
from sqlalchemy import String, cast, func, select

from civic.accounts import service
from civic.accounts.models import AccountToken, Membership, Nobody, Role, User, UserSession
from civic.core.db import Base, db
from civic.core.errors import RuleBroken
from tests.accounts.post import OTHER, PASSWORD, mails, token_in
from tests.make import make_municipality, make_user

CANARIES = ("kanarienvogel", "zeisig", "nachtigall", "kanarienv", "argon2")


def traces(app) -> dict[str, str]:
    """Every column of every table in which a canary sings."""
    found = {}
    for table in Base.metadata.tables.values():
        for column in table.columns:
            text = func.lower(cast(column, String))
            for canary in CANARIES:
                hits = db.session.scalar(
                    select(func.count()).select_from(table).where(text.contains(canary))
                )
                if hits:
                    found[f"{table.name}.{column.name}"] = canary
    return found


@pytest.fixture
def bird(inside) -> User:
    """Somebody who has left traces wherever a person can."""
    town = make_municipality("Lindfurt")
    service.sign_up(
        Nobody(), email="Kanarienvogel@example.org", name="Kanarienvogel Zeisig",
        password=PASSWORD, language="de", home=town, source="192.0.2.1",
    )  # fmt: skip
    service.confirm_address(Nobody(), token_in(mails()[-1]))
    user = db.session.scalars(select(User).where(User.name == "Kanarienvogel Zeisig")).one()
    user.memberships.append(Membership(role=Role.STAFF, municipality=town))
    service.sign_in(
        Nobody(), email="kanarienvogel@example.org", password=PASSWORD,
        device="Kanarienvogel-Browser", source="192.0.2.1",
    )  # fmt: skip
    service.request_new_address(user, email="zeisig@example.org", password=PASSWORD)
    service.confirm_new_address(user, token_in(mails("zeisig@example.org")[-1]))
    service.request_reset(Nobody(), email="zeisig@example.org", source="192.0.2.1")
    service.request_new_address(user, email="nachtigall@example.org", password=PASSWORD)
    service.sign_up(
        Nobody(), email="ZEISIG@example.org", name="Jemand anders",
        password=PASSWORD, language="de", home=None, source="192.0.2.1",
    )  # fmt: skip
    return user


def test_the_search_for_canaries_finds_them(app, bird: User) -> None:
    """Else the next test would prove nothing."""
    assert {
        "user.email", "user.email_key", "user.name", "user.name_key", "user.password_hash",
        "user_session.device", "account_token.email", "outbox_mail.recipient", "outbox_mail.text",
    } <= set(traces(app))  # fmt: skip


@pytest.mark.parametrize("erase", [True, False])
def test_nothing_of_the_person_is_left(app, bird: User, erase) -> None:
    service.delete_account(bird, password=PASSWORD, erase=erase, forget=())
    db.session.expire_all()
    assert traces(app) == {}
    assert db.session.get(User, bird.id) is bird
    assert (bird.name, bird.email, bird.home_id, bird.is_authenticated) == ("", None, None, False)
    assert bird.left_at is not None
    for table in (Membership, UserSession, AccountToken):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_name_and_address_are_free_again(app, bird: User) -> None:
    service.delete_account(bird, password=PASSWORD, erase=False, forget=())
    make_user("Kanarienvogel Zeisig", email_key="zeisig@example.org")


def test_each_room_is_asked_before_the_person_is_gone(bird: User) -> None:
    asked = []
    service.delete_account(
        bird,
        password=PASSWORD,
        erase=True,
        forget=[lambda user, *, erase: asked.append((user.name, erase))],
    )
    assert asked == [("Kanarienvogel Zeisig", True)]


def test_all_or_nothing(bird: User) -> None:
    def fail(user: User, *, erase: bool) -> None:
        raise RuleBroken("not now")

    with pytest.raises(RuleBroken):
        service.delete_account(bird, password=PASSWORD, erase=True, forget=[fail])
    db.session.expire_all()
    assert bird.name == "Kanarienvogel Zeisig"
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1


def test_nobody_can_sign_in_as_a_former_member(bird: User) -> None:
    service.delete_account(bird, password=PASSWORD, erase=False, forget=())
    for password in (PASSWORD, OTHER, ""):
        with pytest.raises(RuleBroken):
            service.sign_in(
                Nobody(), email="zeisig@example.org", password=password, device="", source="x"
            )


def test_a_new_address_that_belongs_to_somebody_keeps_their_mails(bird: User) -> None:
    make_user("Nachti", email="nachtigall@example.org", email_key="nachtigall@example.org")
    before = len(mails("nachtigall@example.org"))
    service.delete_account(bird, password=PASSWORD, erase=False, forget=())
    assert len(mails("nachtigall@example.org")) == before > 0
