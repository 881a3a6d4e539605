"""F3, F10: no acknowledgement before the disk has it, and a disk that is full.

A killed process alone cannot show the first, for the system's cache survives it: the syncs are
counted by strace and by PostgreSQL itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from civic.app import create_app
from civic.core.db import db
from tests.conftest import make_config
from tests.faults.ledger import Crew, halves, lost
from tests.faults.load import readers
from tests.faults.machine import is_root, program, until
from tests.faults.postgres import Postgres, own
from tests.faults.report import counted, number
from tests.faults.site import ROOT, Site, ask, environment, house_at, integrity, site_on
from tests.machine import MachineError

IDEAS = 100
SPACE = 120 * 2**20


def submitted(site: Site, synchronous: str, *before: str) -> None:
    """Submit the ideas one by one in a process of its own."""
    work = [*before, sys.executable, "-m", "tests.faults.submit", str(IDEAS), synchronous]
    done = subprocess.run(
        work, cwd=ROOT, env=environment(site), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.faults
def test_f3_sqlite_syncs_before_each_acknowledgement(request, tmp_path, report):
    strace, counts = [program("strace"), "-f", "-e", "trace=fsync,fdatasync", "-o"], {}
    for synchronous in ("FULL", "NORMAL", "OFF"):
        (folder := tmp_path / synchronous).mkdir()
        found = folder / "strace"
        with site_on("sqlite", request, folder, "") as site:
            submitted(site, synchronous, *strace, str(found))
        counts[synchronous] = len(re.findall(r"(?:fsync|fdatasync)\(", found.read_text()))
    report.note(
        "F3",
        f"SQLite: {IDEAS} ideas, synchronous=FULL",
        "≥ 1 sync for each",
        f"{counts['FULL']} syncs",
    )
    loose = f"{counts['NORMAL']} and {counts['OFF']} syncs"
    report.note(
        "F3", "Control, SQLite: synchronous=NORMAL and OFF", f"found: < {IDEAS // 2}", loose
    )
    assert counts["FULL"] >= IDEAS
    assert max(counts["NORMAL"], counts["OFF"]) < IDEAS / 2


@pytest.mark.faults
def test_f3_postgresql_syncs_before_each_acknowledgement(tmp_path, report):
    counts = {}
    for synchronous in ("on", "off"):
        settings = (f"synchronous_commit={synchronous}", "wal_writer_delay=10s")
        (folder := tmp_path / synchronous).mkdir()
        with Postgres.started(*settings) as database, house_at(database.url, folder) as site:
            database.order("SELECT pg_stat_reset_shared('wal')")
            submitted(site, "FULL")
            threading.Event().wait(1)  # the statistics of a backend are told when it ends
            counts[synchronous] = database.ask("SELECT wal_sync FROM pg_stat_wal")
    report.note(
        "F3", f"PostgreSQL: {IDEAS} ideas", "≥ 1 sync of the log for each", f"{counts['on']} syncs"
    )
    report.note(
        "F3", "Control, PostgreSQL: synchronous_commit=off", f"found: < {IDEAS // 2}",
        f"{counts['off']} syncs",
    )  # fmt: skip
    assert counts["on"] >= IDEAS
    assert counts["off"] < IDEAS / 2


def test_the_house_leaves_the_databases_their_syncs(tmp_path, sqlite_template, postgres_url):
    """The short form: it asks SQLite for FULL, and it changes nothing at PostgreSQL."""
    for url, question, answer in (
        (f"sqlite:///{sqlite_template}", "PRAGMA synchronous", 2),
        (
            postgres_url,
            "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'",
            "command line",
        ),
    ):
        with create_app(make_config(url, tmp_path)).app_context():
            assert db.session.scalar(text(question)) == answer
            db.session.remove()
            db.engine.dispose()


def test_no_source_of_the_house_turns_the_sync_off():
    sources = Path(ROOT / "civic").rglob("*.py")
    hasty = re.compile(
        r"""synchronous_commit["']?\s*(?:[=:]|TO\b)|synchronous\s*=\s*(?!FULL)\w+|fsync\s*=\s*off""",
        re.IGNORECASE,
    )
    own_load = ROOT / "civic" / "bench"  # writes test data, never what a person acknowledged
    assert [
        f"{path}: {line}"
        for path in sources
        if path.parent != own_load
        for line in path.read_text().splitlines()
        if hasty.search(line) and not line.lstrip().startswith("#")
    ] == []


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 120 MB in memory."""
    if not is_root():
        raise MachineError("F10 mounts a small file system, which only root may do.")
    target = folder / "disk"
    target.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SPACE},mode=755", "tmpfs", str(target)]
    for parent in list(target.parents)[:3]:
        parent.chmod(0o755)  # PostgreSQL runs as its own user and must get there
    subprocess.run(words, check=True)
    try:
        yield target
    finally:
        subprocess.run(["umount", "--lazy", str(target)], check=True)


@contextmanager
def filled(disk: Path, leave: int) -> Iterator[None]:
    """Nothing but so many bytes is free while the block runs."""
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    with suppress(OSError), ballast.open("wb") as file:  # others write meanwhile: then it is full
        file.write(b"\0" * (free.f_bavail * free.f_frsize - leave))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def house_on(kind: str, disk: Path) -> Iterator[Site]:
    """The house with its database, or with its log, on the small disk."""
    if kind == "postgresql":
        own(disk)
        sizes = ("max_wal_size=48MB", "min_wal_size=32MB", "wal_keep_size=0")
        with (
            Postgres.started(*sizes, folder=disk) as database,
            house_at(database.url, disk) as site,
        ):
            yield site
    else:
        (folder := disk / "house").mkdir()
        with house_at(f"sqlite:///{folder / 'civic.sqlite3'}", folder) as site:
            yield site


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_f10_disk_full(kind, tmp_path, report):
    with small_disk(tmp_path) as disk, house_on(kind, disk) as site:
        crew, pause = Crew(site, 8), threading.Event()
        with site.served() as server, crew.at_work():
            pause.wait(2)
            with filled(disk, 256 * 1024):
                until(lambda: crew.ledger.statuses[503] > 3, 60, 0.1)
                with readers(site.port, ["/ideen", "/"], number=2) as answers:
                    pause.wait(5)
            known = len(crew.ledger)
            back = until(lambda: len(crew.ledger) > known, 30)
            pause.wait(2)
            assert server.process.poll() is None
        with site.app.app_context():
            gone, halved = len(lost(crew.ledger)), halves()
            db.session.remove()
        sound = integrity(site.url)
        last = crew.ledger.ideas[-1]
        with site.served():
            assert last[1] in ask(site.port, f"/ideen/{last[0]}/fassungen")[1]
    report.note(
        "F10", f"{site.kind}: disk of the database full (and the log of the server on it)",
        "writes 503, reads 200, 0 lost, sound, back without a restart",
        f"{gone} of {number(len(crew.ledger))} lost; others {counted(crew.ledger.refusals)}; "
        f"reads {answers}; back after {back:.1f} s",
    )  # fmt: skip
    assert gone == 0
    assert halved == []
    assert sound == []
    assert set(crew.ledger.refusals) <= {503}
    assert set(answers.statuses) <= {200, 503} if kind == "postgresql" else {200}
    assert answers.statuses[200]
