"""Every setting of a deployment, read once from the environment into one frozen value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

#: A key with fewer different characters was typed, not drawn.
FEWEST_CHARACTERS = 10
SHORTEST_TOKEN = 16
#: Names of S3 and of the folders in it.
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
PREFIX = r"([A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*)?"
#: Tiles of another host, or of this one by a path; `{s}` stands for its twins a, b and c.
TILES = re.compile(
    r"(?P<scheme>https?)://(?P<host>(?:\{s\}\.)?[A-Za-z0-9.-]+(?::\d+)?)/(?P<path>[!-~]+)"
    r"|/(?!/)(?P<own>[!-~]+)"
)
CLOSEST_ZOOM = 22
YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off", ""})


class ConfigError(Exception):
    """A setting is missing, unknown or unsafe; the message names it and says what to do."""


@dataclass(frozen=True)
class Bucket:
    """Where files lie in an S3 store; who may enter stands in the environment (`AWS_*`)."""

    name: str
    #: Before every key; "" or without slashes at its ends.
    prefix: str = ""
    #: Address of the server; "" is Amazon itself.
    endpoint: str = ""
    region: str = ""


@dataclass(frozen=True)
class Config:
    """Settings, one per `CIVIC_*` variable; `docs/operation.md` holds the table."""

    database_url: str = ""
    database_replica_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    secret_keys_old: tuple[str, ...] = ()
    base_url: str = "http://127.0.0.1:8000"
    env: str = "development"
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    smtp_url: str = ""
    mail_from: str = "Zukunftsmacher <noreply@localhost>"
    contact_email: str = "kontakt@example.org"
    site_name: str = "Zukunftsmacher"
    home_municipality: str = ""
    instance_path: Path = field(default_factory=lambda: Path.cwd() / "instance")
    backup_path: Path | None = None
    media_url: str = ""
    clamd_url: str = ""
    map_tile_url: str = ""
    map_attribution: str = ""
    map_max_zoom: int = 18
    log_format: str = "text"
    metrics_token: str = ""
    slow_query_ms: int = 500
    testing: bool = False

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def engine_url(self) -> str:
        """SQLAlchemy's address; plain `postgresql://` means psycopg 3."""
        if not self.database_url:
            return f"sqlite:///{self.instance_path / 'civic.sqlite3'}"
        return _with_driver(self.database_url)

    @property
    def replica_url(self) -> str:
        """SQLAlchemy's address of the copy that is only read; empty where there is none."""
        return _with_driver(self.database_replica_url)

    @property
    def backups(self) -> Path:
        """The folder of the backups: that set, else `backups` in the instance folder."""
        return self.backup_path or self.instance_path / "backups"

    @property
    def media(self) -> Path | Bucket:
        """Where the files of people lie: that set, else `media` in the instance folder."""
        return _media(self.media_url) or self.instance_path / "media"

    @property
    def map_host(self) -> str:
        """Who sends map tiles, as a content security policy names it; empty: nobody but us."""
        found = TILES.fullmatch(self.map_tile_url)
        if found is None or not found["host"]:
            return ""
        return f"{found['scheme']}://{found['host'].replace('{s}', '*').lower()}"

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """Keys for what this site signs, the newest last, as itsdangerous takes them.

        It signs with the last one and believes all of them, so a new key puts nobody out.
        """
        return (*self.secret_keys_old, self.secret_key or "only-for-development-on-this-machine")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names that a request may carry: those set, and that of the base address."""
        own = urlsplit(self.base_url).hostname or "localhost"
        local = () if self.is_production else ("localhost", "127.0.0.1")
        return tuple(dict.fromkeys((*self.trusted_hosts, own, *local)))

    def __post_init__(self) -> None:
        if self.env not in {"development", "production"}:
            raise ConfigError("CIVIC_ENV must be 'development' or 'production'.")
        if self.log_format not in {"text", "json"}:
            raise ConfigError("CIVIC_LOG_FORMAT must be 'text' or 'json'.")
        self._check_addresses()
        self._check_map()
        if self.is_production:
            self._check_production()

    def _check_addresses(self) -> None:
        if self.replica_url and not (
            self.engine_url.startswith("postgresql") and self.replica_url.startswith("postgresql")
        ):
            raise ConfigError(
                "CIVIC_DATABASE_REPLICA_URL names a streaming replica of PostgreSQL, so it and "
                "CIVIC_DATABASE_URL must both begin with postgresql://."
            )
        if self.redis_url and not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            raise ConfigError("CIVIC_REDIS_URL must begin with redis://, rediss:// or unix://.")
        _media(self.media_url)
        if self.clamd_url and not _is_socket(self.clamd_url):
            raise ConfigError("CIVIC_CLAMD_URL must be tcp://host:port or unix:///path.")

    def _check_map(self) -> None:
        if not 1 <= self.map_max_zoom <= CLOSEST_ZOOM:
            raise ConfigError(f"CIVIC_MAP_MAX_ZOOM must be a number from 1 to {CLOSEST_ZOOM}.")
        if not self.map_tile_url:
            return
        if not _is_tile_address(self.map_tile_url):
            raise ConfigError(
                "CIVIC_MAP_TILE_URL must be like https://tiles.town.de/{z}/{x}/{y}.png, or a path "
                "of this site such as /tiles/{z}/{x}/{y}.png."
            )
        if self.is_production and self.map_host.startswith("http:"):
            raise ConfigError("CIVIC_MAP_TILE_URL must start with https:// in production.")
        if not self.map_attribution:
            raise ConfigError("CIVIC_MAP_ATTRIBUTION must say whose map CIVIC_MAP_TILE_URL shows.")

    def _check_production(self) -> None:
        if self.testing:
            raise ConfigError("CIVIC_TESTING weakens passwords; it must not be set in production.")
        if _is_weak(self.secret_key):
            raise ConfigError(
                "CIVIC_SECRET_KEY is missing or weak. Make one with: "
                "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if any(_is_weak(key) for key in self.secret_keys_old):
            raise ConfigError("CIVIC_SECRET_KEYS_OLD holds a weak key, with which anyone can sign.")
        if self.metrics_token and len(self.metrics_token) < SHORTEST_TOKEN:
            raise ConfigError(f"CIVIC_METRICS_TOKEN needs {SHORTEST_TOKEN} characters or more.")
        if not self.base_url.startswith("https://"):
            raise ConfigError("CIVIC_BASE_URL must start with https:// in production.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment. An unknown `CIVIC_*` name is a spelling mistake, hence an error."""
        given = {
            name.removeprefix("CIVIC_").lower(): value
            for name, value in (os.environ if environ is None else environ).items()
            if name.startswith("CIVIC_") and name != "CIVIC_SKIP_ASSETS"
        }
        known = {f.name: str(f.type) for f in fields(cls)}
        if unknown := sorted(given.keys() - known.keys()):
            names = ", ".join(f"CIVIC_{name.upper()}" for name in unknown)
            raise ConfigError(f"Unknown setting: {names}. See docs/operation.md.")
        values: dict[str, Any] = {
            name: _parse(known[name], name, value) for name, value in given.items()
        }
        return cls(**values)


