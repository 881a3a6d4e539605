"""What a person changes: profile, password, address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civic.accounts import queries, service
from civic.accounts.models import Nobody, Role, System, User, UserSession
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany
from tests.accounts.post import OTHER, PASSWORD, hashed, mails, token_in
from tests.make import make_municipality, make_user

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def anna(inside) -> User:
    return make_user(
        "Anna",
        email="anna@example.org",
        email_key="anna@example.org",
        password_hash=hashed(),
        language="en",
    )


def sessions() -> int:
    return db.session.scalar(select(func.count()).select_from(UserSession))


# -- profile ---------------------------------------------------------------------------------


def test_the_profile_changes(anna: User) -> None:
    town = make_municipality("Lindfurt")
    service.change_profile(anna, name=" Anna  Neu", home=town, language="en")
    assert (anna.name, anna.home, anna.language) == ("Anna Neu", town, "en")
    service.change_profile(anna, name="ANNA neu", home=None, language="de")
    assert (anna.name, anna.home, anna.language) == ("ANNA neu", None, "de")


@pytest.mark.parametrize("name", ["Bert", "BERT", "Вert", "B\u200bert", "42", "<b>Anna</b>", ""])
def test_a_name_that_is_taken_or_none_is_refused(anna: User, name: str) -> None:
    make_user("Bert")
    with pytest.raises(RuleBroken) as broken:
        service.change_profile(anna, name=name, home=None, language="de")
    assert broken.value.field == "name"
    assert anna.name == "Anna"


def test_nobody_changes_names_all_day(anna: User) -> None:
    for n in range(5):
        service.change_profile(anna, name=f"Anna {'abcde'[n]}", home=None, language="de")
    with pytest.raises(TooMany):
        service.change_profile(anna, name="Anna f", home=None, language="de")
    service.change_profile(anna, name="Anna e", home=None, language="en")


def test_only_known_languages(anna: User) -> None:
    with pytest.raises(RuleBroken):
        service.change_profile(anna, name="Anna", home=None, language="xx")


@pytest.mark.parametrize("actor", [Nobody(), System()])
def test_strangers_have_nothing_to_change(actor) -> None:
    with pytest.raises(Forbidden):
        service.change_profile(actor, name="Anna", home=None, language="de")
    with pytest.raises(Forbidden):
        service.change_password(actor, current_password=PASSWORD, password=OTHER, keep=0)
    with pytest.raises(Forbidden):
        service.request_new_address(actor, email="x@example.org", password=PASSWORD)
    with pytest.raises(Forbidden):
        service.delete_account(actor, password=PASSWORD, erase=False, forget=())


# -- password --------------------------------------------------------------------------------


def test_a_new_password_ends_the_other_sessions(anna: User) -> None:
    for _ in range(3):
        service.open_session(anna, anna, device="")
    keep = db.session.scalars(select(UserSession.id)).first()
    service.change_password(anna, current_password=PASSWORD, password=OTHER, keep=keep)
    assert db.session.scalars(select(UserSession.id)).all() == [keep]
    assert mails()[-1].subject == "Your password was changed"
    service.change_password(anna, current_password=OTHER, password=PASSWORD, keep=keep)


def test_a_new_password_kills_reset_links(anna: User) -> None:
    service.request_reset(Nobody(), email="anna@example.org", source="192.0.2.1")
    token = token_in(mails()[-1])
    service.change_password(anna, current_password=PASSWORD, password=OTHER, keep=0)
    with pytest.raises(Missing):
        service.reset_password(Nobody(), token, password=PASSWORD)


def test_the_present_password_is_asked_for(anna: User) -> None:
    before = anna.password_hash
    acts = {
        "current_password": lambda wrong: service.change_password(
            anna, current_password=wrong, password=OTHER, keep=0
        ),
        "password": lambda wrong: service.request_new_address(
            anna, email="neu@example.org", password=wrong
        ),
    }
    for field, act in acts.items():
        for wrong in ("", OTHER, PASSWORD.upper()):
            with pytest.raises(RuleBroken) as broken:
                act(wrong)
            assert broken.value.field == field
    with pytest.raises(RuleBroken) as broken:
        service.delete_account(anna, password=OTHER, erase=False, forget=())
    assert broken.value.field == "password"
    assert (anna.password_hash, anna.name) == (before, "Anna")
    assert mails() == []


def test_guessing_the_present_password_is_limited(anna: User) -> None:
    for _ in range(10):
        with pytest.raises(RuleBroken):
            service.change_password(anna, current_password="falsch", password=OTHER, keep=0)
    with pytest.raises(TooMany):
        service.change_password(anna, current_password=PASSWORD, password=OTHER, keep=0)


# -- address ---------------------------------------------------------------------------------


def new_address(anna: User, email="neu@example.org") -> str:
    service.request_new_address(anna, email=email, password=PASSWORD)
    return token_in(mails(email)[-1])


def test_an_address_changes_when_its_link_is_opened(anna: User) -> None:
    token = new_address(anna, "Neu@example.org")
    assert anna.email == "anna@example.org"
    (notice,) = mails("anna@example.org")
    assert notice.subject == "Your account shall get another e-mail address"
    assert "Neu@" not in notice.text
    service.confirm_new_address(anna, token)
    assert (anna.email, anna.email_key) == ("Neu@example.org", "neu@example.org")
    assert mails("anna@example.org") == []  # the old address is forgotten
    with pytest.raises(Missing):
        service.confirm_new_address(anna, token)


def test_a_change_of_address_kills_links_to_the_old_one(anna: User) -> None:
    service.request_reset(Nobody(), email="anna@example.org", source="192.0.2.1")
    reset = token_in(mails()[-1])
    service.confirm_new_address(anna, new_address(anna))
    with pytest.raises(Missing):
        service.reset_password(Nobody(), reset, password=OTHER)


def test_the_link_belongs_to_the_person_who_asked(anna: User) -> None:
    token = new_address(anna)
    bert = make_user("Bert")
    with pytest.raises(Missing):
        service.confirm_new_address(bert, token)
    with clock.at(clock.now() + timedelta(days=1, seconds=1)), pytest.raises(Missing):
        service.confirm_new_address(anna, token)
    service.confirm_new_address(anna, token)


def test_a_taken_address_is_told_to_its_owner_only(anna: User) -> None:
    make_user("Bert", email="bert@example.org", email_key="bert@example.org", language="en")
    service.request_new_address(anna, email="BERT@example.org", password=PASSWORD)
    (mail,) = mails("bert@example.org")
    assert mail.subject == "You have an account already"
    assert "konto/email" not in mail.text


def test_an_address_taken_in_between_is_refused(anna: User) -> None:
    token = new_address(anna)
    make_user("Bert", email="neu@example.org", email_key="neu@example.org")
    with pytest.raises(RuleBroken):
        service.confirm_new_address(anna, token)
    assert anna.email_key == "anna@example.org"


def test_a_sign_up_that_was_never_confirmed_holds_no_address(anna: User) -> None:
    make_user("Dieb", email="neu@example.org", email_key="neu@example.org", confirmed=False)
    service.confirm_new_address(anna, new_address(anna))
    assert queries.by_email("neu@example.org") is anna


def test_the_own_address_is_no_change(anna: User) -> None:
    with pytest.raises(RuleBroken) as broken:
        service.request_new_address(anna, email="ANNA@example.org", password=PASSWORD)
    assert broken.value.field == "email"


def test_two_changes_of_address_a_day(anna: User) -> None:
    for n in range(2):
        new_address(anna, f"neu{n}@example.org")
    with pytest.raises(TooMany):
        new_address(anna, "neu3@example.org")
    with clock.at(clock.now() + timedelta(days=1)):
        new_address(anna, "neu4@example.org")


# -- roles and blocks ------------------------------------------------------------------------


def test_roles_are_given_and_taken(anna: User) -> None:
    admin = make_user(roles=[(Role.ADMIN, None)])
    town = make_municipality("Lindfurt")
    assert service.grant_role(admin, anna, Role.STAFF, town)
    assert not service.grant_role(admin, anna, Role.STAFF, town)
    assert anna.has_role(Role.STAFF, town)
    assert not service.revoke_role(admin, anna, Role.STAFF)
    assert service.revoke_role(admin, anna, Role.STAFF, town)
    assert not anna.has_role(Role.STAFF, town)


@pytest.mark.parametrize("role", [*Role])
def test_only_the_platform_gives_roles(anna: User, role: Role) -> None:
    town = make_municipality("Lindfurt")
    for actor in (Nobody(), anna, make_user("Bert", roles=[(role, town)])):
        with pytest.raises(Forbidden):
            service.grant_role(actor, anna, Role.ADMIN)
        with pytest.raises(Forbidden):
            service.revoke_role(actor, anna, Role.ADMIN)


def test_an_account_of_nobody_holds_no_role() -> None:
    with pytest.raises(RuleBroken):
        service.grant_role(System(), make_user(origin="polis:1"), Role.STAFF)
    with pytest.raises(RuleBroken):
        service.grant_role(System(), make_user(left_at=clock.now()), Role.STAFF)


def test_somebody_must_run_the_platform() -> None:
    first = make_user("Eins", roles=[(Role.ADMIN, None)], password_hash=hashed())
    for act in (
        lambda: service.revoke_role(System(), first, Role.ADMIN),
        lambda: service.block_account(System(), first),
        lambda: service.delete_account(first, password=PASSWORD, erase=False, forget=()),
    ):
        with pytest.raises(RuleBroken):
            act()
    make_user("Zwei", roles=[(Role.ADMIN, None)])
    assert service.revoke_role(System(), first, Role.ADMIN)


def test_a_block_ends_every_session_at_once(anna: User) -> None:
    admin = make_user(roles=[(Role.ADMIN, None)])
    service.open_session(anna, anna, device="")
    service.block_account(admin, anna)
    assert sessions() == 0
    with pytest.raises(Forbidden):
        service.unblock_account(make_user("Bert"), anna)
    service.unblock_account(admin, anna)
    assert anna.is_authenticated


def test_the_first_admin_sets_the_password_by_a_link_that_works_once() -> None:
    token = service.create_admin(System(), email="root@example.org", name="Chefin")
    again = service.create_admin(System(), email="root@example.org", name="Chefin")
    with pytest.raises(Missing):
        service.reset_password(Nobody(), token, password=PASSWORD)
    service.reset_password(Nobody(), again, password=PASSWORD)
    user = queries.by_email("root@example.org")
    assert user.is_admin()
    with pytest.raises(RuleBroken):
        service.create_admin(System(), email="root@example.org", name="Chefin")
    with pytest.raises(Forbidden):
        service.create_admin(Nobody(), email="x@example.org", name="Dieb")
    with pytest.raises(RuleBroken):
        service.create_admin(System(), email="y@example.org", name="CHEFIN")
