"""Each question of the check-up: quiet in a house that is well, loud when a fault is planted."""

from __future__ import annotations

import json
import os
import shutil
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from sqlalchemy import func, select, text, update

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core import clock, redis, replica
from civic.core.assets import find_root
from civic.core.db import db, transaction
from civic.core.outbox import Mail, MailState
from civic.core.work.models import JobState
from civic.operation import doctor, queries
from civic.operation.doctor import Level, Patient, database, finding, machine, settings
from civic.operation.models import BackupRun
from tests.conftest import make_config
from tests.make import make_dead_job, make_idea, make_user
from tests.operation.conftest import run
from tests.operation.test_backup import make

REAL = {
    "testing": False,
    "env": "production",
    "base_url": "https://zukunft.lindfurt.de",
    "secret_key": "kU3vF0ztJ9qWm2Yx7LbR4sD8hN1cT6eG5aPoIiEr",
    "trusted_proxies": 1,
    "mail_from": "Zukunft Lindfurt <zukunft@lindfurt.de>",
    "contact_email": "buero@lindfurt.de",
}
OPEN = {**REAL, "env": "development"}
MIGRATIONS = Path("migrations")


def a_patient(folder: Path, **changes: object) -> Patient:
    return Patient(make_config("", folder, **changes), find_root(), MIGRATIONS)


# -- settings --------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [c for c in settings.CHECKS if c.name != "home"])
def test_a_real_house_is_well_set(check, tmp_path):
    assert check.ask(a_patient(tmp_path, **REAL)).level is Level.OK


@pytest.mark.parametrize(
    ("ask", "changes", "level"),
    [
        (settings.environment, OPEN, Level.ERROR),
        (settings.secret_key, OPEN | {"secret_key": ""}, Level.ERROR),
        (settings.secret_key, OPEN | {"secret_key": "only-for-trying-0123456789"}, Level.ERROR),
        (settings.secret_key, OPEN | {"secret_key": "a" * 60}, Level.ERROR),
        (settings.secret_key, {}, Level.WARNING),
        (settings.base_url, OPEN | {"base_url": "http://zukunft.lindfurt.de"}, Level.ERROR),
        (settings.base_url, REAL | {"base_url": "https://localhost"}, Level.ERROR),
        (settings.base_url, REAL | {"base_url": "https://lindfurt.de/zukunft"}, Level.ERROR),
        (settings.proxies, REAL | {"trusted_proxies": 0}, Level.WARNING),
        (settings.proxies, REAL | {"trusted_proxies": 9}, Level.WARNING),
        (settings.addresses, REAL | {"mail_from": "noreply@localhost"}, Level.ERROR),
        (settings.addresses, REAL | {"contact_email": "kontakt@example.org"}, Level.ERROR),
        (settings.addresses, REAL | {"mail_from": "Lindfurt"}, Level.ERROR),
    ],
)  # fmt: skip
def test_a_bad_setting_is_found(tmp_path, ask, changes, level):
    found = ask(a_patient(tmp_path, **changes))
    assert found.level is level
    assert found.advice


def test_a_home_that_is_not_there_is_found(inside, tmp_path):
    assert settings.home(a_patient(tmp_path)).level is Level.OK
    found = settings.home(a_patient(tmp_path, home_municipality="atlantis"))
    assert found.level is Level.WARNING
    assert "atlantis" in found.say(str)


# -- the machine -----------------------------------------------------------------------------


class _Post(socketserver.StreamRequestHandler):
    """A mail server as far as EHLO; it must never hear of a mail."""

    heard: list[str]

    def handle(self) -> None:
        self.wfile.write(self.server.greeting)
        for line in self.rfile:
            word = line.decode().strip()
            self.server.heard.append(word.split(" ")[0].upper())
            self.wfile.write(b"221 bye\r\n" if word.upper() == "QUIT" else b"250 post.test\r\n")


@contextmanager
def post_office(greeting: bytes = b"220 post.test\r\n") -> Iterator[tuple[str, list[str]]]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Post) as server:
        server.greeting, server.heard = greeting, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", server.heard
        finally:
            server.shutdown()
            thread.join()


def test_the_mail_server_is_greeted_and_sent_nothing(tmp_path):
    with post_office() as (address, heard):
        found = machine.mail_server(a_patient(tmp_path, smtp_url=f"smtp://{address}"))
        assert found.level is Level.OK
    assert heard == ["EHLO", "QUIT"]


