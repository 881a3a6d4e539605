"""Reading from a replica: no older state than one's own write, no page lost with it.

With a real primary and a real streaming replica; both belong to this file.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Boolean, Column, event, func, select, table
from sqlalchemy.exc import OperationalError

from civic.accounts import queries as accounts
from civic.app import create_app
from civic.core import replica, replica_watch
from civic.core.db import db, transaction, writing
from civic.core.limits import LimitCount
from civic.core.slow import tally
from tests.client import Browser
from tests.conftest import make_config
from tests.make import make_idea, make_user
from tests.postgres import cluster, create_database
from tests.standby import Standby, standby


def within(seconds: float, is_true: Callable[[], bool]) -> bool:
    """Whether it becomes true in this time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_true():
            return True
        time.sleep(0.02)
    return False


def probe() -> dict[str, object]:
    """What a reader sees, and where they read it."""
    return {
        "rows": db.session.scalar(select(func.count()).select_from(LimitCount)),
        "replica": db.session.scalar(select(func.pg_is_in_recovery(type_=Boolean))),
    }


def add_row() -> None:
    row = LimitCount(key=f"{time.monotonic_ns()}", window=0, seconds=1)
    db.session.add(row)


def write_in_passing() -> dict[str, object]:
    before = probe()
    with writing():
        add_row()
    return {"before": before, "after": probe()}


def add_views(app: Flask) -> None:
    def read():
        return jsonify(probe())

    def write():
        with transaction():
            add_row()
        return jsonify(probe())

    def touch():
        return jsonify(write_in_passing())

    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/probe", "probe.read", read)
    app.add_url_rule("/probe", "probe.write", write, methods=["POST"])
    app.add_url_rule("/probe/touch", "probe.touch", touch)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, Standby]]:
    with cluster(fsync=False) as primary:
        url = create_database(primary, "read")
        with standby(primary) as second:
            yield url, second


@pytest.fixture(scope="module")
def house(servers, tmp_path_factory) -> Iterator[Flask]:
    url, second = servers
    folder = tmp_path_factory.mktemp("replica")
    app = create_app(make_config(url, folder, database_replica_url=second.url("read")))
    add_views(app)
    with app.app_context():
        upgrade()
    yield app
    app.extensions["civic_replica"].stop()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def second(house, servers, monkeypatch) -> Iterator[Standby]:
    """The replica, in use and up to date; whatever a test does to it ends with the test."""
    monkeypatch.setattr(replica_watch, "PAUSE", 0.1)
    second = servers[1]
    second.catch_up()
    assert within(10, lambda: read(house)["replica"])
    yield second
    second.wake()


@pytest.fixture
def visitor(house, second) -> FlaskClient:
    return house.test_client()


def read(place: Flask | FlaskClient) -> dict[str, object]:
    client = place.test_client() if isinstance(place, Flask) else place
    answer = client.get("/probe")
    assert answer.status_code == 200
    return answer.json


def watch_of(app: Flask) -> replica_watch.Watch:
    return app.extensions["civic_replica"]


# -- who reads where -------------------------------------------------------------------------


def test_a_visitor_reads_the_replica_and_a_command_the_primary(house, visitor):
    assert read(visitor)["replica"]
    assert visitor.post("/probe").json["replica"] is False


def test_the_console_never_touches_the_replica(house, second):
    with house.app_context():
        assert probe()["replica"] is False


def test_real_pages_read_the_replica(house, second):
    with house.app_context():
        idea = make_idea()
        path = f"/ideen/{idea.id}-x"
        db.session.remove()
    second.catch_up()
    asked = {"replica": 0, "primary": 0}

    def note(where):
        return lambda *_: asked.__setitem__(where, asked[where] + 1)

    with house.app_context():
        engines = {"replica": db.engines["replica"], "primary": db.engine}
    notes = {where: note(where) for where in engines}
    for where, engine in engines.items():
        event.listen(engine, "before_cursor_execute", notes[where])
    try:
        for url in ("/", "/ideen", path):
            assert Browser(house).client.get(url, follow_redirects=True).status_code == 200
    finally:
        for where, engine in engines.items():
            event.remove(engine, "before_cursor_execute", notes[where])
    assert asked["replica"] > 5
    assert asked["primary"] == 0


# -- nobody sees an older state than their own write -----------------------------------------


