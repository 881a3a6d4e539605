"""Settings: a spelling mistake, a weak key or a half-set production stops the start."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from civic.config import Bucket, Config, ConfigError
from tests.architecture.sources import ROOT

STRONG = "qzJ8vYw3-Rk1sN6tBx0uHc5mLd9eGf2aKp7iQoWb4Xj"
PRODUCTION = {
    "CIVIC_ENV": "production",
    "CIVIC_SECRET_KEY": STRONG,
    "CIVIC_BASE_URL": "https://zukunft.example",
}


def read(**values: str) -> Config:
    return Config.from_env(values)


def test_nothing_set_is_a_workplace():
    config = read()
    assert not config.is_production
    assert config.engine_url.startswith("sqlite:///")
    assert config.hosts == ("127.0.0.1", "localhost")


def test_a_strong_production_starts():
    config = read(**PRODUCTION)
    assert config.is_production
    assert config.hosts == ("zukunft.example",)


@pytest.mark.parametrize("name", ["CIVIC_DATABASE_UR", "CIVIC_", "CIVIC_debug", "CIVIC_SECRET"])
def test_an_unknown_name_is_an_error_that_names_it(name):
    with pytest.raises(ConfigError, match=name.upper()):
        read(**{name: "x"})


def test_other_programs_may_have_settings():
    read(PATH="/bin", DATABASE_URL="x", CIVICS="x", CIVIC_SKIP_ASSETS="1")


@pytest.mark.parametrize(
    "key",
    ["", "dev", "changeme", "x" * 31, "x" * 64, "abababababababababababababababababab", "1234" * 12,
     "only-for-development-on-this-machine", "only-for-tests-0123456789-0123456789"],
)  # fmt: skip
def test_a_weak_key_stops_production(key):
    with pytest.raises(ConfigError, match="CIVIC_SECRET_KEY"):
        read(**PRODUCTION | {"CIVIC_SECRET_KEY": key})
    assert read(CIVIC_SECRET_KEY=key).secret_key == key


def test_the_error_does_not_quote_the_key():
    with pytest.raises(ConfigError) as stopped:
        read(**PRODUCTION | {"CIVIC_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIVIC_ENV", "prod"),
        ("CIVIC_ENV", "Production"),
        ("CIVIC_LOG_FORMAT", "yaml"),
        ("CIVIC_TRUSTED_PROXIES", "one"),
        ("CIVIC_TRUSTED_PROXIES", "-1"),
        ("CIVIC_TRUSTED_PROXIES", ""),
        ("CIVIC_TESTING", "maybe"),
    ],
)
def test_a_value_that_means_nothing_is_an_error(name, value):
    with pytest.raises(ConfigError, match=name):
        read(**{name: value})


@pytest.mark.parametrize(
    "change", [{"CIVIC_BASE_URL": "http://zukunft.example"}, {"CIVIC_TESTING": "1"}]
)
def test_what_production_does_not_allow(change):
    with pytest.raises(ConfigError, match=next(iter(change))):
        read(**PRODUCTION | change)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_way_to_write_postgresql_means_psycopg(scheme):
    config = read(
        CIVIC_DATABASE_URL=f"{scheme}://user:p%40ss@db.example:5432/civic?sslmode=require"
    )
    assert config.engine_url == (
        "postgresql+psycopg://user:p%40ss@db.example:5432/civic?sslmode=require"
    )


def test_a_database_file_may_stand_anywhere():
    assert (
        read(CIVIC_DATABASE_URL="sqlite:////srv/civic.db").engine_url == "sqlite:////srv/civic.db"
    )
    config = read(CIVIC_INSTANCE_PATH="/srv/civic")
    assert config.engine_url == "sqlite:////srv/civic/civic.sqlite3"


def test_a_relative_folder_is_one_of_the_start():
    assert read(CIVIC_INSTANCE_PATH="here").instance_path == Path.cwd() / "here"


def test_hosts_are_those_set_and_that_of_the_address():
    config = read(
        **PRODUCTION | {"CIVIC_TRUSTED_HOSTS": " www.zukunft.example , zukunft.example,,"}
    )
    assert config.hosts == ("www.zukunft.example", "zukunft.example")


@pytest.mark.parametrize("key", ["short", "x" * 64, "only-for-tests-0123456789-0123456789"])
def test_a_weak_key_of_before_is_as_bad_as_a_weak_one(key):
    with pytest.raises(ConfigError, match="CIVIC_SECRET_KEYS_OLD") as stopped:
        read(**PRODUCTION | {"CIVIC_SECRET_KEYS_OLD": f"{STRONG}x,{key}"})
    assert key not in str(stopped.value)


def test_the_newest_key_signs_and_all_are_believed():
    keys = read(**PRODUCTION | {"CIVIC_SECRET_KEYS_OLD": f"a{STRONG}, b{STRONG}"}).signing_keys
    assert keys == (f"a{STRONG}", f"b{STRONG}", STRONG)


@pytest.mark.parametrize("url", ["sqlite:///x", "http://x", "x"])
def test_a_replica_is_one_of_postgresql(url):
    with pytest.raises(ConfigError, match="CIVIC_DATABASE_REPLICA_URL"):
        read(CIVIC_DATABASE_URL="postgresql://x/y", CIVIC_DATABASE_REPLICA_URL=url)
    with pytest.raises(ConfigError, match="CIVIC_DATABASE_REPLICA_URL"):
        read(CIVIC_DATABASE_REPLICA_URL="postgresql://x/y")
    both = read(CIVIC_DATABASE_URL="postgresql://x/y", CIVIC_DATABASE_REPLICA_URL="postgres://z/y")
    assert both.replica_url == "postgresql+psycopg://z/y"


@pytest.mark.parametrize("url", ["localhost:6379", "http://x", "memcached://x"])
def test_redis_has_an_address_of_its_kind(url):
    with pytest.raises(ConfigError, match="CIVIC_REDIS_URL"):
        read(CIVIC_REDIS_URL=url)


def test_a_token_that_can_be_guessed_opens_nothing():
    with pytest.raises(ConfigError, match="CIVIC_METRICS_TOKEN"):
        read(**PRODUCTION | {"CIVIC_METRICS_TOKEN": "prometheus"})


def test_backups_have_a_place():
    assert read(CIVIC_INSTANCE_PATH="/srv/civic").backups == Path("/srv/civic/backups")
    assert read(CIVIC_BACKUP_PATH="/backup").backups == Path("/backup")


def test_the_manual_lists_every_setting():
    manual = (ROOT / "docs/operation.md").read_text()
    hidden = {"testing"}
    assert not [
        f.name for f in fields(Config)
        if f.name not in hidden and f"`CIVIC_{f.name.upper()}`" not in manual
    ]  # fmt: skip


# -- files of people -------------------------------------------------------------------------


def test_files_lie_in_the_instance_folder_unless_said_otherwise():
    assert read(CIVIC_INSTANCE_PATH="/srv/civic").media == Path("/srv/civic/media")
    for url in ("/srv/media", "file:///srv/media"):
        assert read(CIVIC_MEDIA_URL=url).media == Path("/srv/media")
    assert read(CIVIC_MEDIA_URL="file:///srv/media%20of%20all").media == Path("/srv/media of all")


@pytest.mark.parametrize(
    ("url", "bucket"),
    [
        ("s3://civic", Bucket("civic")),
        ("s3://civic/", Bucket("civic")),
        ("s3://civic/town/media/", Bucket("civic", "town/media")),
        (
            "s3://civic/m?endpoint=https://s3.town.de:9000&region=eu-central-1",
            Bucket("civic", "m", "https://s3.town.de:9000", "eu-central-1"),
        ),
    ],
)
def test_files_may_lie_in_a_bucket(url, bucket):
    assert read(CIVIC_MEDIA_URL=url).media == bucket


@pytest.mark.parametrize(
    "url",
    ["media", "./media", "s3:/civic", "s3://", "s3:///media", "S3://civic", "http://town.de/media",
     "ftp://x", "s3://civic/../other", "s3://civic/a//b", "s3://civic/.hidden", "s3://x",
     "s3://civic?endpoint=town.de", "s3://civic?endpoint=ftp://town.de", "s3://[",
     "s3://civic?endpoint=https://user:word@town.de", "s3://civic?secret=x", "s3://civic?name=x",
     "s3://civic?prefix=x"],
)  # fmt: skip
def test_an_odd_place_for_files_stops_the_start(url):
    with pytest.raises(ConfigError, match="CIVIC_MEDIA_URL"):
        read(CIVIC_MEDIA_URL=url)


def test_keys_of_a_bucket_belong_into_the_environment_and_are_not_quoted():
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID") as stopped:
        read(CIVIC_MEDIA_URL="s3://AKIA123:hidden@civic")
    assert "hidden" not in str(stopped.value)


@pytest.mark.parametrize("url", ["", "tcp://127.0.0.1:3310", "unix:///run/clamav/clamd.ctl"])
def test_a_virus_scanner_has_a_socket(url):
    assert read(CIVIC_CLAMD_URL=url).clamd_url == url


@pytest.mark.parametrize(
    "url", ["localhost:3310", "tcp://x", "tcp://:3310", "tcp://x:port", "unix://run/clamd", "unix://",
            "unix:///", "http://x:1", "tcp://x:99999", "/run/clamd"],
)  # fmt: skip
def test_an_odd_virus_scanner_stops_the_start(url):
    with pytest.raises(ConfigError, match="CIVIC_CLAMD_URL"):
        read(CIVIC_CLAMD_URL=url)