def test_a_password_without_encryption_is_found(tmp_path):
    with post_office() as (address, heard):
        found = machine.mail_server(a_patient(tmp_path, smtp_url=f"smtp://me:secret@{address}"))
    assert found.level is Level.WARNING
    assert "AUTH" not in heard
    assert "secret" not in found.say(str)


def test_a_mail_server_that_is_away_or_busy_is_found(tmp_path):
    with post_office(b"421 too busy\r\n") as (address, _):
        busy = machine.mail_server(a_patient(tmp_path, smtp_url=f"smtp://{address}"))
    away = machine.mail_server(a_patient(tmp_path, smtp_url=f"smtp://{address}"))
    assert (busy.level, away.level) == (Level.ERROR, Level.ERROR)


def test_no_mail_server_matters_in_production(tmp_path):
    assert machine.mail_server(a_patient(tmp_path)).level is Level.OK
    assert machine.mail_server(a_patient(tmp_path, **REAL)).level is Level.ERROR


def test_a_clock_that_is_wrong_is_found(inside, tmp_path):
    patient = a_patient(tmp_path)
    assert machine.clocks(patient).level is Level.OK
    for seconds, level in ((5, Level.WARNING), (-5, Level.WARNING), (90, Level.ERROR)):
        with clock.at(clock.now() + timedelta(seconds=seconds)):
            assert machine.clocks(patient).level is level


