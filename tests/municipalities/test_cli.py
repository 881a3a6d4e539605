"""What the console says and leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from civic.core.db import db
from civic.municipalities.models import Municipality
from tests.make import make_municipality

SAMPLE = Path(__file__).parent / "gv100ad-sample.txt"


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def run(*words):
        return runner.invoke(args=["municipalities", *map(str, words)])

    return run


def count(app):
    with app.app_context():
        return db.session.query(Municipality).count()


def test_the_directory_is_taken_over_and_counted(app, run):
    first = run("import-gv100ad", SAMPLE, "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout) == {"added": 9, "changed": 0, "unchanged": 0, "gone": 0}
    assert count(app) == 9
    again = run("import-gv100ad", SAMPLE)
    assert "0 added, 0 changed, 9 unchanged" in again.stdout


def test_a_broken_line_is_named_and_nothing_is_taken_over(app, run, tmp_path):
    lines = SAMPLE.read_bytes().decode().splitlines()
    lines[6] = lines[6][:10] + "x" + lines[6][11:]
    broken = tmp_path / "broken.txt"
    broken.write_bytes("\r\n".join(lines).encode())
    result = run("import-gv100ad", broken)
    assert result.exit_code == 2
    assert "Line 7" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert count(app) == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe nonsense", b"99 unknown\r\n"])
def test_a_file_that_is_none_is_refused_in_one_line(app, run, tmp_path, content):
    file = tmp_path / "file.txt"
    file.write_bytes(content)
    result = run("import-gv100ad", file)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert count(app) == 0


def test_an_unknown_encoding_is_refused(run):
    assert run("import-gv100ad", SAMPLE, "--encoding", "klingon").exit_code == 2


def test_opening_and_closing(app, run):
    with app.app_context():
        make_municipality("Dorf", slug="dorf", title="Gemeinde Dorf", is_active=False)
    assert run("activate", "dorf").stdout == "Gemeinde Dorf is now open.\n"
    assert run("activate", "dorf").stdout == "Gemeinde Dorf is already open.\n"
    assert run("activate", "dorf", "--off").stdout == "Gemeinde Dorf is now closed.\n"
    assert run("activate", "stadt").exit_code == 2