def test_who_has_written_reads_their_own_write(house, visitor, second):
    other = house.test_client()
    before = read(other)["rows"]
    second.pause()
    visitor.post("/probe")
    assert read(visitor) == {"rows": before + 1, "replica": False}
    assert read(other) == {"rows": before, "replica": True}
    second.resume()
    second.catch_up()
    assert within(10, lambda: read(visitor) == {"rows": before + 1, "replica": True})


def test_without_the_position_they_would_see_the_older_state(house, visitor, second):
    """The control: the cookie is what holds the promise."""
    before = read(visitor)["rows"]
    second.pause()
    visitor.post("/probe")
    visitor.delete_cookie("civic-at")
    assert read(visitor) == {"rows": before, "replica": True}


def test_a_replica_behind_the_one_that_is_watched_is_not_believed(house, visitor, second):
    """One address may stand for several replicas: the connection itself is asked."""
    before = read(visitor)["rows"]
    second.pause()
    visitor.post("/probe")
    watch = watch_of(house)
    watch.stop()  # and from here on it believes that the replica has everything
    watch.replayed, watch.word, watch._pid = replica.UNKNOWN, "in use", os.getpid()
    try:
        assert read(visitor) == {"rows": before + 1, "replica": False}
    finally:
        watch._pid = 0  # the next request starts a new thread


def test_a_place_that_cannot_be_asked_for_means_the_primary(house, visitor, monkeypatch):
    monkeypatch.setattr(replica, "WHERE", select(Column("nothing")))
    answer = visitor.post("/probe")
    assert answer.status_code == 200
    assert visitor.get_cookie("civic-at").value == f"{replica.UNKNOWN:x}"
    assert read(visitor)["replica"] is False


@pytest.mark.parametrize("value", ["", "x", "-1", "1" * 17, "0x10", "ä", "1 OR 1=1"])
def test_a_cookie_that_is_no_place_is_none(house, visitor, value):
    visitor.set_cookie("civic-at", value)
    assert read(visitor)["replica"] is True


def test_what_is_written_in_passing_goes_to_the_primary_and_is_read_there(visitor, second):
    second.pause()
    answer = visitor.get("/probe/touch")
    before, after = answer.json["before"], answer.json["after"]
    assert before["replica"] is True
    assert after == {"rows": before["rows"] + 1, "replica": False}
    assert "no-store" in answer.headers["Cache-Control"]
    assert read(visitor)["rows"] == after["rows"]


def test_the_cookie_is_only_for_this_browser_and_this_site(house, visitor):
    answer = visitor.post("/probe")
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("civic-at=")]
    for part in ("HttpOnly", "SameSite=Lax", "Max-Age=3600", "Path=/"):
        assert part in cookie
    assert not [c for c in visitor.get("/probe").headers.getlist("Set-Cookie") if "civic-at" in c]


def sign_in(house: Flask) -> tuple[Browser, int]:
    browser = Browser(house)
    with house.app_context():
        user = make_user().id
    browser.sign_in(user)
    return browser, user


def end_sessions(house: Flask, user: int) -> None:
    with house.app_context(), transaction():
        for found in db.session.scalars(select(accounts.UserSession).filter_by(user_id=user)):
            db.session.delete(found)


@pytest.mark.parametrize("asks_primary", [True, False])
def test_a_session_that_was_ended_is_over_at_once(house, second, monkeypatch, asks_primary):
    """The replica would let in for seconds whom the primary has put out: the control shows it."""
    browser, user = sign_in(house)
    second.catch_up()
    assert within(10, lambda: read(house)["replica"])
    if not asks_primary:
        monkeypatch.setattr("civic.accounts.current.only_primary", nullcontext)
    assert browser.client.get("/konto").status_code == 200
    second.pause()
    end_sessions(house, user)
    assert (browser.client.get("/konto").status_code == 302) is asks_primary


# -- a replica that is behind, gone or stuck -------------------------------------------------


def test_one_that_is_too_far_behind_is_left_out_and_comes_back(house, second, monkeypatch):
    monkeypatch.setattr(replica_watch, "MOST_LAG", 0.4)
    second.pause()
    house.test_client().post("/probe")
    assert within(10, lambda: watch_of(house).word == "behind")
    assert watch_of(house).lag > 0.4
    assert read(house)["replica"] is False
    second.resume()
    assert within(10, lambda: read(house)["replica"])


