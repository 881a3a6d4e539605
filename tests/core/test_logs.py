"""Logs say where and when, not who and what: no name, address, token, query, text of a person."""

from __future__ import annotations

import ast
import json
import shutil

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from civic.app import create_app
from civic.core import mailer
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.logs import doing, log
from civic.core.outbox import queue_mail
from civic.core.work import runner
from tests.architecture.sources import Module, called, calls, modules, none_of
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
        make_config(
            f"sqlite:///{target}",
            tmp_path,
            testing=False,
            log_format=request.param,
            slow_query_ms=60_000,
        )
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


def test_a_mail_that_fails_is_told_without_its_address(house, capsys, monkeypatch):
    class Refusing(mailer.FolderSender):
        def __call__(self, letter):
            raise OSError(f"451 <{letter.recipient}> come back later")

    monkeypatch.setattr(mailer, "sender_of", Refusing)
    with house.app_context():
        with transaction():
            queue_mail([f"{CANARY}@example.org"], CANARY, CANARY)
        runner.run_due()
    said = written(capsys)
    assert "mail.deliver" in said
    assert CANARY not in said


def test_lines_of_a_job_bear_its_number(house, capsys):
    with doing(4711, "mail.deliver"):
        log.info("something")
    log.info("something else")
    first, second = written(capsys).splitlines()
    assert "4711" in first
    assert "mail.deliver" in first
    assert "4711" not in second


def test_an_address_that_got_in_by_mistake_is_masked(house, capsys):
    log.warning("odd", value=f"550 <{CANARY}@example.org> unknown", other="a@b, c@d")
    said = written(capsys)
    assert "@" not in said
    assert CANARY not in said
    assert "550 <(address)> unknown" in said


#: Fields that would hold what people wrote, or who they are.
PERSONAL = frozenset(
    "author body display_name email ip name path password query recipient "
    "remote_addr referrer sender text title token url user_agent username".split()
)


def talkative(files) -> list[str]:
    """Log calls that glue values into their words, pass on a bundle, or name a personal field."""
    return [
        f"{module.path}:{call.lineno}: {problem}"
        for module in files
        for call in calls(module.tree, "debug", "info", "warning", "error", "exception")
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "log"
        for problem in _problems(call)
    ]


def _problems(call: ast.Call) -> list[str]:
    found = []
    if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant):
        found.append("the event is a fixed word, and values are named")
    return found + [
        f"{called(call)}({keyword.arg}=...) may hold what is a person's"
        for keyword in call.keywords
        if keyword.arg is None or keyword.arg in PERSONAL
    ]


def test_no_line_is_made_of_personal_fields():
    none_of(talkative(modules()))


@pytest.mark.parametrize(
    "line",
    ["log.info(f'mail to {x}')", "log.info('x', **values)", "log.error('x', email=user.email)",
     "log.warning('%s', title)"],
)  # fmt: skip
def test_a_line_of_personal_fields_is_found(line):
    assert talkative([Module("civic/x/y.py", line)])
    assert not talkative([Module("civic/x/y.py", "log.info('x', mail=letter.id)")])


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