def _with_driver(url: str) -> str:
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url


def _media(url: str) -> Path | Bucket | None:
    """Read `CIVIC_MEDIA_URL`; None where it is not set. Raises `ConfigError`."""
    if not url:
        return None
    if url.startswith("s3://"):
        return _bucket(url)
    path = unquote(url.removeprefix("file://")) if url.startswith("file://") else url
    if "://" in path or not path.startswith("/"):
        raise ConfigError("CIVIC_MEDIA_URL must be a folder (/srv/media) or s3://bucket/prefix.")
    return Path(path)


def _bucket(url: str) -> Bucket:
    try:
        target = urlsplit(url)
        asked = dict(parse_qsl(target.query, keep_blank_values=True))
        bucket = Bucket(target.netloc, target.path.strip("/"), **asked)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            "CIVIC_MEDIA_URL reads s3://bucket/prefix?endpoint=https://…&region=…, no more."
        ) from error
    if "@" in bucket.name:
        raise ConfigError(
            "CIVIC_MEDIA_URL holds no keys; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if not (re.fullmatch(BUCKET, bucket.name) and re.fullmatch(PREFIX, bucket.prefix)):
        raise ConfigError("CIVIC_MEDIA_URL names no bucket, or an odd one: s3://bucket/prefix.")
    if bucket.endpoint and not re.fullmatch(r"https?://[^/?#@\s]+/?", bucket.endpoint):
        raise ConfigError("The endpoint in CIVIC_MEDIA_URL must be like https://s3.town.de.")
    return bucket


def _is_socket(url: str) -> bool:
    try:
        target = urlsplit(url)
        if target.scheme == "unix":
            return not target.netloc and len(target.path) > 1
        return target.scheme == "tcp" and bool(target.hostname and target.port)
    except ValueError:  # a port that is none
        return False


def _is_tile_address(url: str) -> bool:
    found = TILES.fullmatch(url)
    path = (found["path"] or found["own"]) if found else ""
    names = re.findall(r"\{([^{}]*)\}", path)
    is_plain = not re.search(r"""["'<>;\\\s]""", path)
    return is_plain and {"z", "x", "y"} <= set(names) <= {"z", "x", "y", "s", "r"}


def _is_weak(secret: str) -> bool:
    is_known = secret.startswith("only-for-")  # those in this repository
    return len(secret) < 32 or len(set(secret)) < FEWEST_CHARACTERS or is_known


def _yes_or_no(name: str, value: str) -> bool:
    if value not in YES | NO:
        raise ConfigError(f"CIVIC_{name.upper()} must be 1 or 0.")
    return value in YES


def _parse(kind: str, name: str, value: str) -> str | int | bool | tuple[str, ...] | Path:
    if kind == "bool":
        return _yes_or_no(name, value.lower())
    if kind.startswith("Path"):
        return Path(value).absolute()
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if kind == "int":
        if not (value.isascii() and value.isdecimal()):
            raise ConfigError(f"CIVIC_{name.upper()} must be a whole number.")
        return int(value)
    return value
