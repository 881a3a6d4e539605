"""F1, F2: what was acknowledged is there, whole, after a server was killed in the midst of work."""

from __future__ import annotations

import re
import threading
import time

import pytest
from sqlalchemy import text

from civic.accounts.models import System
from civic.core.db import db
from civic.votes import service as votes
from tests.faults.ledger import Crew, halves, lost, rows
from tests.faults.machine import until
from tests.faults.postgres import Postgres
from tests.faults.report import counted, number
from tests.faults.site import Site, ask, house_at, integrity
from tests.make import make_idea

KILLS = 3
BACK_SECONDS = 3.0
RECOVERY_SECONDS = 5.0


def written_while_killed(
    crew: Crew, *, kills: int, seconds: float, application: str = "wsgi:app"
) -> list[float]:
    """Let people write and pull the plug in the midst of it, again and again.

    Returns how long it took each time until somebody was thanked again.
    """
    returns: list[float] = []
    killed = 0.0
    for turn in range(kills + 1):
        with crew.site.served(application) as server, crew.at_work() as writers:
            if turn:
                returns.append(server_is_back(crew, killed))
            if turn == kills:
                break
            threading.Event().wait(seconds)
            assert any(writer.is_alive() for writer in writers)
            server.kill()
            killed = time.monotonic()
            for writer in writers:
                writer.stop.set()
            while any(writer.is_alive() for writer in writers):
                server.hang_up()  # on who came a moment after the kill
                threading.Event().wait(0.02)
    return returns


def server_is_back(crew: Crew, killed: float) -> float:
    after = crew.ledger.first_after(killed)
    assert after is not None, "nobody was thanked any more"
    return after


def nothing_is_lost(site: Site, crew: Crew) -> None:
    """Compare the ledger with the database, the database with itself, and a page with both."""
    with site.app.app_context():
        assert lost(crew.ledger) == []
        assert halves() == []
        assert votes.recount(System()) == []
        references = [row[0] for row in rows("SELECT reference FROM contribution")]
        assert len(references) == len(set(references))
        db.session.remove()
    ids = [id for id, _ in crew.ledger.ideas]
    assert len(ids) == len(set(ids))
    assert integrity(site.url) == []
    id, title = crew.ledger.ideas[-1]
    with site.served():
        assert title in ask(site.port, f"/ideen/{id}/fassungen")[1]


def seen(crew: Crew, gone: int, returns: list[float]) -> str:
    others = counted(crew.ledger.refusals)
    back = f"; first thank-you after at most {max(returns):.1f} s" if returns else ""
    return f"{gone} of {number(len(crew.ledger))} lost; other answers {others}{back}"


def gone_from(site: Site, crew: Crew) -> int:
    with site.app.app_context():
        missing = len(lost(crew.ledger))
        db.session.remove()
    return missing


def test_what_was_acknowledged_survives_a_kill(site):
    """The short form of F1."""
    crew = Crew(site, 8)
    written_while_killed(crew, kills=1, seconds=1.0)
    assert set(crew.ledger.refusals) <= {0, 503}
    nothing_is_lost(site, crew)


@pytest.mark.faults
def test_f1_web_server_killed(site, report):
    crew = Crew(site, 16)
    returns = written_while_killed(crew, kills=KILLS, seconds=5.0)
    report.note(
        "F1",
        f"{site.kind}: gunicorn killed {KILLS} times under 16 writers",
        f"0 lost, nothing half-written, thanks again ≤ {BACK_SECONDS:.0f} s after the kill",
        seen(crew, gone_from(site, crew), returns),
    )
    assert set(crew.ledger.refusals) <= {0, 503}
    nothing_is_lost(site, crew)
    assert schema_fits(site)
    assert max(returns) <= BACK_SECONDS


def schema_fits(site: Site) -> bool:
    return site.civic("db", "check").returncode == 0


@pytest.mark.faults
def test_f1_control_a_server_that_thanks_before_it_commits(site, report):
    crew = Crew(site, 8, votes=False)
    written_while_killed(crew, kills=1, seconds=2.0, application="tests.faults.hasty:make_app()")
    with site.app.app_context():
        titles = {row[0] for row in rows("SELECT title FROM contribution WHERE kind = 'idea'")}
        db.session.remove()
    missing = [title for _, title in crew.ledger.ideas if title not in titles]
    report.note(
        "F1",
        f"Control, {site.kind}: a server that thanks first and commits then",
        "found: some lost",
        f"{len(missing)} of {number(len(crew.ledger))} lost",
    )
    assert missing
    log = (site.folder / "server.log").read_text()
    assert not re.search(r"afterwards: [45]", log), "lost because they were refused proves nothing"


def test_a_half_written_idea_is_found(site):
    """The control of the other measure: one row is taken away behind everybody's back."""
    with site.app.app_context():
        make_idea()
        assert halves() == []
        for damage in (
            "DELETE FROM activity", "DELETE FROM idea_version", "DELETE FROM search_document",
            "DELETE FROM follow", "DELETE FROM contribution_topic",
            "UPDATE contribution SET reference = NULL",
        ):  # fmt: skip
            db.session.execute(text(damage))
            assert halves(), damage
            db.session.rollback()


def database_killed(crew: Crew, database: Postgres, *, kills: int, seconds: float) -> list[float]:
    """Kill the database while people write; how long each time from its start to a thank-you.

    Its writer in the background is held before each kill: what nobody waited for is in memory then,
    as it is when the disk is slow.
    """
    returns = []
    pause = threading.Event()
    with crew.site.served() as server, crew.at_work():
        for _ in range(kills):
            pause.wait(seconds)
            assert database.hold("walwriter")
            pause.wait(1.0)
            database.kill()
            pause.wait(0.5)
            began = time.monotonic()
            before = len(crew.ledger)
            database.start()
            until(lambda known=before: len(crew.ledger) > known, 20)
            returns.append(server_is_back(crew, began))
        pause.wait(seconds)
        assert server.process.poll() is None
    return returns


@pytest.mark.faults
def test_f2_database_killed(tmp_path, report):
    with Postgres.started() as database, house_at(database.url, tmp_path) as site:
        crew = Crew(site, 16)
        returns = database_killed(crew, database, kills=KILLS, seconds=3.0)
        report.note(
            "F2",
            f"PostgreSQL killed {KILLS} times under 16 writers",
            f"0 lost, only 503, thanks again ≤ {RECOVERY_SECONDS:.0f} s "
            "without a restart of the application",
            seen(crew, gone_from(site, crew), returns),
        )
        assert set(crew.ledger.refusals) <= {503}
        assert max(returns) <= RECOVERY_SECONDS
        nothing_is_lost(site, crew)


@pytest.mark.faults
def test_f2_control_commits_that_are_not_awaited(tmp_path, report):
    hasty = ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB")
    with Postgres.started(*hasty) as database, house_at(database.url, tmp_path) as site:
        crew = Crew(site, 16)
        database_killed(crew, database, kills=1, seconds=3.0)
        gone = gone_from(site, crew)
        report.note(
            "F2", "Control: synchronous_commit=off", "found: some lost", seen(crew, gone, [])
        )
        assert gone
