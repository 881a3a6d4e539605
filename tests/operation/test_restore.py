"""What was saved comes back whole, into an empty place, or nothing happens at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from civic.accounts import service as accounts
from civic.accounts.current import farewells
from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core import revisions
from civic.core.db import db, transaction
from civic.core.work.models import Job
from civic.operation import archive, ledger, queries, service
from civic.operation.content import contents, differences
from civic.operation.media import Exchange
from civic.operation.service import restores
from tests.operation.conftest import PASSWORD, config_of, may_sign_in, person, run
from tests.operation.test_backup import make


def figures(app) -> dict:
    with app.app_context(), db.engine.connect() as connection:
        return contents(connection)


def tables(app) -> list[str]:
    with app.app_context():
        return inspect(db.engine).get_table_names()


def media(app) -> dict[str, bytes]:
    folder = config_of(app).instance_path / "media"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def overwrite(app, file: Path, status: int = 0) -> str:
    with app.app_context():
        name = str(db.engine.url.database)
    return run(app, "restore", file, "--overwrite", typed=f"{name}\n", status=status)


def leftovers(app) -> list[str]:
    return [p.name for p in config_of(app).instance_path.rglob("*") if ".part" in p.name]


def test_everything_comes_back(site, empty, backups):
    wanted = figures(site)
    file = make(site, backups)
    assert "Every hash fits" in run(empty, "restore", file)
    found = figures(empty)
    assert differences(wanted, found) == []
    assert found["idea"].rows == 2
    assert media(empty) == media(site)
    assert leftovers(empty) == []
    with empty.app_context():
        assert may_sign_in()
        (hit,) = db.session.scalars(
            select(Contribution.title).where(Contribution.title.like("Ein%"))
        )
        assert hit == "Ein Dach über dem Bücherschrank"


def test_the_restored_house_goes_on(site, empty, backups):
    """Numbers go on where they stood, and the search knows what came back."""
    run(empty, "restore", make(site, backups))
    browser = empty.test_client()
    assert "Bücherschrank" in browser.get("/ideen?q=Bücherschrank").text
    assert browser.get("/readyz").status_code == 200
    with empty.app_context(), transaction():
        last = db.session.scalar(select(User.id).order_by(User.id.desc()))
        new = User(name="Neu", name_key="neu", created_at=person("Anna").created_at)
        db.session.add(new)
        db.session.flush()
        assert new.id == last + 1


def test_a_filled_place_is_left_alone(site, backups):
    file = make(site, backups)
    before = figures(site)
    assert "not empty" in run(site, "restore", file, status=1)
    assert differences(before, figures(site)) == []


def test_filled_media_are_left_alone(site, empty, backups):
    file = make(site, backups)
    folder = config_of(empty).instance_path / "media"
    folder.mkdir()
    (folder / "other.jpg").touch()
    assert "not empty" in run(empty, "restore", file, status=1)
    assert tables(empty) == []
    assert list(media(empty)) == ["other.jpg"]


def test_overwriting_asks_for_the_name(site, backups):
    file = make(site, backups)
    with site.app_context(), transaction():
        person("Berta").name = "Später"
    before = figures(site)
    said = run(site, "restore", file, "--overwrite", typed="something\n", status=1)
    assert "Nothing has changed" in said
    assert differences(before, figures(site)) == []


def test_overwriting_goes_back(site, backups):
    wanted = figures(site)
    file = make(site, backups)
    with site.app_context(), transaction():
        person("Berta").name = "Später"
    (config_of(site).instance_path / "media" / "2026" / "later.jpg").touch()
    overwrite(site, file)
    assert differences(wanted, figures(site)) == []
    assert list(media(site)) == ["2026/bank.jpg"]
    assert leftovers(site) == []


@pytest.mark.parametrize("moment", ["compared", "swapped"])
def test_a_restore_that_fails_changes_nothing(site, backups, monkeypatch, moment):
    file = make(site, backups)
    with site.app_context(), transaction():
        person("Berta").name = "Später"
    before, pictures = figures(site), media(site)
    if moment == "compared":
        monkeypatch.setattr(restores, "differences", lambda *_: ["idea: 2 rows, other content"])
    else:
        swap = Exchange.swap

        def broken(exchange):
            swap(exchange)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Exchange, "swap", broken)
    overwrite(site, file, status=1)
    assert differences(before, figures(site)) == []
    assert media(site) == pictures
    assert leftovers(site) == []


def test_a_restore_that_fails_leaves_an_empty_place_empty(site, empty, backups, monkeypatch):
    file = make(site, backups)
    monkeypatch.setattr(restores, "differences", lambda *_: ["idea: 2 rows, other content"])
    assert "not what was saved" in run(empty, "restore", file, status=1)
    assert tables(empty) == []
    assert media(empty) == {}
    assert leftovers(empty) == []


def test_a_damaged_backup_is_not_restored(site, empty, backups):
    file = make(site, backups)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert "damaged" in run(empty, "restore", file, status=1)
    assert tables(empty) == []


def changed_manifest(monkeypatch, **changes):
    verify = archive.verify

    def other(file):
        manifest = verify(file)
        for name, value in changes.items():
            object.__setattr__(manifest, name, value)
        return manifest

    monkeypatch.setattr(archive, "verify", other)


def test_what_was_loaded_is_compared(site, empty, backups, monkeypatch):
    """With real rows: one more is expected than there is."""
    file = make(site, backups)
    wrong = archive.verify(file).tables | {"vote": archive.Content(1, "0" * 64)}
    changed_manifest(monkeypatch, tables=wrong)
    assert "vote: 1 rows expected, 0 found" in run(empty, "restore", file, status=1)
    assert tables(empty) == []


def test_a_backup_of_a_later_version_is_refused(site, empty, backups, monkeypatch):
    file = make(site, backups)
    changed_manifest(monkeypatch, revision="ffffffffffff")
    assert "install that version first" in run(empty, "restore", file, status=1)


def test_a_backup_of_the_other_database_is_refused(site, empty, backups, monkeypatch):
    file = make(site, backups)
    changed_manifest(monkeypatch, kind="oracle")
    assert "a backup of oracle" in run(empty, "restore", file, status=1)


# -- who left stays away ---------------------------------------------------------------------


def leave(app, *, erase: bool) -> None:
    with app.app_context():
        accounts.delete_account(person("Anna2"), password=PASSWORD, erase=erase, forget=farewells())
        db.session.remove()


@pytest.fixture
def leaver(site) -> int:
    """Somebody who wrote an idea and knows their password."""
    from civic.core import passwords
    from tests.make import make_idea, make_user

    with site.app_context(), transaction():
        user = make_user("Anna2")
        user.password_hash = passwords.hash_password(PASSWORD)
        make_idea(user, title="Eine Idee von jemandem, der geht")
        return user.id


def standing(app, id: int) -> tuple[str, bool, int]:
    with app.app_context():
        user = db.session.get_one(User, id)
        ideas = db.session.query(Contribution).filter_by(author_id=id, hidden_at=None).count()
        return user.name, user.left_at is not None, ideas


@pytest.mark.parametrize("erase", [True, False])
def test_who_left_after_the_backup_does_not_come_back(site, backups, leaver, erase):
    file = make(site, backups)
    leave(site, erase=erase)
    now = standing(site, leaver)
    assert "1 people had left since then" in overwrite(site, file)
    assert standing(site, leaver) == now
    assert now[0] == ""
    with site.app_context():
        assert {gone.user_id for gone in queries.departures()} == {leaver}


def test_the_ledger_beside_the_backup_tells_an_empty_place(site, empty, backups, leaver):
    file = make(site, backups)
    leave(site, erase=True)
    run(site, "backup", "--to", backups / "later")
    (backups / "later" / ledger.NAME).replace(backups / ledger.NAME)
    assert "1 people had left since then" in run(empty, "restore", file)
    assert standing(empty, leaver) == standing(site, leaver)


def test_without_the_ledger_they_would_come_back(site, empty, backups, leaver):
    file = make(site, backups)
    leave(site, erase=True)
    run(empty, "restore", file)
    assert standing(empty, leaver) == ("Anna2", False, 1)


def departures_found(app) -> str:
    """The advice of the check-up about people who are back."""
    said = app.test_cli_runner().invoke(args=["doctor", "--quick", "--json"]).stdout
    (row,) = (row for row in json.loads(said) if row["check"] == "departures")
    return row["advice"]


def test_a_ledger_can_be_given_later(site, empty, backups, leaver):
    file = make(site, backups)
    leave(site, erase=True)
    with site.app_context():
        (job,) = db.session.scalars(select(Job).where(Job.kind == service.LEDGER_JOB))
        site.extensions["civic"].jobs[job.kind](job.payload)
    run(empty, "restore", file)
    later = config_of(site).backups / ledger.NAME
    config_of(empty).backups.mkdir()
    shutil.copy(later, config_of(empty).backups)
    assert "civic depart-again" in departures_found(empty)  # the check-up notices
    assert "1 people have left again" in run(empty, "depart-again", later)
    assert standing(empty, leaver)[:2] == ("", True)
    assert "0 people have left again" in run(empty, "depart-again", later)
    assert departures_found(empty) == ""


def test_a_number_that_was_given_anew_is_somebody_else(site, backups, leaver):
    """After a restore numbers are given a second time; the day of the account tells them apart."""
    leave(site, erase=True)
    (entry,) = _ledger_of(site)
    other = entry._replace(user_id=_number_of(site, "Berta"))
    with site.app_context():
        assert service.repeat_departures(_system(), [other], farewells=farewells()) == 0
        assert person("Berta").left_at is None


def _system():
    from civic.accounts.models import System

    return System()


def _number_of(app, name: str) -> int:
    with app.app_context():
        return person(name).id


def _ledger_of(app) -> set[ledger.Gone]:
    with app.app_context():
        return queries.departures()


def test_the_ledger_names_nobody(site, backups, leaver):
    leave(site, erase=True)
    make(site, backups)
    (row,) = json.loads((backups / ledger.NAME).read_text())["departures"]
    assert sorted(row) == ["erased", "joined", "left", "user"]


def test_an_older_backup_waits_for_the_migrations(site, empty, backups, leaver, monkeypatch):
    file = make(site, backups)
    leave(site, erase=True)
    run(site, "backup", "--to", backups / "later")
    monkeypatch.setattr(revisions, "newest", lambda _: "newer")
    said = run(empty, "restore", file, "--departures", backups / "later" / "departures.json")
    assert "civic db upgrade" in said
    waiting = said.strip().rsplit(" ", 1)[-1]
    monkeypatch.undo()
    assert "1 people have left again" in run(empty, "depart-again", waiting)
