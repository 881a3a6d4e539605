"""F5, F6: 64 at the same moment against the real server: one vote, one name, one use of a link.

All requests are sent but for their last byte; then the last bytes go out together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from civic.accounts import service as accounts
from civic.accounts.models import AccountToken, Nobody, User
from civic.contributions.models import Contribution
from civic.core import names
from civic.core.db import db, transaction
from civic.core.outbox import Mail
from civic.votes.models import Vote
from tests.conftest import DATABASES
from tests.faults.report import counted
from tests.faults.requests import all_at_once, request_of
from tests.faults.site import Site, Visitor, site_on
from tests.make import make_idea, make_user

AT_ONCE = 64
ROUNDS = 20
MIXED_ROUNDS = 5
PASSWORD = "fenster regen trommel see"
#: Spellings that a reader takes for one name.
SPELLINGS = (
    "Anna Berger", "anna berger", "ANNA BERGER", "Anna  Berger", "Ａnna Berger", "Anna Bérger",
    "𝐀𝐧𝐧𝐚 Berger", "Anna-Berger",
)  # fmt: skip


@pytest.fixture(scope="module", params=DATABASES)
def site(request, tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("votes")
    with site_on(request.param, request, folder, "postgres_url") as found, found.served():
        yield found


@pytest.fixture(scope="module")
def voting(site) -> tuple[int, list[Visitor]]:
    with site.app.app_context(), transaction():
        return make_idea().id, [site.visitor(make_user()) for _ in range(AT_ONCE // 2)]


def votes_and_counter(site: Site, thing: int) -> tuple[int, int]:
    with site.app.app_context():
        db.session.rollback()
        rows = select(func.count()).select_from(Vote).where(Vote.contribution_id == thing)
        counter = select(Contribution.vote_count).where(Contribution.id == thing)
        found = db.session.scalar(rows), db.session.scalar(counter)
        db.session.rollback()
        return found


def rounds_of_voting(
    site: Site, thing: int, person: Visitor, rounds: int
) -> tuple[int, Counter[int]]:
    """64 equal votes and one withdrawal, again and again; in how many rounds the sum was wrong."""
    vote = request_of(site, f"/beitraege/{thing}/stimme", person)
    withdraw = request_of(site, f"/beitraege/{thing}/stimme/zurueckziehen", person)
    wrong, statuses = 0, Counter[int]()
    for _ in range(rounds):
        answered = Counter(all_at_once(site, [vote] * AT_ONCE))
        assert answered[303] > 0
        statuses += answered
        wrong += votes_and_counter(site, thing) != (1, 1)
        assert all_at_once(site, [withdraw]) == [303]
        wrong += votes_and_counter(site, thing) != (0, 0)
    return wrong, statuses


def test_64_votes_of_one_person_are_one(site, voting):
    """The short form of F5."""
    thing, people = voting
    wrong, statuses = rounds_of_voting(site, thing, people[0], 2)
    assert wrong == 0
    # Who found no free connection was told so (503) and may press again.
    assert set(statuses) <= {303, 503}, statuses


@pytest.mark.faults
def test_f5_votes_and_mixes(site, voting, report):
    thing, people = voting
    wrong, statuses = rounds_of_voting(site, thing, people[0], ROUNDS)
    report.note(
        "F5", f"{site.kind}: 64 equal votes at once, {ROUNDS} rounds, two processes",
        "1 vote in each round, counter = rows",
        f"{wrong} rounds wrong; answers {counted(statuses)}",
    )  # fmt: skip
    assert wrong == 0
    assert set(statuses) <= {303, 503}
    off, mixed = mixes(site, thing, people)
    report.note(
        "F5", f"{site.kind}: votes and withdrawals of 32 people mixed, {MIXED_ROUNDS} rounds",
        "counter = rows", f"{off} rounds wrong; answers {counted(mixed)}",
    )  # fmt: skip
    assert off == 0
    assert set(mixed) <= {303, 503}


def mixes(site: Site, thing: int, people: list[Visitor]) -> tuple[int, Counter[int]]:
    """Everybody votes and withdraws at the same moment; in how many rounds the sum was wrong."""
    urls = [f"/beitraege/{thing}/stimme", f"/beitraege/{thing}/stimme/zurueckziehen"]
    mix = [request_of(site, url, person) for person in people for url in urls]
    wrong, statuses = 0, Counter[int]()
    for turn in range(MIXED_ROUNDS):
        statuses += Counter(all_at_once(site, mix[turn:] + mix[:turn]))
        rows, counter = votes_and_counter(site, thing)
        wrong += rows != counter or not 0 <= rows <= len(people)
    final = [request_of(site, urls[0], person) for person in people]
    assert any(set(all_at_once(site, final)) == {303} for _ in range(5))
    wrong += votes_and_counter(site, thing) != (len(people), len(people))
    return wrong, statuses


@pytest.mark.faults
@pytest.mark.parametrize("kind", DATABASES)
def test_f5_control_look_then_vote(kind, request, tmp_path, report):
    """A hasty view: it looks whether the vote is there, and counts it if not."""
    with site_on(kind, request, tmp_path, "postgres_url") as site:
        with site.app.app_context(), transaction():
            thing, person = make_idea().id, site.visitor(make_user())
        with site.served("tests.faults.variants:look_then_vote()"):
            wrong, statuses = rounds_of_voting(site, thing, person, 5)
    report.note(
        "F5", f"Control, {site.kind}: look, then vote", "found: rounds wrong",
        f"{wrong} of 10 sums wrong; answers {counted(statuses)}",
    )  # fmt: skip
    assert wrong


def test_f6_64_sign_ups_with_one_name_are_one_account(site, report):
    """In spellings that look alike, each from a network and with an e-mail address of its own."""
    person = site.visitor()
    assert {names.skeleton(names.fold(name)) for name in SPELLINGS} == {
        names.skeleton("Anna Berger")
    }
    requests = [
        request_of(
            site,
            "/registrieren",
            person,
            name=SPELLINGS[n % len(SPELLINGS)],
            email=f"anna{n}@example.org",
            password=PASSWORD,
            is_old_enough="y",
        )
        for n in range(AT_ONCE)
    ]
    statuses = Counter(all_at_once(site, requests, sources=True))
    report.note(
        "F6", f"{site.kind}: 64 sign-ups at once with one name in {len(SPELLINGS)} spellings",
        "1 account", f"answers {counted(statuses)}",
    )  # fmt: skip
    assert set(statuses) <= {303, 422, 429, 503}, statuses
    assert statuses[303] == 1, statuses
    key = names.skeleton("Anna Berger")
    with site.app.app_context():
        users = db.session.scalars(select(User).where(User.name_key == key)).all()
        mails = db.session.scalars(select(Mail.recipient)).all()
        assert [user.email for user in users] == mails
        db.session.rollback()


LINKS = {"confirm": "/bestaetigen/", "reset": "/passwort-neu/"}


@pytest.mark.parametrize("purpose", LINKS)
def test_f6_64_uses_of_one_link_are_one(site, report, purpose):
    person = site.visitor()
    email = f"{purpose}@example.org"
    with site.app.app_context():
        accounts.sign_up(
            Nobody(), email=email, name=f"Ben {purpose}", password=PASSWORD, language="de",
            home=None, source="192.0.2.1",
        )  # fmt: skip
        if purpose == "reset":
            accounts.confirm_address(Nobody(), token_of("confirm", email))
            accounts.request_reset(Nobody(), email=email, source="192.0.2.1")
        token = token_of(purpose, email)
        db.session.rollback()
    use = request_of(site, LINKS[purpose] + token, person, password="neue leiter kaffee moos")
    statuses = Counter(all_at_once(site, [use] * AT_ONCE))
    report.note(
        "F6", f"{site.kind}: 64 uses at once of one link ({purpose})", "1 use",
        f"answers {counted(statuses)}",
    )  # fmt: skip
    assert set(statuses) <= {303, 404, 503}, statuses
    assert statuses[303] == 1, statuses
    with site.app.app_context():
        user = db.session.scalars(select(User).where(User.email_key == email)).one()
        assert user.is_confirmed
        assert not db.session.scalar(
            select(func.count()).select_from(AccountToken).where(AccountToken.user_id == user.id)
        )
        db.session.rollback()


def token_of(purpose: str, email: str) -> str:
    """The secret in the newest mail to somebody."""
    words = select(Mail.text).where(Mail.recipient == email).order_by(Mail.id.desc()).limit(1)
    found = re.search(LINKS[purpose] + r"([\w-]+)", db.session.scalars(words).one())
    assert found
    return found[1]
