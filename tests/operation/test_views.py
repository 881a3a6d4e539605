"""The pages behind the scenes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic.accounts.models import Role, User
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.work.models import Job, JobState
from civic.operation import sizes
from civic.operation.models import BackupRun
from civic.operation.sizes import Size, of_folder
from tests.make import make_dead_job, make_user

PAGE = "/verwaltung/betrieb"
LETTERS = f"{PAGE}/auftraege"


@pytest.fixture
def admin(app, browser) -> int:
    with app.app_context():
        user = make_user(roles=[(Role.ADMIN, None)])
        id = user.id
    browser.sign_in(id)
    return id


def state_of(app, id: int) -> JobState:
    with app.app_context():
        return db.session.get_one(Job, id).state


@pytest.mark.parametrize("path", ["", "/auftraege", "/pruefung"])
def test_only_those_who_run_the_platform_look(app, browser, path):
    assert browser.get(PAGE + path, 302).location.startswith("/anmelden")
    with app.app_context():
        member = make_user().id
    browser.sign_in(member)
    browser.get(PAGE + path, 403)


def test_only_they_are_shown_the_way(app, browser, admin):
    assert PAGE in browser.get("/konto").text
    with app.app_context():
        member = make_user().id
    browser.sign_in(member)
    assert PAGE not in browser.get("/konto").text


def test_what_waits_and_what_failed(app, browser, admin):
    with app.app_context(), transaction():
        due = clock.now() - timedelta(minutes=25)
        db.session.query(Job).delete()
        make_dead_job()
        make_dead_job(state=JobState.QUEUED, due_at=due, done_at=None, error=None)
    shown = browser.get(PAGE)
    figures = {dt.text: dd.text for dt, dd in zip(shown.all("dt"), shown.all("dd"), strict=True)}
    assert list(figures.values())[:4] == ["1", "25", "1", "0"]
    assert "civic worker" in shown.words  # the advice beside the figures
    assert shown.one("figure", class_="chart")
    with app.app_context():
        largest = sizes.of_largest_tables()
    assert all(table in shown.words for table, _ in largest)


def test_the_last_backup(app, browser, admin):
    assert "civic backup" in browser.get(PAGE).words
    with app.app_context(), transaction():
        run = BackupRun(made_at=clock.now(), file="/srv/civic.tar", host="kiel", size=5, seconds=7)
        db.session.add(run)
    words = browser.get(PAGE).words
    assert "/srv/civic.tar" in words
    assert "kiel" in words


def test_versions(browser, admin):
    words = browser.get(PAGE).words
    for name in ("Civic", "Python", "SQL", "htmx 4.0.1", "KERN 2.7.2"):
        assert name.split(" ")[0] in words
    assert "4.0.1" in words
    assert "2.7.2" in words


def test_jobs_given_up_page_by_page(app, browser, admin):
    with app.app_context():
        for number in range(25):
            make_dead_job(error=f"Grund {number}", done_at=clock.now() + timedelta(number))
    first = browser.get(LETTERS)
    assert "Grund 24" in first.words
    assert "Grund 4:" not in first.words
    (older,) = [a for a in first.all("a") if a.get("rel") == "next"]
    second = browser.get(older.get("href"))
    assert "Grund 0" in second.words
    assert "Grund 24" not in second.words
    part = browser.get(older.get("href"), fragment=True)
    assert part.one("section", id="letter_list")


def test_what_a_job_says_is_text(app, browser, admin):
    with app.app_context():
        make_dead_job(error="<script>alert(1)</script>", payload={"<b>": "</code><script>"})
    assert "<script>alert" not in browser.get(LETTERS).text
    assert "</code><script>" not in browser.get(LETTERS).text


def test_trying_again(app, browser, admin):
    with app.app_context():
        id = make_dead_job().id
    assert browser.post(f"{LETTERS}/{id}/wiederholen").location == LETTERS
    assert state_of(app, id) is JobState.QUEUED
    browser.post(f"{LETTERS}/{id}/wiederholen", 404)


def test_trying_all_again(app, browser, admin):
    with app.app_context():
        ids = [make_dead_job().id for _ in range(3)]
    browser.post(f"{LETTERS}/wiederholen")
    assert {state_of(app, id) for id in ids} == {JobState.QUEUED}


def test_dropping_asks_first(app, browser, admin):
    with app.app_context():
        id = make_dead_job(error="Kein Anschluss").id
    assert "Kein Anschluss" in browser.get(f"{LETTERS}/{id}/verwerfen").words
    assert state_of(app, id) is JobState.DEAD
    browser.post(f"{LETTERS}/{id}/verwerfen")
    assert state_of(app, id) is not JobState.DEAD
    browser.get(f"{LETTERS}/{id}/verwerfen", 404)
    browser.post(f"{LETTERS}/{id}/verwerfen", 404)


def test_the_check_up(app, browser, admin):
    with app.app_context():
        before = db.session.query(Job).count(), db.session.query(User).count()
    shown = browser.get(f"{PAGE}/pruefung")
    assert "civic backup" in shown.words
    assert "civic doctor" in shown.words
    with app.app_context():
        assert (db.session.query(Job).count(), db.session.query(User).count()) == before


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, (0, "bytes")), (1, (1, "bytes")), (1023, (1023, "bytes")), (1024, (1.0, "KiB")),
        (1536, (1.5, "KiB")), (150 * 1024, (150, "KiB")), (2**20, (1.0, "MiB")),
        (5 * 2**40, (5.0, "TiB")), (2**60, (1048576, "TiB")),
    ],
)  # fmt: skip
def test_sizes_in_words(size, said):
    assert (Size(size).amount, Size(size).unit) == said


def test_the_size_of_a_folder(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(b"12345")
    (tmp_path / "d").write_bytes(b"123")
    assert of_folder(tmp_path) == Size(8)
    assert of_folder(tmp_path / "nowhere") == Size(0)
    monkeypatch.setattr("civic.operation.sizes.MOST_FILES", 1)
    assert of_folder(tmp_path).is_more
