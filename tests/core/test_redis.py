"""Redis is a help and never a must: dead, hung, full or flushed, there is a page and a limit."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator

import pytest
import redis as driver
from flask import Flask, jsonify
from sqlalchemy import func, select

from civic.app import create_app
from civic.config import ConfigError
from civic.core import redis, replica
from civic.core.db import db, transaction
from civic.core.errors import TooMany
from civic.core.limits import Limit, LimitCount, give_back, hit
from tests.client import Browser
from tests.conftest import make_config
from tests.redis import Server, redis_server

LIMIT = Limit(5, 3600)
FAULTS = ("kill", "freeze", "fill")
#: What a page may cost more than without Redis (security.md R10), in seconds.
PATIENCE = 0.3


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with redis_server() as server:
        yield server


@pytest.fixture
def house(server, tmp_path, sqlite_template) -> Iterator[Flask]:
    """A house with Redis, on an empty database of its own."""
    target = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, target)
    app = create_app(make_config(f"sqlite:///{target}", tmp_path, redis_url=server.url))
    yield app
    app.extensions["civic_redis"].close()
    server.wake()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def within(house) -> Iterator[Flask]:
    with house.app_context():
        yield house


def tries(subject: str, times: int, limit: Limit = LIMIT) -> int:
    """How many of these go through."""
    done = 0
    for _ in range(times):
        try:
            hit(subject, [limit])
        except TooMany:
            continue
        done += 1
    return done


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(LimitCount)) or 0


def look_again(app: Flask) -> None:
    """The pause after a failure is over."""
    app.extensions["civic_redis"]._asks_again_at = time.monotonic()


# -- limits ----------------------------------------------------------------------------------


def test_limits_are_counted_in_redis_and_not_in_the_database(within, server):
    assert tries("anna@example.org", 9) == 5
    assert tries("bert@example.org", 3) == 3
    assert rows() == 0
    with server.client() as client:
        keys = client.keys("civic:limit:*")
        assert len(keys) == 2
        assert not [key for key in keys if "example" in key]
        assert all(0 < client.ttl(key) <= 3660 for key in keys)


def test_a_use_is_given_back(within, server):
    assert tries("a", 5) == 5
    give_back("a", [LIMIT])
    assert tries("a", 3) == 1
    with server.client() as client:
        client.flushall()
    give_back("a", [LIMIT])
    assert tries("a", 9) == 5


def test_two_houses_count_together(within, server, tmp_path):
    """The control: the database alone would count twice, for each house has its own."""
    other = create_app(make_config(f"sqlite:///{tmp_path / 'x'}", tmp_path, redis_url=server.url))
    assert tries("a", 3) == 3
    with other.app_context():
        assert tries("a", 9) == 2
        other.extensions["civic_redis"].close()


@pytest.mark.parametrize("fault", FAULTS)
def test_with_a_broken_redis_the_database_counts(within, server, fault):
    assert tries("a", 2) == 2
    getattr(server, fault)()
    assert tries("a", 20) == 5
    assert rows() == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_and_redis_counts_again_when_it_is_back(within, server, fault):
    getattr(server, fault)()
    assert tries("a", 2) == 2
    server.wake()
    assert tries("a", 2) == 2  # still in the pause: the database
    look_again(within)
    assert tries("b", 9) == 5
    with server.client() as client:
        assert client.keys("civic:limit:*")


def test_a_flushed_redis_begins_anew_and_still_limits(within, server):
    assert tries("a", 9) == 5
    server.flush()
    assert tries("a", 9) == 5


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_redis_costs_once_and_little(within, server, fault):
    tries("warm", 1)
    getattr(server, fault)()
    took = []
    for _ in range(10):
        began = time.perf_counter()
        tries("a", 1, Limit(100, 60))
        took.append(time.perf_counter() - began)
    assert took[0] < PATIENCE
    assert max(took[1:]) < 0.1


def test_without_our_settings_it_would_cost_a_multiple(house, server):
    """The control: the driver as it comes tries again and again, with growing pauses."""
    ours = house.extensions["civic_redis"]._client
    with driver.Redis(port=1) as theirs:
        assert theirs.get_retry()._retries >= 3
    assert ours.get_retry()._retries == 0


def test_while_it_is_away_only_one_asks_after_the_pause(within, server):
    server.freeze()
    tries("a", 1)
    look_again(within)
    store = within.extensions["civic_redis"]
    store._knock()  # one is asking now
    with pytest.raises(redis.Away):
        store._knock()


def test_once_it_has_answered_all_may_ask_at_once(within, server):
    server.kill()
    tries("a", 1)
    server.start()
    look_again(within)
    assert tries("b", 1) == 1
    for _ in range(3):
        within.extensions["civic_redis"]._knock()


@pytest.mark.parametrize("fault", [*FAULTS, "flush"])
def test_no_page_fails_with_it(house, server, fault):
    browser = Browser(house)
    getattr(server, fault)()
    form = {"email": "a@example.org", "password": "no such password"}
    answers = [browser.client.get("/ideen").status_code]
    answers += [_sign_in(browser, form) for _ in range(14)]
    assert set(answers) == {200, 422, 429}
    assert answers.count(422) == 10


def _sign_in(browser: Browser, form: dict[str, str]) -> int:
    token = browser.get("/anmelden").one("input", name="csrf_token").get("value")
    return browser.client.post("/anmelden", data=form | {"csrf_token": token}).status_code


# -- small facts -----------------------------------------------------------------------------


class Maker:
    """Makes a fact, and counts how often it had to."""

    def __init__(self, value: object = None) -> None:
        self.value = value
        self.times = 0

    def __call__(self) -> object:
        self.times += 1
        return self.value


@pytest.fixture(params=["with redis", "alone"])
def place(request, house) -> Iterator[Flask]:
    store = house.extensions["civic_redis"]
    if request.param == "alone":
        house.extensions["civic_redis"] = None
    with house.app_context():
        yield house
    house.extensions["civic_redis"] = store


@pytest.mark.parametrize("value", [[["Lindfurt", "lindfurt"]], {"ä": 1}, [], 0, "", None])
def test_a_fact_is_made_once(place, value):
    make = Maker(value)
    assert [redis.remember("towns", 60, make) for _ in range(3)] == [value] * 3
    assert make.times == 1


def test_a_fact_ends(place):
    make = Maker(1)
    redis.remember("towns", 0.05, make)
    time.sleep(0.1)
    redis.remember("towns", 0.05, make)
    assert make.times == 2


def test_a_value_may_say_how_long_it_is_kept(place):
    make = Maker([1])
    for _ in range(2):
        assert redis.remember("few", lambda found: len(found) - 1, make) == [1]
    assert make.times == 2
    for _ in range(2):
        assert redis.remember("many", lambda found: len(found) * 60, make) == [1]
    assert make.times == 3


def test_facts_have_names(place):
    assert redis.remember("a", 60, Maker(1)) == 1
    assert redis.remember("b", 60, Maker(2)) == 2


def test_what_is_forgotten_is_made_anew_after_the_commit(place):
    make = Maker("old")
    redis.remember("towns", 60, make)
    with transaction():
        make.value = "new"
        redis.forget("towns")
        assert redis.remember("towns", 60, make) == "old"  # nothing is committed yet
    assert redis.remember("towns", 60, make) == "new"


def test_what_is_rolled_back_is_not_forgotten(place):
    make = Maker("old")
    redis.remember("towns", 60, make)

    @transaction()
    def command():
        redis.forget("towns")
        raise ValueError

    with pytest.raises(ValueError):
        command()
    redis.remember("towns", 60, make)
    assert make.times == 1


def test_a_value_made_from_the_old_state_meanwhile_is_not_believed(within):
    """Another process reads, we commit and forget, and then it stores what it read."""

    def slow():
        with transaction():
            redis.forget("towns")
        return "old"

    assert redis.remember("towns", 60, slow) == "old"
    assert redis.remember("towns", 60, Maker("new")) == "new"


def test_who_has_just_written_is_told_what_stands_there(place):
    """A replica, or the memory of another process, may still hold what was before."""
    redis.remember("towns", 60, Maker("old"))
    token = replica.visit.set(replica.Visit(position=1))
    try:
        assert redis.remember("towns", 60, Maker("new")) == "new"
    finally:
        replica.visit.reset(token)
    assert redis.remember("towns", 60, Maker("newer")) == "old"


@pytest.mark.parametrize("fault", FAULTS)
def test_facts_come_from_elsewhere_when_redis_fails(within, server, fault):
    getattr(server, fault)()
    make = Maker("here")
    assert [redis.remember("towns", 60, make) for _ in range(3)] == ["here"] * 3
    assert make.times == 1
    redis.forget("towns")
    assert redis.remember("towns", 60, Maker("new")) == "new"


@pytest.mark.parametrize("junk", ["", "{", "7", '{"a": 1}', "[1]", "null", "[1, 2, 3]", "\x00"])
def test_junk_in_redis_is_made_anew(within, server, junk):
    with server.client() as client:
        client.set("civic:fact:towns", junk)
        client.set("civic:round:towns", junk)
    assert redis.remember("towns", 60, Maker("good")) == "good"


def test_a_process_holds_only_so_many(place, monkeypatch):
    monkeypatch.setattr(redis, "MOST_FACTS", 10)
    place.extensions["civic_redis"] = None
    for n in range(25):
        redis.remember(f"fact {n}", 60, Maker(n))
    assert len(place.extensions["civic_facts"]._kept) <= 10


# -- the start -------------------------------------------------------------------------------


def test_the_start_asks_nothing_of_redis(tmp_path):
    app = create_app(make_config("sqlite://", tmp_path, redis_url="redis://127.0.0.1:1/0"))
    app.add_url_rule("/x", "x", lambda: jsonify(redis.store() is not None))
    assert app.test_client().get("/x").json is True


def test_a_missing_driver_is_said_at_the_start(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "civic.core.redis_store", None)
    with pytest.raises(ConfigError, match=r"civic\[redis\]"):
        create_app(make_config("sqlite://", tmp_path, redis_url="redis://127.0.0.1:1/0"))
    create_app(make_config("sqlite://", tmp_path))
