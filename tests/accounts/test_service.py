"""Coming in: sign up, confirm, sign in, reset."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from civic.accounts import policy, queries, service
from civic.accounts.models import AccountToken, Nobody, Role, TokenPurpose, User, UserSession
from civic.core import clock, passwords
from civic.core.db import db
from civic.core.errors import Missing, RuleBroken
from tests.accounts.post import OTHER, PASSWORD, hashed, mails, token_in
from tests.make import make_municipality, make_user

pytestmark = pytest.mark.usefixtures("inside")


def sign_up(email="anna@example.org", name="Anna Auental", password=PASSWORD, **changes) -> None:
    values = {"language": "en", "home": None, "source": "192.0.2.1"}
    service.sign_up(Nobody(), email=email, name=name, password=password, **(values | changes))


def sign_in(email="anna@example.org", password=PASSWORD, source="192.0.2.1"):
    return service.sign_in(
        Nobody(), email=email, password=password, device="Firefox, Linux", source=source
    )


def confirmed(email="anna@example.org", name="Anna Auental") -> User:
    sign_up(email, name)
    service.confirm_address(Nobody(), token_in(mails(email)[-1]))
    return queries.by_email(email.lower())


# -- sign up and confirm ---------------------------------------------------------------------


def test_a_new_account_waits_for_its_confirmation() -> None:
    town = make_municipality("Lindfurt")
    sign_up(" Anna@Example.ORG ", "  Anna   Auental ", home=town, language="en")
    user = queries.by_email("anna@example.org")
    assert (user.email, user.name, user.home_id) == ("Anna@example.org", "Anna Auental", town.id)
    assert (user.language, user.is_confirmed) == ("en", False)
    assert user.password_hash.startswith("$argon2id$")
    (mail,) = mails()
    assert mail.recipient == "Anna@example.org"
    assert mail.subject == "Please confirm your e-mail address"
    assert "Anna Auental" not in mail.text  # a stranger's words do not go to strangers

    service.confirm_address(Nobody(), token_in(mail))
    assert user.is_confirmed


def test_a_confirmation_works_once() -> None:
    sign_up()
    token = token_in(mails()[0])
    service.confirm_address(Nobody(), token)
    for _ in range(3):
        with pytest.raises(Missing):
            service.confirm_address(Nobody(), token)


def test_a_confirmation_expires() -> None:
    sign_up()
    token = token_in(mails()[0])
    with clock.at(clock.now() + timedelta(days=3, seconds=1)), pytest.raises(Missing):
        service.confirm_address(Nobody(), token)
    service.confirm_address(Nobody(), token)


@pytest.mark.parametrize("token", ["", "x", "ä", "\udcff", "x" * 5000])
def test_a_made_up_link_confirms_nothing(token: str) -> None:
    sign_up()
    with pytest.raises(Missing):
        service.confirm_address(Nobody(), token)


def test_a_link_is_good_for_its_purpose_only() -> None:
    sign_up()
    token = token_in(mails()[0])
    with pytest.raises(Missing):
        service.reset_password(Nobody(), token, password=OTHER)


def test_the_database_knows_no_token() -> None:
    sign_up()
    (stored,) = db.session.scalars(select(AccountToken.token_hash))
    assert stored != token_in(mails()[0])
    assert len(stored) == 64


def test_signing_up_again_replaces_what_was_not_confirmed() -> None:
    sign_up(name="Anna Eins")
    sign_up("ANNA@example.org", name="Anna Zwei", password=OTHER)
    first, second = mails()
    user = queries.by_email("anna@example.org")
    assert user.name == "Anna Zwei"
    with pytest.raises(Missing):
        service.confirm_address(Nobody(), token_in(first))
    service.confirm_address(Nobody(), token_in(second))
    assert sign_in(password=OTHER).token
    with pytest.raises(RuleBroken):
        sign_in(password=PASSWORD)


def test_signing_up_again_with_the_same_name_is_no_collision() -> None:
    sign_up()
    sign_up()
    assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_a_known_address_changes_nothing_and_tells_its_owner() -> None:
    user = confirmed()
    before = (user.name, user.password_hash, user.confirmed_at)
    sign_up(name="Ganz Anders", password=OTHER)
    assert (user.name, user.password_hash, user.confirmed_at) == before
    assert mails()[-1].subject == "You have an account already"
    assert "bestaetigen" not in mails()[-1].text


@pytest.mark.parametrize("name", ["Anna Auental", "anna auental", "Anna  Auentаl", "ÀNNA AUENTAL"])
def test_a_name_that_looks_taken_is_taken(name: str) -> None:
    confirmed()
    with pytest.raises(RuleBroken) as broken:
        sign_up("somebody@example.org", name)
    assert broken.value.field == "name"


def test_a_taken_name_is_told_alike_for_known_and_unknown_addresses() -> None:
    confirmed()
    confirmed("berta@example.org", "Berta")
    for email in ("anna@example.org", "berta@example.org", "nobody@example.org"):
        with pytest.raises(RuleBroken) as broken:
            sign_up(email, "Berta")
        assert broken.value.field == "name"


@pytest.mark.parametrize("email", ["", "anna", "a b@example.org", "ü@example.org", "x@localhost"])
def test_what_cannot_be_an_address(email: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        sign_up(email)
    assert broken.value.field == "email"


def test_a_mistake_costs_no_attempt_and_no_mail() -> None:
    for _ in range(30):
        with pytest.raises(RuleBroken):
            sign_up(password="kurz")
    sign_up()
    assert len(mails()) == 1


def test_the_confirmation_can_be_sent_again() -> None:
    sign_up()
    service.send_again(Nobody(), email="Anna@example.org", source="192.0.2.1")
    first, second = mails()
    with pytest.raises(Missing):
        service.confirm_address(Nobody(), token_in(first))
    service.confirm_address(Nobody(), token_in(second))
    service.send_again(Nobody(), email="nobody@example.org", source="192.0.2.1")
    assert len(mails()) == 2


# -- sign in ---------------------------------------------------------------------------------


def test_signing_in_opens_a_session() -> None:
    user = confirmed()
    entry = sign_in("ANNA@example.org")
    (session,) = db.session.scalars(select(UserSession))
    assert entry.user is user
    assert session.user_id == user.id
    assert session.device == "Firefox, Linux"
    assert session.token_hash != entry.token
    assert sign_in().token != entry.token


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("anna@example.org", OTHER),
        ("anna@example.org", ""),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("no address", PASSWORD),
        ("anna@example.org", "x" * 5000),
    ],
)
def test_a_wrong_sign_in_never_says_what_was_wrong(email: str, password: str) -> None:
    confirmed()
    with pytest.raises(RuleBroken) as broken:
        sign_in(email, password)
    assert broken.value.message == "The e-mail address or the password is wrong."
    assert broken.value.field is None


def test_an_unconfirmed_account_is_not_let_in() -> None:
    sign_up()
    assert sign_in().token is None
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
    with pytest.raises(RuleBroken, match="is wrong"):
        sign_in(password=OTHER)


def test_a_blocked_account_is_told_only_with_the_password() -> None:
    make_user("Bert", email_key="bert@example.org", password_hash=hashed(), blocked_at=clock.now())
    with pytest.raises(RuleBroken, match="is blocked"):
        sign_in("bert@example.org")
    with pytest.raises(RuleBroken, match="is wrong"):
        sign_in("bert@example.org", OTHER)


def test_an_imported_account_cannot_be_entered_or_taken_over() -> None:
    make_user("Import", email=None, email_key=None, origin="polis:7z7e:17", password_hash=hashed())
    with pytest.raises(RuleBroken, match="is wrong"):
        sign_in("")
    user = make_user("Zwei", origin="polis:7z7e:18", password_hash=hashed())
    with pytest.raises(RuleBroken, match="is blocked"):
        sign_in(user.email)


def test_an_old_hash_is_renewed_at_sign_in() -> None:
    user = confirmed()
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    user.password_hash = old
    db.session.flush()
    sign_in()
    assert user.password_hash != old
    assert not passwords.is_outdated(user.password_hash)
    assert sign_in().token


# -- the forgotten password ------------------------------------------------------------------


def reset_token(email="anna@example.org") -> str:
    service.request_reset(Nobody(), email=email, source="192.0.2.1")
    return token_in(mails()[-1])


def test_a_reset_sets_the_password_and_ends_all_sessions() -> None:
    user = confirmed()
    sign_in()
    sign_in()
    token = reset_token()
    service.reset_password(Nobody(), token, password=OTHER)
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
    assert sign_in(password=OTHER).user is user
    with pytest.raises(RuleBroken):
        sign_in(password=PASSWORD)
    assert mails()[-1].subject == "Your password was changed"


def test_a_reset_link_works_once_for_one_hour_and_only_the_newest() -> None:
    confirmed()
    first, second = reset_token(), reset_token()
    with pytest.raises(Missing):
        service.reset_password(Nobody(), first, password=OTHER)
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)), pytest.raises(Missing):
        service.reset_password(Nobody(), second, password=OTHER)
    service.reset_password(Nobody(), second, password=OTHER)
    for _ in range(3):
        with pytest.raises(Missing):
            service.reset_password(Nobody(), second, password=PASSWORD)


def test_a_weak_password_does_not_use_up_the_link() -> None:
    confirmed()
    token = reset_token()
    for weak in ("kurz", "anna auental war hier", "passwort123456"):
        with pytest.raises(RuleBroken):
            service.reset_password(Nobody(), token, password=weak)
    service.reset_password(Nobody(), token, password=OTHER)


def test_a_reset_proves_the_address_as_well() -> None:
    sign_up()
    service.reset_password(Nobody(), reset_token(), password=OTHER)
    assert sign_in(password=OTHER).token


def test_no_reset_for_strangers_and_blocked_people() -> None:
    make_user(email="b@example.org", email_key="b@example.org", blocked_at=clock.now())
    for email in ("nobody@example.org", "b@example.org"):
        service.request_reset(Nobody(), email=email, source="192.0.2.1")
    assert mails() == []


def test_a_block_kills_a_reset_link() -> None:
    user = confirmed()
    token = reset_token()
    service.block_account(make_user(roles=[(Role.ADMIN, None)]), user)
    with pytest.raises(Missing):
        service.reset_password(Nobody(), token, password=OTHER)


# -- sessions --------------------------------------------------------------------------------


def test_people_end_their_own_sessions_only() -> None:
    anna, bert = make_user("Anna"), make_user("Bert")
    for user in (anna, anna, bert):
        service.open_session(user, user, device="")
    mine = db.session.scalars(select(UserSession.id).where(UserSession.user_id == anna.id)).all()
    service.close_session(bert, mine[0])
    assert db.session.get(UserSession, mine[0]) is not None
    service.close_session(anna, mine[0])
    db.session.expire_all()
    assert db.session.get(UserSession, mine[0]) is None

    service.open_session(anna, anna, device="")
    service.close_other_sessions(anna, keep=mine[1])
    left = db.session.scalars(select(UserSession.user_id).order_by(UserSession.user_id)).all()
    assert left == [anna.id, bert.id]


def test_dead_sessions_and_links_are_swept_away() -> None:
    anna = confirmed()
    sign_in()
    reset_token()
    with clock.at(clock.now() + policy.IDLE):
        sign_in()
        assert service.forget_expired(Nobody()) == 2
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1
    assert queries.live_token("x", TokenPurpose.RESET, clock.now()) is None
    assert anna.is_confirmed


def test_unconfirmed_accounts_go_after_a_week() -> None:
    sign_up("late@example.org", "Late")
    confirmed()
    make_user("Import", confirmed=False, origin="polis:1", email=None, email_key=None)
    with clock.at(clock.now() + timedelta(days=6, hours=23)):
        sign_up("fresh@example.org", "Fresh")
        assert service.remove_unconfirmed(Nobody()) == 0
    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        assert service.remove_unconfirmed(Nobody()) == 1
    names = set(db.session.scalars(select(User.name)))
    assert names == {"Fresh", "Anna Auental", "Import"}
    assert mails("late@example.org") == []