@pytest.mark.parametrize(
    ("free", "level"), [(50, Level.OK), (7, Level.WARNING), (1, Level.ERROR), (0, Level.ERROR)]
)
def test_a_full_disk_is_found(tmp_path, monkeypatch, free, level):
    usage = SimpleNamespace(free=free * 2**30, total=100 * 2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert machine.disks(a_patient(tmp_path)).level is level


def test_missing_front_end_files_are_found(tmp_path):
    patient = a_patient(tmp_path)
    assert machine.front_end(patient).level is Level.OK
    found = machine.front_end(Patient(patient.config, tmp_path, MIGRATIONS))
    assert found.level is Level.ERROR
    assert "static/build/civic.css" in found.say(str)


def test_half_written_files_are_found(tmp_path):
    patient = a_patient(tmp_path)
    (tmp_path / "backups").mkdir()
    half = tmp_path / "backups" / ".civic-20261101-030000.tar.ab12cd34.part"
    half.touch()
    assert machine.leftovers(patient).level is Level.OK  # somebody may be writing it
    long_ago = time.time() - 2 * machine.ABANDONED
    os.utime(half, (long_ago, long_ago))
    assert machine.leftovers(patient).level is Level.WARNING


# -- the database ----------------------------------------------------------------------------


class Planted(NamedTuple):
    """A fault, and the question that must find it."""

    check: str
    plant: Callable[[], object]
    level: Level = Level.ERROR


def ask(name: str, patient: Patient) -> finding.Finding:
    (check,) = (check for check in doctor.CHECKS if check.name == name)
    return check.ask(patient)


def run_sql(*orders: str) -> None:
    for order in orders:
        db.session.execute(text(order))


@transaction()
def no_revision() -> None:
    run_sql("DELETE FROM alembic_version")


@transaction()
def old_revision() -> None:
    run_sql("UPDATE alembic_version SET version_num = '38e5e3be9ca0'")


@transaction()
def wrong_votes() -> None:
    db.session.execute(update(Contribution).values(vote_count=7))


@transaction()
def wrong_comments() -> None:
    db.session.execute(update(Contribution).values(comment_count=7))


@transaction()
def wrong_trend() -> None:
    db.session.execute(update(Contribution).values(trend=Contribution.trend + 5))


@transaction()
def wrong_notices() -> None:
    db.session.execute(update(User).values(unread_notices=7))


@transaction()
def orphan() -> None:
    """A trunk row of an idea that is nowhere."""
    idea = db.session.scalars(select(Contribution)).first()
    columns = Contribution.__table__.columns
    row = {c.name: getattr(idea, c.name) for c in columns} | {"id": 999, "reference": None}
    db.session.execute(Contribution.__table__.insert().values(row))


def waiting(minutes: int) -> None:
    due = clock.now() - timedelta(minutes=minutes)
    make_dead_job(state=JobState.QUEUED, due_at=due, done_at=None, error=None)


@transaction()
def failed_mails() -> None:
    for number in range(11):
        mail = Mail(
            message_id=f"{number}@civic", recipient="x@example.org", subject="x", text="",
            state=MailState.FAILED, created_at=clock.now(), due_at=clock.now(), attempts=1,
        )  # fmt: skip
        db.session.add(mail)


@transaction()
def only_backup_of(hours: float) -> None:
    db.session.query(BackupRun).delete()
    backup_of(hours)


@transaction()
def backup_of(hours: float, file: str = "/nowhere/civic.tar", host: str = "elsewhere") -> None:
    made = clock.now() - timedelta(hours=hours)
    db.session.add(BackupRun(made_at=made, file=file, host=host, size=1, seconds=1))


FAULTS = {
    "no tables": Planted("migrations", no_revision),
    "old tables": Planted("migrations", old_revision),
    "votes": Planted("votes", wrong_votes),
    "comments": Planted("comments", wrong_comments),
    "trend": Planted("comments", wrong_trend),
    "notices": Planted("notices", wrong_notices),
    "orphans": Planted("orphans", orphan),
    "work waits": Planted("queue", lambda: waiting(20), Level.WARNING),
    "no worker": Planted("queue", lambda: waiting(500)),
    "dead letters": Planted("dead_letters", make_dead_job, Level.WARNING),
    "mails": Planted("mails", failed_mails, Level.WARNING),
    "late backup": Planted("backup", lambda: only_backup_of(30), Level.WARNING),
    "stale backup": Planted("backup", lambda: only_backup_of(100)),
    "no backup": Planted("backup", lambda: db.session.query(BackupRun).delete(), Level.WARNING),
}


@pytest.fixture
def well(inside, tmp_path) -> Patient:
    """A house with an idea and a backup, in which nothing is wrong."""
    make_idea(make_user())
    db.session.query(BackupRun).delete()
    run_sql("DELETE FROM job")
    backup_of(3)
    db.session.commit()
    return a_patient(tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(well, fault):
    check, plant, level = FAULTS[fault]
    assert ask(check, well).level is Level.OK
    plant()
    db.session.commit()
    found = ask(check, well)
    assert found.level is level
    assert found.advice
    assert found.say(str)


def test_a_repair_makes_it_well_again(well, app):
    """The advice is right: the command that it names does away with the fault."""
    for fault, command in (
        ("votes", "votes"),
        ("comments", "comments"),
        ("notices", "notifications"),
    ):
        FAULTS[fault].plant()
        db.session.commit()
        assert f"civic {command} recount" in ask(fault, well).advice
        app.test_cli_runner().invoke(args=[command, "recount"])
        assert ask(fault, well).level is Level.OK


def test_a_backup_that_is_gone_is_found(well, tmp_path):
    file = tmp_path / "civic.tar"
    file.touch()
    own = queries.socket.gethostname()[:100]
    backup_of(1, str(file), own)
    db.session.commit()
    assert ask("backup", well).level is Level.OK
    file.unlink()
    assert ask("backup", well).level is Level.ERROR


def test_a_ledger_that_cannot_be_read_is_found(well):
    assert ask("departures", well).level is Level.OK
    (well.config.instance_path / "departures.json").write_text("{")
    assert ask("departures", well).level is Level.ERROR


SAFE = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "fsync": "on",
        "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on",
        "server_version_num": "150018"}  # fmt: skip


def _answering(given: dict[str, str]) -> Callable[[list[str]], dict[str, str]]:
    return lambda names: {name: given[name] for name in names}


@pytest.mark.parametrize(
    ("kind", "changes", "check"),
    [
        ("sqlite", {"journal_mode": "delete"}, "durability"),
        ("sqlite", {"synchronous": "1"}, "durability"),
        ("sqlite", {"foreign_keys": "0"}, "durability"),
        ("postgresql", {"fsync": "off"}, "durability"),
        ("postgresql", {"full_page_writes": "off"}, "durability"),
        ("postgresql", {"synchronous_commit": "off"}, "durability"),
        ("postgresql", {"server_version_num": "140009"}, "server"),
        ("postgresql", {"data_checksums": "off"}, "server"),
    ],
)
def test_unsafe_settings_of_a_database_are_found(tmp_path, monkeypatch, kind, changes, check):
    monkeypatch.setattr(queries, "is_sqlite", lambda: kind == "sqlite")
    monkeypatch.setattr(queries, "server_version", lambda: "15")
    for given, well in ((SAFE, True), (SAFE | changes, False)):
        monkeypatch.setattr(queries, "settings", _answering(given))
        assert (ask(check, a_patient(tmp_path)).level is Level.OK) is well


def test_settings_are_really_asked(inside):
    """What the database says itself. The cluster of the tests does without fsync, and says so."""
    if queries.is_sqlite():
        found = queries.settings([name for name, _ in database.SQLITE])
        assert found == {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    else:
        assert queries.settings(["fsync", "synchronous_commit"]) == {
            "fsync": "off",
            "synchronous_commit": "off",
        }


def test_a_damaged_file_is_found(site):
    """A page in the middle of the file is overwritten; PostgreSQL has its own tools for that."""
    with site.app_context():
        patient = Patient(site.extensions["civic_config"], find_root(), MIGRATIONS)
        assert ask("integrity", patient).level is Level.OK
        if not queries.is_sqlite():
            return
        file = Path(queries.database_file())
        db.session.remove()
        db.engine.dispose()
        content = bytearray(file.read_bytes())
        content[20 * 4096 : 21 * 4096] = b"\xa5" * 4096
        file.write_bytes(content)
        assert doctor._ask(
            next(c for c in doctor.CHECKS if c.name == "integrity"), patient
        ).level is (Level.ERROR)


def test_a_file_for_everybody_is_found(tmp_path, monkeypatch):
    file = tmp_path / "civic.sqlite3"
    file.touch(mode=0o600)
    monkeypatch.setattr(queries, "database_file", lambda: str(file))
    monkeypatch.setattr(database, "_is_open", lambda path: bool(path.stat().st_mode & 0o004))
    assert ask("file_rights", a_patient(tmp_path)).level is Level.OK
    file.chmod(0o644)
    assert ask("file_rights", a_patient(tmp_path)).level is Level.WARNING


def test_a_closed_folder_protects_its_files(tmp_path):
    file = tmp_path / "shut" / "civic.sqlite3"
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o644)
    assert not database._is_open(file)


@pytest.mark.parametrize("state", ["in use", "behind", "away"])
def test_a_replica_that_is_left_out_is_found(tmp_path, monkeypatch, state):
    url = "postgresql://x@127.0.0.1:1/x"
    config = make_config(url, tmp_path, database_replica_url=url)
    monkeypatch.setattr(replica, "state", lambda: state)
    found = ask("replica", Patient(config, find_root(), MIGRATIONS))
    assert (found.level is Level.OK) is (state == "in use")


def _refuse(_: object) -> None:
    raise redis.Away


@pytest.mark.parametrize(
    ("answer", "level"), [(lambda _: True, Level.OK), (_refuse, Level.WARNING)]
)
def test_a_redis_that_is_away_is_found(tmp_path, monkeypatch, answer, level):
    monkeypatch.setattr(redis, "store", lambda: SimpleNamespace(call=answer))
    assert ask("redis", a_patient(tmp_path)).level is level


# -- the command -----------------------------------------------------------------------------


def examined(app, *words: str, status: int) -> str:
    result = app.test_cli_runner().invoke(args=["doctor", *words])
    assert result.exit_code == status, result.output
    return result.stdout


def test_one_line_a_question(site, monkeypatch):
    monkeypatch.setattr(database, "POSTGRES", ())  # the cluster of the tests does without fsync
    lines = examined(site, status=0).strip().splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert {line.split(" ")[0] for line in lines} <= {"ok", "warning"}


def test_an_error_is_the_status(site):
    with site.app_context():
        wrong_votes()
    found = {row["check"]: row for row in json.loads(examined(site, "--json", status=1))}
    assert found["votes"]["level"] == "error"
    assert "civic votes recount" in found["votes"]["advice"]
    assert found["comments"]["level"] == "error"  # the trend is made of both counts
    assert "votes" not in {row["check"] for row in json.loads(app_quick(site))}


def app_quick(app) -> str:
    return app.test_cli_runner().invoke(args=["doctor", "--quick", "--json"]).stdout


def test_a_database_that_is_away_is_found(empty):
    """Every question that needs it says so, and the others are asked all the same."""
    found = {row["check"]: row for row in json.loads(examined(empty, "--json", status=1))}
    assert found["migrations"]["level"] == "error"
    assert found["queue"]["level"] == "error"
    assert found["front_end"]["level"] == "ok"


def test_a_restored_house_is_well(site, empty, backups, monkeypatch):
    """Restore of last night's backup into an empty place, and the check-up finds no error."""
    monkeypatch.setattr(database, "POSTGRES", ())
    run(empty, "restore", make(site, backups))
    examined(empty, status=0)
    with empty.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 2
