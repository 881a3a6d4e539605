"""No acknowledgement before the disk has it: counted by strace where there is one.

A killed process alone cannot show this, for the system's cache survives it. Without strace, or
where tracing is not allowed, the settings are read from the databases that the house opened.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from civic.app import create_app
from civic.core.db import db
from tests.conftest import make_config
from tests.faults.site import ROOT, environment, site_on
from tests.postgres import cluster

IDEAS = 40


def syncs(site, synchronous: str) -> int | None:
    """How often the disk was asked to write while ideas were submitted; None: cannot be traced."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    report = site.folder / f"strace-{synchronous}"
    work = [sys.executable, "-m", "tests.faults.submit", str(IDEAS), synchronous]
    done = subprocess.run(
        [strace, "-f", "-e", "trace=fsync,fdatasync", "-o", str(report), *work],
        cwd=ROOT,
        env=environment(site),
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr[-3000:]
    return len(re.findall(r"(?:fsync|fdatasync)\(", report.read_text()))


def test_sqlite_syncs_before_each_acknowledgement(request, tmp_path):
    counted = {}
    for synchronous in ("FULL", "NORMAL", "OFF"):
        folder = tmp_path / synchronous
        folder.mkdir()
        with site_on("sqlite", request, folder, "") as site:
            with site.app.app_context():
                assert db.session.scalar(text("PRAGMA synchronous")) == 2
            counted[synchronous] = syncs(site, synchronous)
    if counted["FULL"] is not None:
        assert counted["FULL"] >= IDEAS
        # The control: settings that people choose for speed do not sync, and the count shows it.
        assert max(counted["NORMAL"], counted["OFF"]) < IDEAS / 2


def test_the_house_tells_postgresql_not_to_hurry(tmp_path):
    """It leaves the sync of its commits as the server has it, which is on."""
    with cluster(fsync=True) as url:
        app = create_app(make_config(url, tmp_path))
        with app.app_context():
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert db.session.scalar(text(f"SHOW {setting}")) == "on"
            db.session.remove()
            db.engine.dispose()


def test_no_source_of_the_house_turns_the_sync_off():
    sources = Path(ROOT / "civic").rglob("*.py")
    hasty = re.compile(
        r"synchronous_commit|synchronous\s*=\s*(?!FULL)\w+|fsync\s*=\s*off", re.IGNORECASE
    )
    assert [str(path) for path in sources if hasty.search(path.read_text())] == []
