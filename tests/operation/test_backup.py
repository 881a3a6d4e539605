"""A backup holds one whole state, says so truly, and notices a single byte that has changed."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import func, select, text

from civic.accounts.models import Nobody, System
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Forbidden
from civic.operation import archive, queries, service
from civic.operation.content import contents, differences
from civic.topics.models import Topic
from tests.make import make_topic, make_user
from tests.operation.conftest import config_of, person, run


def make(app, folder: Path) -> Path:
    """The report is the last line; warnings of the log may stand before it."""
    said = run(app, "backup", "--to", folder, "--json").strip().splitlines()[-1]
    return Path(json.loads(said)["file"])


def test_it_says_what_it_holds(site, backups):
    said = json.loads(run(site, "backup", "--to", backups, "--json"))
    assert said["tables"]["idea"][0] == 2
    assert said["tables"]["user"][0] == 2
    assert said["files"]["media/2026/bank.jpg"][0] == 19
    with site.app_context():
        steps = ScriptDirectory(current_app.config["MIGRATIONS_FOLDER"])
    assert said["revision"] == steps.get_current_head()
    file = Path(said["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Every hash fits" in run(site, "backup", "--verify", file)
    assert sorted(p.name for p in backups.iterdir()) == [file.name, "departures.json"]


def test_no_setting_gets_into_it(site, backups):
    """The keys of the house are kept elsewhere; the manifest says so."""
    secret = config_of(site).secret_key.encode()
    content = make(site, backups).read_bytes()
    assert secret not in content
    assert b"CIVIC_SECRET_KEY" in content


def test_the_house_remembers_its_last_backup(site, backups):
    with site.app_context():
        assert queries.last_backup() is None
    file = make(site, backups)
    with site.app_context():
        last = queries.last_backup()
        assert (last.file, last.size) == (str(file), file.stat().st_size)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999, 1.0])
def test_one_flipped_byte_is_found(site, backups, share):
    file = make(site, backups)
    content = bytearray(file.read_bytes())
    content[int(share * (len(content) - 1))] ^= 1
    file.write_bytes(content)
    assert "damaged" in run(site, "backup", "--verify", file, status=1)


def test_what_is_cut_off_is_found(site, backups):
    file = make(site, backups)
    content = file.read_bytes()
    for length in (0, 100, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert "damaged" in run(site, "backup", "--verify", file, status=1)


def test_the_damaged_part_is_named(site, backups):
    file = make(site, backups)
    file.write_bytes(file.read_bytes().replace(b"eine Bank", b"keine Ban", 1))
    said = run(site, "backup", "--verify", file, status=1)
    assert "media/2026/bank.jpg is not what was written" in said


def test_only_the_newest_are_kept(site, backups):
    begin = datetime(2026, 11, 1, 3, tzinfo=UTC)
    other = backups / "civic-of-the-day-we-moved.tar"
    for day in range(4):
        with clock.at(begin + timedelta(days=day)):
            run(site, "backup", "--to", backups, "--keep", 2)
        other.touch()
    names = sorted(path.name for path in backups.glob("*.tar"))
    assert names == ["civic-20261103-030000.tar", "civic-20261104-030000.tar", other.name]


def test_a_backup_that_fails_leaves_nothing_behind(site, backups, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_add", full)
    assert "No space left" in run(site, "backup", "--to", backups, status=1)
    assert list(backups.iterdir()) == []
    with site.app_context():
        assert queries.last_backup() is None


def test_only_those_who_run_the_platform_make_one(site, backups):
    with site.app_context(), pytest.raises(Forbidden):
        service.make_backup(Nobody(), config_of(site), backups)
    with site.app_context():
        service.make_backup(System(), config_of(site), backups)


def test_it_is_one_state_while_others_write(site, backups):
    """Each new topic is counted on a person's row in one transaction; every backup must agree."""
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        with site.app_context():
            while not stop.is_set():
                _add_topic()
                begun.set()
            db.session.remove()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(30)
    try:
        files = [_later(site, backups, number) for number in range(3)]
    finally:
        stop.set()
        writer.join()
    seen = [archive.verify(file).tables["topic"].rows for file in files]
    assert seen[0] < seen[-1], "the writer did not write"
    assert [_counted(site, file) for file in files] == seen


@transaction()
def _add_topic() -> None:
    """Counts first and adds then, so that a look in between would find both apart."""
    anna = person("Anna")
    count = int(anna.origin or db.session.scalar(select(func.count()).select_from(Topic)))
    anna.origin = str(count + 1)
    db.session.flush()
    make_topic()


def _later(site, backups: Path, number: int) -> Path:
    with clock.at(datetime(2026, 11, 1 + number, tzinfo=UTC)):
        return make(site, backups)


def _counted(site, file: Path) -> int:
    """What the person's row in a backup says; read by restoring it over the house."""
    with site.app_context():
        name = str(db.engine.url.database)
    run(site, "restore", file, "--overwrite", typed=f"{name}\n")
    with site.app_context():
        return int(person("Anna").origin)


# -- the figure of a table -------------------------------------------------------------------


def figures() -> dict:
    with db.engine.connect() as connection:
        return contents(connection)


def test_the_order_of_rows_does_not_matter(site):
    with site.app_context():
        before = figures()
        with db.engine.begin() as connection:  # a new version of a row goes to another place
            connection.execute(text("""UPDATE "user" SET name = name WHERE name = 'Anna'"""))
        assert differences(before, figures()) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("""UPDATE "user" SET name = 'Anja' WHERE name = 'Anna'""", "user: 2 rows, other content"),
        ("DELETE FROM idea_version", "idea_version: 2 rows expected, 0 found"),
        ("UPDATE contribution SET trend = trend + 1e-9", "contribution: 2 rows, other content"),
        ("DROP TABLE vote", "vote: only expected"),
    ],
)
def test_every_change_is_found(site, change, found):
    with site.app_context():
        before = figures()
        with db.engine.begin() as connection:
            connection.execute(text(change))
        assert differences(before, figures()) == [found]


SPEAKS = """UPDATE "user" SET language = CASE WHEN name = '%s' THEN 'en' ELSE 'de' END"""


def test_values_that_change_places_are_found(site):
    """A sum of all values would not see it; a sum of rows does."""
    seen = []
    with site.app_context():
        for name in ("Anna", "Berta"):
            with db.engine.begin() as connection:
                connection.execute(text(SPEAKS % name))
            seen.append(figures())
    assert differences(*seen) == ["user: 2 rows, other content"]


def test_both_databases_give_the_same_figure(sqlite_template, postgres_url, tmp_path):
    """The same rows, once in SQLite and once in PostgreSQL."""
    import shutil

    from flask_migrate import upgrade

    from civic.app import create_app
    from tests.conftest import make_config
    from tests.postgres import create_database, drop_database

    shutil.copy(sqlite_template, tmp_path / "civic.sqlite3")
    name = "backup_same"
    urls = (
        f"sqlite:///{tmp_path / 'civic.sqlite3'}",
        create_database(postgres_url, name),
    )
    found = []
    moment = datetime(2026, 11, 22, 3, 4, 5, 678, tzinfo=UTC)
    for url in urls:
        app = create_app(make_config(url, tmp_path))
        with app.app_context():
            upgrade()
            with transaction():
                make_user("Öyküm 🐦", id=7, created_at=moment, confirmed_at=None, email=None,
                          email_key=None, home_id=None)  # fmt: skip
            found.append(figures())
            db.session.remove()
            db.engine.dispose()
    drop_database(postgres_url, name)
    assert found[0]["user"].rows == 1
    assert differences(*found) == []
