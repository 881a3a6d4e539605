"""64 at the same moment against the real server: one vote, one name, one use of a link.

All requests are sent but for their last byte; then the last bytes go out together.
"""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import urlencode

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
    folder = tmp_path_factory.mktemp("race")
    with site_on(request.param, request, folder, "postgres_url") as found, found.served():
        yield found


def request_of(site: Site, url: str, person: Visitor, **form: str) -> bytes:
    body = urlencode({"csrf_token": person.token, **form}).encode()
    head = [
        f"POST {url} HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        f"Cookie: {person.cookie}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def all_at_once(site: Site, requests: Sequence[bytes], *, sources: bool = False) -> list[int]:
    """Send them together; their statuses. With `sources` each comes from an address of its own."""
    with ExitStack() as stack:
        lines = []
        for n, request in enumerate(requests):
            source = (f"127.0.1.{n + 1}", 0) if sources else None
            line = stack.enter_context(
                socket.create_connection(("127.0.0.1", site.port), 30, source_address=source)
            )
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(request[:-1])
            lines.append(line)
        for line, request in zip(lines, requests, strict=True):
            line.sendall(request[-1:])
        return [status_of(line) for line in lines]


def status_of(line: socket.socket) -> int:
    said = b""
    while b"\r\n" not in said:
        part = line.recv(65536)
        assert part, "hung up without an answer"
        said += part
    return int(said.split()[1])


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


def test_64_votes_of_one_person_are_one(site, voting):
    thing, people = voting
    vote = request_of(site, f"/beitraege/{thing}/stimme", people[0])
    withdraw = request_of(site, f"/beitraege/{thing}/stimme/zurueckziehen", people[0])
    for _ in range(ROUNDS):
        statuses = Counter(all_at_once(site, [vote] * AT_ONCE))
        # Who found no free connection was told so (503) and may press again.
        assert set(statuses) <= {303, 503}, statuses
        assert statuses[303] > 0
        assert votes_and_counter(site, thing) == (1, 1)
        assert all_at_once(site, [withdraw]) == [303]
        assert votes_and_counter(site, thing) == (0, 0)


def test_mixes_of_voting_and_withdrawing_balance(site, voting):
    thing, people = voting
    urls = [f"/beitraege/{thing}/stimme", f"/beitraege/{thing}/stimme/zurueckziehen"]
    mix = [request_of(site, url, person) for person in people for url in urls]
    for turn in range(MIXED_ROUNDS):
        statuses = Counter(all_at_once(site, mix[turn:] + mix[:turn]))
        assert set(statuses) <= {303, 503}, statuses
        rows, counter = votes_and_counter(site, thing)
        assert rows == counter
        assert 0 <= rows <= len(people)
    final = [request_of(site, urls[0], person) for person in people]
    assert any(set(all_at_once(site, final)) == {303} for _ in range(5))
    assert votes_and_counter(site, thing) == (len(people), len(people))


def test_64_sign_ups_with_one_name_are_one_account(site):
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
    assert set(statuses) <= {303, 422, 429, 503}, statuses
    assert statuses[303] == 1, statuses
    key = names.skeleton("Anna Berger")
    with site.app.app_context():
        users = db.session.scalars(select(User).where(User.name_key == key)).all()
        mails = db.session.scalars(select(Mail.recipient)).all()
        assert [user.email for user in users] == mails
        db.session.rollback()


def test_64_uses_of_one_link_are_one(site):
    person = site.visitor()
    with site.app.app_context():
        accounts.sign_up(
            Nobody(), email="ben@example.org", name="Ben Link", password=PASSWORD, language="de",
            home=None, source="192.0.2.1",
        )  # fmt: skip
        words = db.session.scalars(
            select(Mail.text).where(Mail.recipient == "ben@example.org")
        ).one()
        db.session.rollback()
    found = re.search(r"/bestaetigen/[\w-]+", words)
    assert found
    statuses = Counter(all_at_once(site, [request_of(site, found[0], person)] * AT_ONCE))
    assert set(statuses) <= {303, 404, 503}, statuses
    assert statuses[303] == 1, statuses
    with site.app.app_context():
        user = db.session.scalars(select(User).where(User.email_key == "ben@example.org")).one()
        assert user.is_confirmed
        assert not db.session.scalar(
            select(func.count()).select_from(AccountToken).where(AccountToken.user_id == user.id)
        )
        db.session.rollback()
