"""Logs say where and when, not who and what: no name, address, token, query, text of a person."""

from __future__ import annotations

import json
import shutil

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from civic.app import create_app
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.logs import log
from civic.core.outbox import deliver_due, queue_mail
from tests.conftest import make_config
from tests.make import make_user

#: Sung wherever a person can leave a word; heard in no line.
CANARY = "kanarienvogel"


@pytest.fixture(params=["text", "json"])
def house(request, tmp_path, sqlite_template, capsys):
    """A house that logs as in operation, on an empty database of its own."""
    target = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, target)
    quiet = make_config(f"sqlite:///{target}", tmp_path)
    app = create_app(
        make_config(f"sqlite:///{target}", tmp_path, testing=False, log_format=request.param)
    )
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    create_app(quiet)  # structlog is set up once a process: back to the manner of the tests


def written(capsys) -> str:
    return capsys.readouterr().err


def test_a_request_is_one_line_with_an_id(house, capsys):
    answer = house.test_client().get("/ideen?q=x", headers={"X-Request-ID": "abcdef12-3456"})
    (line,) = written(capsys).splitlines()
    assert answer.headers["X-Request-ID"] == "abcdef12-3456"
    for part in ("abcdef12-3456", "ideas.index", "GET", "200"):
        assert part in line


@pytest.mark.parametrize("given", ["short", "a" * 65, "<script>-12345", "abc def 123", "ä" * 10])
def test_an_id_that_is_none_is_replaced(house, given):
    answer = house.test_client().get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 16


def test_json_lines_are_json(house, capsys):
    house.test_client().get("/healthz")
    line = written(capsys).strip()
    if line.startswith("{"):
        assert json.loads(line)["endpoint"] == "health.healthz"


def test_what_people_send_is_in_no_line(house, capsys):
    client = house.test_client()
    headers = {
        "User-Agent": CANARY, "Referer": f"http://localhost/{CANARY}", "X-Forwarded-For": CANARY,
        "Cookie": f"civic={CANARY}; civic_language={CANARY}", "Authorization": CANARY,
    }  # fmt: skip
    mail = f"{CANARY}@example.org"
    form = {"email": mail, "name": CANARY, "password": CANARY, "body": CANARY, "next": f"/{CANARY}"}
    for url in (
        "/ideen", "/registrieren", "/anmelden", "/passwort-vergessen", "/barrierefreiheit/melden",
        f"/bestaetigen/{CANARY}", f"/passwort-neu/{CANARY}", f"/kommunen/{CANARY}", f"/{CANARY}",
        f"/ideen/1-{CANARY}", "/konto",
    ):  # fmt: skip
        for method in ("GET", "POST"):
            client.open(url, method=method, query_string={"q": CANARY}, data=form, headers=headers)
    assert CANARY not in written(capsys).lower()


def test_a_fault_is_told_without_what_it_quotes(house, capsys):
    """Messages of exceptions quote values; places and kinds are enough to find the fault."""

    def view():
        try:
            int(CANARY)
        except ValueError as fault:
            raise LookupError(CANARY) from fault

    house.view_functions["health.healthz"] = view
    assert house.test_client().get("/healthz").status_code == 500
    said = written(capsys)
    assert CANARY not in said
    for part in ("LookupError", "ValueError", "test_logs.py", "caused by"):
        assert part in said


def test_a_fault_of_the_database_is_told_without_its_values(house, capsys):
    def view():
        with transaction():
            for _ in range(2):
                make_user(name=CANARY, email=CANARY, email_key=CANARY, name_key=CANARY)

    house.view_functions["health.healthz"] = view
    assert house.test_client().get("/healthz").status_code == 500
    said = written(capsys)
    assert "IntegrityError" in said
    assert CANARY not in said


def test_the_message_itself_would_have_told(inside):
    """The control: PostgreSQL quotes the value in its own words, whatever SQLAlchemy hides."""
    values = {"k": CANARY}
    statement = text("INSERT INTO limit_count VALUES (:k, 0, 0, 1)")
    db.session.execute(statement, values)
    with pytest.raises(IntegrityError) as told:
        db.session.execute(statement, values)
    assert "[parameters" not in str(told.value)
    assert (CANARY in str(told.value)) is (db.engine.dialect.name == "postgresql")


def test_a_mail_that_fails_is_told_without_its_address(house, capsys):
    def refuse(letter):
        raise OSError(f"451 <{letter.recipient}> come back later")

    with house.app_context():
        with transaction():
            queue_mail([f"{CANARY}@example.org"], CANARY, CANARY)
        for _ in range(2):
            deliver_due(refuse)
            with transaction():
                db.session.execute(
                    text("UPDATE outbox_mail SET attempts = 9, due_at = '2020-01-01'")
                )
    said = written(capsys)
    assert "mail postponed" in said
    assert "mail failed" in said
    assert CANARY not in said


def test_a_line_stays_one_line(house, capsys):
    """Whoever could write a line feed into a log could write whole lines."""
    log.warning("odd", value="a\r\n2026-01-01 [info] signed in user=1", other="\x1b[2J\x00")
    said = written(capsys)
    assert len(said.splitlines()) == 1
    assert "\r" not in said
    assert "\x1b[2J" not in said


def test_refusals_are_no_faults(house, capsys):
    def view():
        raise RuleBroken(CANARY)

    house.view_functions["health.healthz"] = view
    assert house.test_client().get("/healthz").status_code == 422
    assert "error" not in written(capsys)


@pytest.mark.parametrize("fault", [BrokenPipeError, ValueError])
def test_a_log_that_nobody_reads_stops_no_request(house, monkeypatch, fault):
    class Gone:
        def write(self, *_):
            raise fault

        flush = isatty = write

    monkeypatch.setattr("sys.stderr", Gone())
    assert house.test_client().get("/healthz").status_code == 200
