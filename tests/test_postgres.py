"""The throw-away PostgreSQL of the tests: a server of its own, and nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.postgres import cluster, create_database, drop_database

ROOT = Path(__file__).resolve().parents[1]
KILLED = """
import os, signal
from tests.postgres import cluster
with cluster(fsync=False) as url:
    print(url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def ask(url, question):
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def is_listening(url):
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def server():
    with cluster(fsync=False, settings=("max_connections=20",)) as url:
        yield url


def test_the_settings_are_those_asked_for(server):
    assert ask(server, "SHOW fsync") == "off"
    assert ask(server, "SHOW max_connections") == "20"
    assert ask(server, "SHOW server_encoding") == "UTF8"


def test_a_database_is_made_copied_and_dropped(server):
    first = create_database(server, "first")
    with psycopg.connect(first.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE thing AS SELECT 7 AS number")

    copy = create_database(server, "copy", template="first")

    assert ask(copy, "SELECT number FROM thing") == 7
    with psycopg.connect(copy.replace("+psycopg", "")):
        drop_database(server, "copy")
    assert not is_listening(copy)


def test_a_stranger_does_not_get_in(server):
    password = urlsplit(server).password

    assert not is_listening(server.replace(password, "guessed"))


def test_nothing_is_left_after_a_kill():
    process = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert process.returncode == -signal.SIGKILL, process.stderr
    url = process.stdout.strip()

    pause = threading.Event()
    for _ in range(200):
        if not is_listening(url):
            return
        pause.wait(0.05)
    pytest.fail(f"Port {urlsplit(url).port} still answers.")
