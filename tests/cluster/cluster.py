"""Everything that a large installation has, on one machine and with the files of `deploy/`.

PostgreSQL with a streaming replica, pgbouncer before the primary, Redis, two web instances behind
nginx and two workers, with the demo loaded; all on ports of 127.0.0.1, all data in a folder that is
gone afterwards. `make cluster` runs it for people, the tests for themselves.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests import machine
from tests.cluster import nginx
from tests.cluster.members import (
    Keeper,
    Member,
    free_ports,
    is_healthy,
    lets_in,
    takes_connections,
)
from tests.machine import ensure_postgres, ensure_program
from tests.postgres import SUPERUSER, UNPRIVILEGED, _call, _make

ROOT = nginx.ROOT
DEPLOY = nginx.DEPLOY
CIVIC = (sys.executable, "-c", "from civic.app import main; main()")
NAMES = ("primary", "replica", "pgbouncer", "redis", "web-1", "web-2", "nginx")
DATABASE = "civic"


@dataclass
class Cluster:
    """All members by name, and how to reach them."""

    folder: Path
    ports: dict[str, int]
    password: str
    members: dict[str, Member]
    keeper: Keeper | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['nginx']}"

    @property
    def instance(self) -> Path:
        """The folder where the mails of the house end up."""
        return self.folder / "instance"

    def database(self, member: str = "primary") -> str:
        """The address of the database at one of `primary`, `replica`, `pgbouncer`."""
        who = f"postgresql://{SUPERUSER}:{self.password}"
        query = "?prepare_threshold=0" if member == "pgbouncer" else ""
        return f"{who}@127.0.0.1:{self.ports[member]}/{DATABASE}{query}"

    def conninfo(self, member: str, database: str = DATABASE) -> str:
        who = f"user={SUPERUSER} password={self.password} dbname={database}"
        return f"host=127.0.0.1 port={self.ports[member]} {who}"

    def ask(self, member: str, question: str) -> Any:
        """The first value of the first row that a database answers."""
        with psycopg.connect(self.conninfo(member), autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None

    def settings(self, *, pooled: bool) -> dict[str, str]:
        """The environment of the house. Web instances use the pooler, all others do not."""
        own = machine.environment()
        return own | {
            "CIVIC_ENV": "development",  # the demo, and cookies over plain http
            "CIVIC_SECRET_KEY": self.password,
            "CIVIC_BASE_URL": self.address,
            "CIVIC_TRUSTED_PROXIES": "1",
            "CIVIC_INSTANCE_PATH": str(self.instance),
            "CIVIC_DATABASE_URL": self.database("pgbouncer" if pooled else "primary"),
            "CIVIC_DATABASE_REPLICA_URL": self.database("replica"),
            "CIVIC_REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "PYTHONUNBUFFERED": "1",
            "PWD": str(ROOT),
        }

    def civic(self, *words: str) -> str:
        """Run a command of the house; raises with what it said when it fails."""
        done = subprocess.run(
            [*CIVIC, *words],
            cwd=ROOT,
            env=self.settings(pooled=False),
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl+C is for us, who then end everything in order
        )
        if done.returncode:
            raise RuntimeError(f"civic {' '.join(words)} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def add(self, member: Member) -> None:
        """Start a member and wait until others may rely on it."""
        self.members[member.name] = member
        member.start()
        member.wait()

    def keep(self) -> None:
        """From now on whoever ends is started again."""
        self.keeper = Keeper(list(self.members.values()))
        self.keeper.start()

    def stop(self) -> None:
        """End all of them, those that ask others first."""
        if self.keeper:
            self.keeper.stop()
        for member in reversed(self.members.values()):
            member.stop()


@contextmanager
def cluster(*, port: int = 0, say: bool = False) -> Iterator[Cluster]:
    """Start everything; `port` is that of nginx (0: one of ours), `say` tells what is going on."""
    folder = Path(tempfile.mkdtemp(prefix="civic-cluster-"))
    folder.chmod(0o711)  # PostgreSQL and pgbouncer run as a user of their own
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    if port:
        ports["nginx"] = port
    made = Cluster(folder, ports, secrets.token_urlsafe(32), {})
    try:
        for word, step in STEPS.items():
            if say:
                sys.stdout.write(f"{word} ...\n")
                sys.stdout.flush()
            step(made)
        made.keep()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


# -- the members, in the order in which they rely on each other --------------------------------


def _primary(made: Cluster) -> None:
    home = _home(made, "primary")
    _make(ensure_postgres(), home, made.password)
    made.add(_postgres(made, "primary", "postgres"))
    who = f"--dbname={made.conninfo('primary', 'postgres')}"
    _call([str(ensure_postgres() / "psql"), who, "-qc", f"CREATE DATABASE {DATABASE}"], home)


def _replica(made: Cluster) -> None:
    home = _home(made, "replica")
    source = f"--dbname={made.conninfo('primary', 'replication')} application_name=replica"
    words = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--create-slot"]
    where = ["--slot=replica", f"--pgdata={home / 'data'}"]
    _call([str(ensure_postgres() / "pg_basebackup"), *words, *where, source], home)
    made.add(_postgres(made, "replica", DATABASE))


def _postgres(made: Cluster, name: str, database: str) -> Member:
    home = made.folder / name
    options = {
        "listen_addresses": "127.0.0.1",
        "port": made.ports[name],
        "unix_socket_directories": home,
        "max_connections": 100,
        "shared_buffers": "64MB",
        "hot_standby_feedback": "on",
    }
    arguments = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
    return Member(
        name,
        [str(ensure_postgres() / "postgres"), "-D", str(home / "data"), *arguments],
        made.folder,
        lambda: lets_in(made.conninfo(name, database)),
        unprivileged=True,
    )


def _pgbouncer(made: Cluster) -> None:
    home = _home(made, "pgbouncer")
    own, users = home / "pgbouncer.ini", home / "userlist.txt"
    shutil.copyfile(DEPLOY / "pgbouncer.ini", own)
    nginx.change(own, "port=5432", f"port={made.ports['primary']}")
    nginx.change(own, "listen_port = 6432", f"listen_port = {made.ports['pgbouncer']}")
    nginx.change(own, "/etc/pgbouncer/userlist.txt", str(users))
    users.write_text(f'"{SUPERUSER}" "{made.password}"\n')
    for path in (own, users):
        _give_away(path)
    made.add(
        Member(
            "pgbouncer",
            [str(ensure_program("pgbouncer")), str(own)],
            made.folder,
            lambda: lets_in(made.conninfo("pgbouncer")),
            unprivileged=True,
        )
    )


def _redis(made: Cluster) -> None:
    port = made.ports["redis"]
    own = made.folder / "redis.conf"
    shutil.copyfile(DEPLOY / "redis.conf", own)
    nginx.change(own, "port 6379", f"port {port}")
    command = [str(ensure_program("redis-server")), str(own)]
    made.add(Member("redis", command, made.folder, lambda: takes_connections(port)))


def _content(made: Cluster) -> None:
    made.civic("db", "upgrade")
    made.civic("demo", "load")


def _house(made: Cluster) -> None:
    for name in ("web-1", "web-2"):
        port = made.ports[name]
        shape = {"GUNICORN_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1"}
        made.add(
            Member(
                name,
                [sys.executable, "-m", "gunicorn", "-c", str(DEPLOY / "gunicorn.conf.py")],
                made.folder,
                lambda port=port: is_healthy(port),  # type: ignore[misc]
                made.settings(pooled=True) | shape,
            )
        )
    for name in ("worker-1", "worker-2"):
        settings = made.settings(pooled=False)
        made.add(Member(name, [*CIVIC, "worker"], made.folder, lambda: True, settings))


def _front(made: Cluster) -> None:
    port = made.ports["nginx"]
    webs = [f"127.0.0.1:{made.ports[name]}" for name in ("web-1", "web-2")]
    main = nginx.lay_out(made.folder, port, webs)
    command = nginx.command(main)
    made.add(Member("nginx", command, made.folder, lambda: is_healthy(port, "/readyz")))


def _home(made: Cluster, name: str) -> Path:
    """A folder for a server that has a user of its own."""
    home = made.folder / name
    home.mkdir(mode=0o700)
    _give_away(home)
    return home


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, UNPRIVILEGED, UNPRIVILEGED)


STEPS = {
    "PostgreSQL, the primary": _primary,
    "PostgreSQL, the replica": _replica,
    "pgbouncer": _pgbouncer,
    "Redis": _redis,
    "tables and the demo": _content,
    "two web instances and two workers": _house,
    "nginx": _front,
}
