"""The whole installation on one machine serves people, and no kill of one member costs a thing.

Writers go through nginx, pgbouncer and both web instances while one member after the other is
killed; each acknowledgement is in a ledger before the next request. Nobody cares for the members
but the keeper, who starts them again as systemd would.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from civic.app import create_app
from civic.core.db import db
from tests.cluster.cluster import ROOT, Cluster
from tests.cluster.visitor import Visitor
from tests.conftest import make_config
from tests.faults import site as faults_site
from tests.faults.ledger import Crew, halves, lost, rows
from tests.faults.machine import until
from tests.faults.site import Site
from tests.make import BODY

WRITERS = 4
#: Seconds of writing before and after a kill.
AROUND = 1.5
#: Until somebody is thanked again; a web instance takes as long as it takes to load the house.
BACK = {"primary": 30.0}
MEMBERS = (
    "web-1", "web-2", "worker-1", "worker-2", "nginx", "pgbouncer", "redis", "replica", "primary",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(running: Cluster, tmp_path_factory) -> Iterator[Site]:
    """The database behind the cluster, to prepare people and to look afterwards."""
    folder = tmp_path_factory.mktemp("look")
    config = make_config(
        running.database("primary"), folder, testing=False, secret_key=running.password
    )
    app = create_app(config)
    with app.app_context():
        yield Site(app, config.engine_url, folder, None)
        db.session.remove()
        db.engine.dispose()


def test_people_come_in_propose_support_and_talk(running: Cluster):
    author, supporter = Visitor(running.address), Visitor(running.address)
    author.sign_in("selin@example.org")
    supporter.sign_in("anton@example.org")
    form = author.get("/ideen/neu").text
    topic = re.search(r'name="topics"[^>]*value="([^"]+)"', form)
    assert topic
    made = author.post(
        "/ideen/neu", "/ideen/neu", title="Ein Zebrastreifen vor dem Hallenbad", body=BODY,
        municipality="lindfurt", topics=topic[1],
    )  # fmt: skip
    assert made.status == 303, made.text[:2000]
    number = re.search(r"/ideen/(\d+)-", made.location)
    assert number
    # Read at once by somebody who wrote: never older than their own write, replica or not.
    assert "Zebrastreifen" in author.get(made.location).text
    vote = f"/beitraege/{number[1]}/stimme"
    assert supporter.post(vote, made.location).status == 303
    talk = f"/beitraege/{number[1]}/kommentare"
    words = "Dort laufen jeden Tag Kinder zum Schwimmen hinüber."
    assert supporter.post(talk, made.location, body=words).status == 303
    assert words in supporter.get(made.location).text

    stranger = Visitor(running.address)
    until(lambda: words in stranger.get(made.location).text, 15, 0.2)
    assert not stranger.cookies, "nobody who only reads is given a cookie"


def test_a_worker_sends_the_mail(running: Cluster):
    def letters() -> int:
        paths = (running.instance / "mail").glob("*.eml")
        return sum("nele@example.org" in path.read_text(errors="replace") for path in paths)

    before = letters()
    person = Visitor(running.address)
    asked = person.post("/passwort-vergessen", "/passwort-vergessen", email="nele@example.org")
    assert asked.status == 303
    until(lambda: letters() > before, 30, 0.1)


def test_anonymous_pages_are_read_from_the_replica(running: Cluster):
    sent = "SELECT sum(tup_returned) FROM pg_stat_database WHERE datname = 'civic'"
    before = running.ask("replica", sent)
    for number in range(10):
        assert Visitor(running.address).get(f"/ideen?q=Weg{number}").status == 200
    until(lambda: running.ask("replica", sent) > before, 15, 0.2)


@pytest.mark.parametrize("name", MEMBERS)
def test_killing_one_member_loses_nothing(running: Cluster, site, monkeypatch, report, name):
    monkeypatch.setattr(faults_site, "COOKIE", "civic")
    member = running.members[name]
    crew = Crew(site, WRITERS)
    crew.turn = 10 * MEMBERS.index(name)  # titles that no earlier experiment has used
    crew.form |= {"municipality": "lindfurt", "topics": rows("SELECT slug FROM topic")[0][0]}
    known_halves = halves()  # the demo tells of older times, too
    db.session.rollback()
    with crew.at_work(running.ports["nginx"]):
        time.sleep(AROUND)
        known, starts = len(crew.ledger), member.starts
        killed_at = time.monotonic()
        os.kill(member.pid, signal.SIGKILL)
        until(lambda: member.starts > starts, 30)
        member.wait()
        until(lambda: crew.ledger.first_after(time.monotonic() - AROUND) is not None, 40)
        time.sleep(AROUND)
    gap = crew.ledger.longest_gap()
    missing, half = lost(crew.ledger), halves()
    db.session.rollback()
    seen = f"{len(missing)} of {len(crew.ledger)} lost, {gap:.1f} s without a thank-you"
    report.note("F1", f"Cluster, {name} killed", "0 lost, back by itself", seen)
    assert missing == []
    assert half == known_halves
    assert len(crew.ledger) > known
    assert 500 not in crew.ledger.refusals, faults_told_by(running)
    assert crew.ledger.first_after(killed_at) is not None
    assert gap < BACK.get(name, 15.0)


def faults_told_by(running: Cluster) -> str:
    """What the web instances have written about faults of ours."""
    told = [running.members[name].log.read_text(errors="replace") for name in ("web-1", "web-2")]
    return "\n".join(text[max(text.find("fault "), 0) :][:6000] for text in told)


@pytest.mark.browser
def test_the_browser_journeys_run_on_the_cluster(running: Cluster):
    """Those of the first part, unchanged; they only find another server."""
    there = {"LIVE_ADDRESS": running.address, "LIVE_FOLDER": str(running.instance)}
    words = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "tests/browser/test_journeys.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env={**os.environ, **there},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
