"""F25: no byte of one person reaches another through the micro-cache of nginx, on any address.

Two people and two strangers ask for every page of the house in turn, each within the two seconds
that the cache keeps it: whole and as a fragment, so that whatever the first one left there would
come to the next. The control is the same configuration with its locks open.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from civic.accounts.models import Role, User
from civic.contributions.models import Contribution
from civic.core.db import db, transaction
from civic.moderation import service as moderation
from tests.architecture.world import World, make_world, rules
from tests.cluster import nginx
from tests.cluster.leaks import Answer, Reader, Watch
from tests.faults.machine import answers, free_port, running, until
from tests.faults.site import Server, Site
from tests.make import make_user

NAMES = {"Alba Kanarienvogel": Role.ADMIN, "Bruno Wellensittich": None}
FORMS: tuple[dict[str, str], ...] = ({}, {"HX_Request": "true"})
#: The locks of cache.conf and site.conf, opened: what they say and what they say then.
LOCK_1 = "map $http_cookie $civic_has_cookies {\n    default "
LOCK_2 = '~*private|no-store|no-cache" '
IGNORED = "proxy_ignore_headers Cache-Control Expires"
OPENED = (
    ("cache.conf", f"{LOCK_1}1;", f"{LOCK_1}0;"),
    ("cache.conf", f"{LOCK_2}1", f"{LOCK_2}0"),
    ("site.conf", f"{IGNORED};", f"{IGNORED} Set-Cookie Vary;"),
    ("site.conf", "proxy_cache_valid 200 2s;", "proxy_cache_valid any 2s;"),
)
#: Seconds after which no copy of a page is shown any more.
LONGEST = 10
#: The key without the running ten seconds.
TIMELESS = (("site.conf", '"$civic_moment|$scheme', '"$scheme'),)
Changes = tuple[tuple[str, str, str], ...]


@dataclass
class Front:
    """nginx before the house, and the browsers before nginx."""

    site: Site
    server: Server
    world: World
    port: int
    folder: Path
    people: list[Reader]
    _strangers: Iterator[int] = field(default_factory=lambda: count(1))

    def stranger(self) -> Reader:
        """Somebody who was never here before."""
        return Reader(f"stranger {next(self._strangers)}")

    def made(self, endpoint: str) -> int:
        """How often the house itself has answered."""
        return self.server.log.read_text(errors="replace").count(f"endpoint={endpoint} ")

    def addresses(self) -> list[str]:
        gets = [rule for rule in rules() if rule.methods and "GET" in rule.methods]
        return [self.world.address(rule) for rule in gets]


def person(site: Site, name: str, role: Role | None) -> Reader:
    address = f"{name.split(maxsplit=1)[0].lower()}@vogelhaus.example"
    user = make_user(name, roles=[(role, None)] if role else None, email=address, email_key=address)
    visitor = site.visitor(user)
    raw = visitor.token.partition(".")[0]
    secrets = {name, address, raw, visitor.cookie.partition("=")[2]}
    return Reader(name, visitor.cookie, secrets)


@contextmanager
def nginx_before(site: Site, folder: Path, changes: Changes = ()) -> Iterator[int]:
    """nginx as `deploy/` has it, in front of the site, on the port that is given; for a control
    with some words of its files changed.
    """
    folder.mkdir()
    port = free_port()
    main = nginx.lay_out(folder, port, [f"127.0.0.1:{site.port}"])
    for name, old, new in changes:
        nginx.change(main.parent / "civic" / name, old, new)
    assert not nginx.check(main)
    with running(nginx.command(main), folder / "nginx.log"):
        until(lambda: answers(port), 10)
        yield port


@pytest.fixture
def front(sqlite_site, tmp_path) -> Iterator[Front]:
    site = sqlite_site
    world = make_world(site.app)
    with site.app.app_context(), transaction():
        people = [person(site, name, role) for name, role in NAMES.items()]
    with ExitStack() as stack:
        server = stack.enter_context(site.served(env={"CIVIC_TRUSTED_PROXIES": "1"}))
        port = stack.enter_context(nginx_before(site, tmp_path / "front"))
        yield Front(site, server, world, port, tmp_path, people)
    with site.app.app_context():
        db.session.remove()


def walk(front: Front, port: int, addresses: list[str]) -> Watch:
    """Everybody asks for everything: first the people, then strangers, then the people again."""
    watch = Watch(list(front.people))
    for address in addresses:
        for form in FORMS:
            for reader in (*front.people, front.stranger(), front.stranger(), *front.people):
                watch.look(reader, address, reader.ask(port, address, **form))
    return watch


def test_nothing_of_one_person_reaches_another(front, report):
    addresses = front.addresses()
    watch = walk(front, front.port, addresses)
    seen = f"{watch.leaked} bytes in {watch.answers} answers of {len(addresses)} addresses"
    report.note("F25", "Two people and strangers through the micro-cache", "0 bytes", seen)
    assert not watch.found, "\n".join(watch.found)
    assert watch.leaked == 0

    with nginx_before(front.site, front.folder / "opened", OPENED) as port:
        control = walk(front, port, ["/", "/konto", "/anmelden"])
    seen = f"{control.leaked} bytes in {control.answers} answers"
    report.note("F25", "Control: a cache without its locks", "found", seen)
    assert control.leaked > 0


def test_a_page_is_made_once_for_many_strangers_and_for_each_form(front):
    """The cache does its work, and never gives one form of a page for another."""
    made = front.made("ideas.index")
    pages = [front.stranger().ask(front.port, "/ideen") for _ in range(20)]
    assert {page.status for page in pages} == {200}
    assert front.made("ideas.index") - made <= 2
    assert len({page.headers["x-request-id"] for page in pages}) == len(pages)

    page = pages[0]
    fragment = front.stranger().ask(front.port, "/ideen", HX_Request="true")
    boosted = front.stranger().ask(front.port, "/ideen", HX_Request="true", HX_Boosted="true")
    english = Reader("English", "civic_language=en").ask(front.port, "/ideen")
    packed = front.stranger().ask(front.port, "/ideen", Accept_Encoding="br, gzip;q=0.8")
    assert is_whole(page)
    assert is_whole(boosted)
    assert not is_whole(fragment)
    assert 'lang="de"' in page.text
    assert 'lang="en"' in english.text
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in page.headers
    assert is_whole(front.stranger().ask(front.port, "/ideen"))


def is_whole(answer: Answer) -> bool:
    return "<html" in answer.text


def test_a_person_is_answered_by_the_house_and_sees_their_own_name(front):
    front.stranger().ask(front.port, "/")
    for reader in front.people:
        answer = reader.ask(front.port, "/")
        assert reader.name in answer.text
        assert answer.headers["cache-control"] == "private, no-store"


def test_foreign_hosts_are_refused(front):
    stranger = front.stranger()
    assert stranger.ask(front.port, "/", Host="evil.example").status == 421
    assert stranger.ask(front.port, "/", Host="").status in {400, 421}


@pytest.mark.faults
def test_what_was_hidden_is_gone_for_everybody_within_ten_seconds(front, report):
    """Even a page that is read all the time. nginx alone would show the old copy for ever: it
    keeps what it has for as long as the new answer (404, private) must not be kept.
    """
    shown = front.world.address(
        next(r for r in rules() if r.endpoint == "ideas.show" and "slug" in r.arguments)
    )
    with nginx_before(front.site, front.folder / "timeless", TIMELESS) as careless:
        for port in (front.port, careless):
            assert front.stranger().ask(port, shown).status == 200
        hide(front)
        seen: dict[int, float] = {}

        def is_gone() -> bool:
            for port in (front.port, careless):
                if port not in seen and front.stranger().ask(port, shown).status == 404:
                    seen[port] = time.monotonic() - began
            return front.port in seen and time.monotonic() - began > 2 * LONGEST

        began = time.monotonic()
        until(is_gone, 3 * LONGEST, 0.1)
    gone = seen[front.port]
    report.note(
        "F25",
        "An idea is hidden while strangers read it",
        f"gone within {LONGEST} s",
        f"{gone:.1f} s",
    )
    still = "still shown" if careless not in seen else f"{seen[careless]:.1f} s"
    report.note("F25", "Control: a key without the time", "found", f"{still} after {2 * LONGEST} s")
    assert gone <= LONGEST
    assert careless not in seen


def hide(front: Front) -> None:
    with front.site.app.app_context():
        idea = db.session.get_one(Contribution, front.world.ids["idea"])
        moderator = db.session.get_one(User, front.world.ids["moderator"])
        moderation.hide(moderator, idea, reason="Im Text steht die Anschrift einer Familie.")
        db.session.remove()
