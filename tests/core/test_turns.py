"""Who asked first writes first, and nobody is forgotten or let in twice."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from civic.app import create_app
from civic.core import database
from civic.core.database import will_write
from civic.core.db import db
from civic.core.turns import Turn
from tests.conftest import make_config

MANY = 24


def test_the_first_to_ask_is_the_first_to_write():
    turn, order, threads = Turn(), [], []
    assert turn.take(1)

    def write(number: int) -> None:
        assert turn.take(20)
        order.append(number)
        turn.give()

    for number in range(MANY):
        threads.append(threading.Thread(target=write, args=[number]))
        threads[-1].start()
        while len(turn._waiting) <= number:
            time.sleep(0.001)
    turn.give()
    for thread in threads:
        thread.join(20)
    assert order == list(range(MANY))
    assert turn.take(0)


def test_who_waits_in_vain_leaves_the_queue():
    turn = Turn()
    assert turn.take(0)
    assert not turn.take(0.01)
    turn.give()
    assert turn.take(0)
    assert not turn.take(0)


@pytest.fixture
def house(sqlite_template, tmp_path):
    app = create_app(make_config(f"sqlite:///{tmp_path / 'civic.sqlite3'}", tmp_path))
    will_write.set(True)  # a request of another test may have said otherwise
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def write(at: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(at))


def test_a_turn_ends_with_the_transaction_however_it_ends(house):
    write("CREATE TABLE odd (n INTEGER)")
    with db.engine.connect() as connection:
        connection.execute(text("INSERT INTO odd VALUES (1)"))  # and never a commit
    with db.engine.connect() as connection:
        connection.execute(text("INSERT INTO odd VALUES (1)"))
        connection.invalidate()
    with db.engine.connect() as connection:
        for _ in range(2):  # one after the other on one connection
            connection.execute(text("INSERT INTO odd VALUES (1)"))
            connection.rollback()
    with pytest.raises(OperationalError):
        write("INSERT INTO even VALUES (1)")
    write("INSERT INTO odd VALUES (2)")
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM odd")).scalars().all() == [2]


def test_who_does_not_get_a_turn_is_told_to_come_again(house, monkeypatch):
    monkeypatch.setattr(database, "TURN_SECONDS", 0.05)
    with db.engine.begin(), pytest.raises(PoolTimeout):
        write("SELECT 1")
    write("SELECT 1")
