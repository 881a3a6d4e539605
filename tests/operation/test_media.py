"""Files of people in backups and in the check-up: in a folder, elsewhere, in a bucket."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from civic.attachments.service import clearing
from civic.config import Bucket
from civic.core import storage
from civic.core.bucket import S3Storage
from civic.core.db import db, transaction
from civic.core.storage import EXTENSION, FolderStorage
from civic.ideas.models import Idea
from civic.operation import archive, sizes
from civic.operation.doctor import Level, files
from tests.clamd import scanner
from tests.make import make_idea
from tests.make_attachments import make_attachment
from tests.operation.conftest import config_of, run
from tests.operation.test_backup import make
from tests.operation.test_doctor import a_patient
from tests.s3 import BUCKET, server


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with server() as url:
        yield url


def media_url(url: str) -> str:
    return f"s3://{BUCKET}/town?endpoint={url}&region=eu-central-1"


def change(app, **values: object) -> None:
    """Other settings for a house that stands already."""
    config = config_of(app)
    for name, value in values.items():
        object.__setattr__(config, name, value)
    app.extensions[EXTENSION] = storage.open_store(config.media)


def picture(app) -> list[str]:
    """The keys of a picture on an idea of this house."""
    with app.app_context(), transaction():
        return make_attachment(db.session.query(Idea).first()).keys


def in_store(app) -> set[str]:
    return {each.key for each in app.extensions[EXTENSION].walk("attachments")}


def test_media_in_a_folder_of_their_own_are_saved_and_come_back(site, empty, backups, tmp_path):
    change(site, media_url=str(tmp_path / "one" / "media"))
    change(empty, media_url=str(tmp_path / "two" / "media"))
    keys = picture(site)
    assert "Every hash fits" in run(empty, "restore", make(site, backups))
    assert in_store(empty) == set(keys)


def test_a_backup_says_that_the_bucket_is_not_in_it(site, empty, backups, s3_url):
    change(site, media_url=media_url(s3_url))
    keys = picture(site)
    said = run(site, "backup", "--to", backups)
    assert f"They lie in s3://{BUCKET}/town" in said
    [file] = backups.glob("civic-*.tar")
    manifest = archive.verify(file)
    assert manifest.media_elsewhere == f"s3://{BUCKET}/town"
    assert not [name for name in manifest.files if name.startswith(archive.MEDIA)]
    change(empty, media_url=media_url(s3_url))
    run(empty, "restore", file)
    assert set(keys) <= in_store(empty)


def test_a_backup_without_media_leaves_the_folder_alone(site, empty, backups, s3_url):
    change(site, media_url=media_url(s3_url))
    file = make(site, backups)
    there = config_of(empty).instance_path / "media" / "there"
    there.parent.mkdir()
    there.touch()
    with empty.app_context():
        name = str(db.engine.url.database)
    run(empty, "restore", file, "--overwrite", typed=f"{name}\n")
    assert there.exists()


def test_media_of_a_folder_move_into_a_bucket(site, empty, backups, s3_url):
    keys = picture(site)
    (config_of(site).instance_path / "media" / "2026" / "bank.jpg").unlink()
    file = make(site, backups)
    change(empty, media_url=media_url(s3_url).replace("town", f"village-{secrets.token_hex(4)}"))
    run(empty, "restore", file)
    assert in_store(empty) == set(keys)


def test_a_disk_of_its_own_cannot_be_exchanged(site, empty, backups, monkeypatch):
    file = make(site, backups)
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == "media")
    assert "disk of its own" in run(empty, "restore", file, status=1)


def test_a_file_that_goes_while_we_are_at_it_is_left_out(site, backups, monkeypatch):
    keys = picture(site)
    listed = archive.files_below

    def slow(folder: Path):
        for path in listed(folder):
            if path.name.endswith("-320.webp"):
                path.unlink()
            yield path

    monkeypatch.setattr(archive, "files_below", slow)
    manifest = archive.verify(make(site, backups))
    there = {name for name in manifest.files if "attachments" in name}
    assert len(there) == len(keys) - 1


# -- the check-up ----------------------------------------------------------------------------


@pytest.fixture
def media(app, tmp_path) -> Iterator[FolderStorage]:
    usual = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = FolderStorage(tmp_path / "media")
    yield app.extensions[EXTENSION]
    app.extensions[EXTENSION] = usual


def test_a_store_that_is_well(inside, media, tmp_path):
    patient = a_patient(tmp_path)
    for check in files.CHECKS:
        assert check.ask(patient).level is Level.OK, check.name


def test_a_folder_in_which_nobody_writes_is_found(inside, tmp_path):
    (tmp_path / "media").write_bytes(b"a file stands in the way")
    found = files.media_store(a_patient(tmp_path))
    assert found.level is Level.ERROR
    assert "chown" in found.say(str)


def test_a_trial_that_fails_is_found(inside, media, tmp_path, monkeypatch):
    def full(key: str, data: bytes) -> None:
        raise storage.StorageFull

    monkeypatch.setattr(media, "put", full)
    found = files.media_trial(a_patient(tmp_path))
    assert found.level is Level.ERROR
    assert "StorageFull" in found.say(str)


def test_a_bucket_answers_or_is_found(inside, app, tmp_path, s3_url):
    usual = app.extensions[EXTENSION]
    try:
        for url, level in ((s3_url, Level.OK), ("http://127.0.0.1:9", Level.ERROR)):
            patient = a_patient(tmp_path, media_url=media_url(url))
            app.extensions[EXTENSION] = S3Storage(patient.config.media)
            assert files.media_store(patient).level is level
            assert files.media_trial(patient).level is level
            assert (sizes.of_bucket() is None) is (level is Level.ERROR)
            if level is Level.ERROR:
                assert files.orphaned_files(patient).level is Level.ERROR
    finally:
        app.extensions[EXTENSION] = usual


def test_orphans_and_lost_files_are_found(inside, media, tmp_path, monkeypatch):
    monkeypatch.setattr(clearing, "SUSPICIOUS", 1)
    patient = a_patient(tmp_path)
    file = make_attachment(make_idea())
    for number in range(2):
        key = f"attachments/ab/{number:032}.pdf"
        media.put(key, b"x")
        os.utime(media.root / key, (0, 0))
    assert files.orphaned_files(patient).level is Level.WARNING
    for key in file.keys:
        media.delete(key)
    assert files.orphaned_files(patient).level is Level.ERROR
    lost = files.lost_files(patient)
    assert lost.level is Level.ERROR
    assert lost.values == {"number": 1, "first": file.id}


def test_a_virus_scanner_answers_or_is_found(inside, tmp_path):
    with scanner() as (url, _):
        assert files.virus_scanner(a_patient(tmp_path, clamd_url=url)).level is Level.OK
    away = a_patient(tmp_path, clamd_url="tcp://127.0.0.1:9")
    assert files.virus_scanner(away).level is Level.ERROR


def test_the_room_of_a_bucket_is_counted_as_far_as_a_person_waits(inside, app, s3_url, monkeypatch):
    usual = app.extensions[EXTENSION]
    store = S3Storage(Bucket(BUCKET, "counted", endpoint=s3_url, region="eu-central-1"))
    for number in range(4):
        store.put(f"a/{number}", b"12345")
    try:
        app.extensions[EXTENSION] = store
        assert sizes.of_bucket() == sizes.Size(20)
        monkeypatch.setattr(sizes, "MOST_OBJECTS", 3)
        assert sizes.of_bucket() == sizes.Size(15, is_more=True)
    finally:
        app.extensions[EXTENSION] = usual