def test_an_idle_primary_is_no_lag(house, second, monkeypatch):
    monkeypatch.setattr(replica_watch, "MOST_LAG", 0.4)
    time.sleep(1)
    assert watch_of(house).word == "in use"
    assert watch_of(house).lag < 0.4


def test_no_page_is_lost_when_it_dies_and_it_comes_back(house, second):
    client = house.test_client()
    stopped = threading.Thread(target=second.stop)
    stopped.start()
    answers = {client.get("/probe").status_code for _ in range(150)}
    stopped.join()
    answers |= {client.get("/probe").status_code for _ in range(50)}
    assert answers == {200}
    assert read(house)["replica"] is False
    assert client.get("/readyz").json == {"status": "ok", "replica": "away"}
    second.start()
    assert within(20, lambda: read(house)["replica"])
    assert client.get("/readyz").json == {"status": "ok", "replica": "in use"}


def test_one_that_hangs_costs_a_page_a_moment_and_then_nothing(house, second):
    """Its connections stay open and are silent; whoever waits for it is let go."""
    client, took = house.test_client(), []
    second.freeze()
    for _ in range(20):
        began = time.monotonic()
        assert client.get("/probe").status_code == 200
        took.append(time.monotonic() - began)
    assert max(took) < 4
    assert sorted(took)[-2] < 0.5
    second.thaw()
    assert within(20, lambda: read(house)["replica"])


def test_a_failure_in_the_middle_of_a_page_is_made_good(house, visitor):
    with house.app_context():
        engine = db.engines["replica"]
    seen = []

    def fail_second(connection, cursor, statement, *rest):
        seen.append(statement)
        if len(seen) == 2:
            raise OperationalError(statement, None, Exception("stop"))

    event.listen(engine, "before_cursor_execute", fail_second)
    try:
        found = read(visitor)
    finally:
        event.remove(engine, "before_cursor_execute", fail_second)
    assert found["replica"] is False
    assert len(seen) == 2


def test_a_table_that_has_not_arrived_yet_is_read_where_it_is(house, visitor, second):
    """In a rolling upgrade the new version may be there before the replica has its table."""
    second.pause()
    with house.app_context(), transaction():
        db.session.connection().exec_driver_sql("CREATE TABLE newcomer AS SELECT 7 AS n")
    with house.test_request_context("/probe"):
        house.preprocess_request()
        found = db.session.scalar(select(Column("n")).select_from(table("newcomer")))
    assert found == 7


def test_a_server_that_was_promoted_is_no_replica(house, servers):
    """After a failover the old address may lead to the new primary."""
    url = servers[0].replace("+psycopg", "")
    for is_replica in (True, False):
        with closing(replica_watch.Probe(url, is_replica=is_replica)) as probe:
            if is_replica:
                with pytest.raises(replica_watch.Away):
                    probe.ask()
            else:
                assert probe.ask() > 0


# -- what it costs ---------------------------------------------------------------------------


def statements(app: Flask, client: FlaskClient) -> int:
    counted = []

    def note(response):
        counted.append(tally.get().queries)
        return response

    app.after_request_funcs.setdefault(None, []).append(note)
    try:
        client.get("/probe")
    finally:
        app.after_request_funcs[None].remove(note)
    return counted[0]


def test_a_visitor_costs_no_further_query_and_a_writer_one(house, visitor, second):
    assert statements(house, visitor) == 2
    visitor.post("/probe")
    second.catch_up()
    assert within(10, lambda: read(visitor)["replica"])
    assert statements(house, visitor) == 3


def test_without_a_replica_nothing_of_it_runs(app):
    assert "civic_replica" not in app.extensions
    answer = app.test_client().get("/readyz")
    assert answer.json == {"status": "ok"}
    assert not [c for c in answer.headers.getlist("Set-Cookie") if "civic-at" in c]


def test_only_connections_of_the_primary_are_asked_whether_they_live(house, second):
    """What the replica does not answer the primary is asked, so a ping would be for nothing."""
    with house.app_context():
        asked = {}
        for bind in (None, replica.BIND):
            with closing(db.engines[bind].raw_connection()) as connection:
                asked[bind] = connection.driver_connection.is_pinged
    assert asked == {None: True, replica.BIND: False}
