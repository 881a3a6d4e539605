"""Figures: only for who has the token, of all processes together, and cheap."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from civic.app import create_app
from civic.core import metrics
from civic.core.db import db
from tests.conftest import make_config

TOKEN = "a-token-for-the-figures"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def house(tmp_path) -> Iterator[Flask]:
    app = create_app(make_config(f"sqlite:///{tmp_path / 'x'}", tmp_path, metrics_token=TOKEN))
    yield app
    with app.app_context():
        db.engine.dispose()


def figure(text: str, name: str, **labels: str) -> float:
    """One figure of the answer; 0 where it is not told."""
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name and wanted <= set((found[2] or "").split(",")):
            return float(found[3])
    return 0.0


def told(app: Flask) -> str:
    answer = app.test_client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


# -- who may see them ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ä"],
)
def test_without_the_token_there_is_no_such_address(house, given):
    headers = {} if given is None else {"Authorization": given}
    answer = house.test_client().get("/metrics", headers=headers)
    assert answer.status_code == 404
    assert "civic_" not in answer.text


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer "])
def test_without_a_token_set_nobody_sees_them(app, given):
    client = app.test_client()
    headers = {"Authorization": given}
    for address in ("127.0.0.1", "198.51.100.7"):
        asked = {"REMOTE_ADDR": address}
        answer = client.get("/metrics", headers=headers, environ_overrides=asked)
        assert answer.status_code == 404


def test_they_need_no_database(tmp_path):
    app = create_app(make_config("postgresql://a:b@127.0.0.1:1/c", tmp_path, metrics_token=TOKEN))
    assert "civic_request_seconds" in told(app)


# -- what they tell --------------------------------------------------------------------------


def test_requests_by_endpoint_method_and_class(house):
    labels = {"endpoint": "health.healthz", "method": "GET", "status": "2xx"}
    before = figure(told(house), "civic_request_seconds_count", **labels)
    for _ in range(3):
        house.test_client().get("/healthz")
    after = told(house)
    assert figure(after, "civic_request_seconds_count", **labels) == before + 3
    bucket = figure(after, "civic_request_seconds_bucket", **labels, le="5.0")
    assert bucket == before + 3


def test_no_figure_has_the_words_of_a_visitor(house):
    """A path or a method of a visitor's making would also make a series of its own each time."""
    client = house.test_client()
    client.post("/kanarienvogel", headers={"Sec-Fetch-Site": "cross-site"})
    client.open("/healthz", method="KANARIENVOGEL")
    text = told(house)
    assert "kanarienvogel" not in text.lower()
    assert figure(text, "civic_request_seconds_count", endpoint="-")
    assert figure(text, "civic_request_seconds_count", method="other")


def test_statements_of_a_request(app, monkeypatch):
    config = app.extensions["civic_config"]
    house = create_app(make_config(config.database_url, config.instance_path, metrics_token=TOKEN))
    labels = {"endpoint": "health.readyz"}
    before = told(house)
    house.test_client().get("/readyz")
    after = told(house)
    for name in ("civic_request_queries", "civic_request_database_seconds"):
        count, total = f"{name}_count", f"{name}_sum"
        assert figure(after, count, **labels) == figure(before, count, **labels) + 1
        assert figure(after, total, **labels) > figure(before, total, **labels)
    with house.app_context():
        db.engine.dispose()


def test_figures_from_elsewhere_are_read_when_asked_for(house):
    asked = []

    def read():
        asked.append(1)
        return {"queued": 7, "dead": 1}

    metrics.watch(house, "civic_jobs_test", "Jobs by state.", "state", read)
    house.test_client().get("/healthz")
    assert not asked
    assert figure(told(house), "civic_jobs_test", state="queued") == 7
    assert len(asked) == 1


def test_one_figure_that_fails_costs_no_other(house):
    def fail():
        raise OSError

    metrics.watch(house, "civic_broken", "Fails.", "state", fail)
    metrics.watch(house, "civic_whole", "Stands.", "state", lambda: {"x": 3})
    text = told(house)
    assert figure(text, "civic_whole", state="x") == 3
    assert "civic_broken{" not in text
    assert "civic_request_seconds" in text


def test_what_other_parts_count(house):
    before = told(house)
    metrics.count(metrics.mails, "sent")
    metrics.count(metrics.refusals, "database")
    after = told(house)
    for name, labels in (
        ("civic_mails_total", {"state": "sent"}),
        ("civic_limits_hit_total", {"counted_in": "database"}),
    ):
        assert figure(after, name, **labels) == figure(before, name, **labels) + 1


def test_the_size_of_the_process(house):
    house.test_client().get("/healthz")
    assert 10e6 < figure(told(house), "civic_memory_bytes") < 2e9


def test_a_fault_in_counting_is_no_fault_of_the_request(house, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(metrics.requests, "labels", full)
    monkeypatch.setattr(metrics.mails, "labels", full)
    assert house.test_client().get("/healthz").status_code == 200
    metrics.count(metrics.mails, "sent")


# -- many processes --------------------------------------------------------------------------

PROCESS = """
import sys
from civic.core import metrics
if "unfolded" in sys.argv:
    metrics.bury_the_dead = lambda folder: None
for _ in range(int(sys.argv[1])):
    metrics.requests.labels("x", "GET", "2xx").observe(0.01)
metrics.show_figure(metrics.memory, "largest", 1)
print(metrics.scrape().decode())
if "stay" in sys.argv:
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "figures").mkdir()
    return tmp_path / "figures"


def start(folder: Path, times: int, *more: str) -> subprocess.Popen[str]:
    """A process that counts so many requests, tells all figures, and ends or stays."""
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(times), *more],
        env=os.environ | {metrics.FOLDER: str(folder)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(folder: Path, times: int, *more: str) -> float:
    """The requests that it told of."""
    said, _ = start(folder, times, *more).communicate()
    return figure(said, "civic_request_seconds_count", endpoint="x")


def test_all_processes_are_added_up_the_living_and_the_dead(folder):
    """And no counter runs backwards, which would look like a restart."""
    living = start(folder, 3, "stay")
    try:
        while living.stdout.readline() not in {"ready\n", ""}:
            pass
        assert [run(folder, 2) for _ in range(3)] == [5, 7, 9]
    finally:
        living.communicate()
    left = sorted(path.name for path in folder.glob("*.db"))
    assert "histogram_ended.db" in left
    assert len(left) <= 6  # those of the one that stayed and of the last one, and what was folded
    assert not [name for name in left if "gauge" in name and "ended" in name]


def test_without_folding_each_would_leave_its_files(folder):
    """The control: what the library does by itself."""
    assert [run(folder, 1, "unfolded") for _ in range(3)] == [1, 2, 3]
    assert len(list(folder.glob("histogram_*.db"))) == 3
