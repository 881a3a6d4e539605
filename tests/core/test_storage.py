"""The store of files: whole files or none, no key that leads out, the same words for every kind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from civic.config import Bucket, ConfigError
from civic.core import bucket, storage
from civic.core.bucket import S3Storage
from civic.core.storage import FileGone, FolderStorage, Storage, StorageError, StorageFull
from tests.architecture.sources import ROOT
from tests.s3 import BUCKET, server

LATER = timedelta(days=1)


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(params=["folder", "s3", "s3 with prefix"])
def store(request, tmp_path) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "deep" / "media")
    url = request.getfixturevalue("s3_url")
    prefix = f"{request.node.name.split('[')[0]}/media" if "prefix" in request.param else ""
    store = storage.open_store(Bucket(BUCKET, prefix, endpoint=url, region="eu-central-1"))
    for each in list(store.walk()):
        store.delete(each.key)
    return store


def read(store: Storage, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def keys(store: Storage, below: str = "") -> set[str]:
    return {each.key for each in store.walk(below)}


def test_what_is_put_is_read_again(store):
    data = os.urandom(300_000)
    store.put("attachments/ab/abc123-320.webp", data)
    assert read(store, "attachments/ab/abc123-320.webp") == data
    assert store.exists("attachments/ab/abc123-320.webp")


def test_an_empty_file_is_a_file(store):
    store.put("a/b", b"")
    assert read(store, "a/b") == b""


def test_put_again_replaces(store):
    store.put("a/b", b"first")
    store.put("a/b", b"second")
    assert read(store, "a/b") == b"second"
    assert keys(store) == {"a/b"}


def test_what_is_removed_is_gone_and_may_be_removed_again(store):
    store.put("a/b", b"x")
    store.delete("a/b")
    store.delete("a/b")
    assert not store.exists("a/b")
    with pytest.raises(FileGone):
        store.open("a/b")


def test_what_was_never_there_is_gone(store):
    with pytest.raises(FileGone):
        store.open("never/there")
    assert not store.exists("never/there")
    assert keys(store) == set()


def test_a_walk_names_every_file_with_size_and_time(store):
    for key in ("a/1", "a/b/2", "ab/3", "logos/4.webp"):
        store.put(key, b"12345")
    assert keys(store) == {"a/1", "a/b/2", "ab/3", "logos/4.webp"}
    assert keys(store, "a") == {"a/1", "a/b/2"}
    assert keys(store, "nothing") == set()
    found = next(store.walk("logos"))
    assert found.size == 5
    assert abs(found.changed_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_more_files_than_a_server_tells_at_once(store, monkeypatch):
    monkeypatch.setattr(bucket, "PAGE", 4)
    names = {f"many/{n}" for n in range(11)}
    for name in names:
        store.put(name, b"")
    assert keys(store, "many") == names


def test_the_check_leaves_nothing(store):
    store.check()
    assert keys(store) == set()


WRONG = [
    "", "/etc/passwd", "../secret", "a/../../b", "a/..", "..", ".", "./a", "a//b", "a/", "/",
    "a\\b", "a\x00b", "A/b", "a/.hidden", ".part", "a b", "ä", "a/b\n", "\n", "con:",
    "~", "%2e%2e/a",
    "a..b", "x" * 201,
]  # fmt: skip


@pytest.mark.parametrize("key", WRONG)
def test_no_key_leads_out_of_the_store(key, tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    for store in (FolderStorage(tmp_path / "media"), S3Storage(Bucket("nowhere"))):
        for act in (store.open, store.exists, store.delete, lambda k, s=store: s.put(k, b"x")):
            with pytest.raises(ValueError, match="no key"):
                act(key)
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


# -- a folder --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> FolderStorage:
    return FolderStorage(tmp_path / "media")


def all_files(store: FolderStorage) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_others_on_the_machine_read_nothing(folder):
    folder.put("a/b", b"x")
    assert (folder.root / "a/b").stat().st_mode & 0o777 == 0o600
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert (folder.root / "a").stat().st_mode & 0o777 == 0o700


def test_a_file_is_on_the_disk_before_it_has_its_name(folder, monkeypatch):
    told: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (told.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda a, b: (told.append("rename"), replace(a, b))[1])
    folder.root.mkdir()
    (folder.root / "a").mkdir()
    folder.put("a/b", b"x")
    assert told == ["fsync", "rename", "fsync"]


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull),
                          (errno.EIO, StorageError), (errno.EROFS, StorageError)],
)  # fmt: skip
@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_disk_that_fails_leaves_nothing(folder, monkeypatch, number, words, step):
    folder.put("a/there", b"x")

    def fail(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    if step == "write":
        monkeypatch.setattr(storage, "_write", fail)
    elif step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(words) as said:
        folder.put("a/new", b"y")
    assert type(said.value) is words
    assert said.value.status == (507 if words is StorageFull else 503)
    assert [path.name for path in all_files(folder)] == ["there"]


def test_a_real_disk_that_is_full_leaves_nothing():
    """A tmpfs of the kernel of 64 KiB would need root; /dev/full says the same at the write."""
    with pytest.raises(OSError) as said, Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")
    assert said.value.errno in storage.FULL


def test_what_was_killed_half_way_is_no_file_and_is_tidied_later(folder):
    folder.put("a/there", b"x")
    half = folder.root / "a" / ".new.webp.12345678.part"
    half.write_bytes(b"half")
    assert keys(folder) == {"a/there"}
    now = datetime.now(UTC)
    assert folder.tidy(now - LATER) == 0
    os.utime(half, (0, 0))
    assert folder.tidy(now - LATER) == 1
    assert not half.exists()
    assert keys(folder) == {"a/there"}


def test_a_link_that_somebody_laid_is_no_file(folder, tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    folder.put("a/there", b"x")
    (folder.root / "a" / "link").symlink_to(tmp_path / "secret")
    (folder.root / "b").symlink_to(tmp_path)
    assert keys(folder) == {"a/there"}


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path):
    (tmp_path / "media").write_bytes(b"a file stands in the way")
    with pytest.raises(StorageError):
        FolderStorage(tmp_path / "media").put("a/b", b"x")
    with pytest.raises(StorageError):
        FolderStorage(tmp_path / "media").check()


# -- S3 --------------------------------------------------------------------------------------


def test_a_server_that_is_away_is_told_in_words(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    away = S3Storage(Bucket("bucket", endpoint="http://127.0.0.1:9", region="eu-central-1"))
    for act in (away.check, lambda: away.open("a"), lambda: list(away.walk())):
        with pytest.raises(StorageError) as said:
            act()
        assert said.value.status == 503


def test_without_keys_nothing_is_asked(monkeypatch, s3_url):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    store = S3Storage(Bucket(BUCKET, endpoint=s3_url, region="eu-central-1"))
    with pytest.raises(StorageError):
        store.open("a")


def test_a_bucket_that_is_not_there_is_no_missing_file(s3_url):
    store = S3Storage(Bucket("elsewhere", endpoint=s3_url, region="eu-central-1"))
    with pytest.raises(StorageError) as said:
        store.put("a", b"x")
    assert not isinstance(said.value, FileGone)


def test_a_process_that_was_forked_makes_a_way_of_its_own(s3_url, monkeypatch):
    store = S3Storage(Bucket(BUCKET, endpoint=s3_url, region="eu-central-1"))
    first = store._client()
    assert store._client() is first
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert store._client() is not first


def test_without_the_driver_the_start_says_what_is_missing(monkeypatch):
    monkeypatch.delitem(sys.modules, "civic.core.bucket")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match=r"civic\[s3\]"):
        storage.open_store(Bucket("bucket"))


def test_a_house_with_a_folder_does_not_load_it():
    """It takes 30 MB in each process."""
    program = "import sys, civic.app; sys.exit('boto3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0
