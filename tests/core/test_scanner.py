"""The virus scanner: clean, infected, and everything that is no answer."""

from __future__ import annotations

import os

import pytest

from civic.core import scanner as scan
from civic.core.scanner import ScannerAway, found_in
from tests.clamd import EICAR, scanner


@pytest.fixture(params=["tcp", "unix"])
def place(request, tmp_path):
    return tmp_path / "clamd" if request.param == "unix" else None


def test_clean_bytes_are_clean_and_all_of_them_were_looked_at(place):
    data = os.urandom(300_000)
    with scanner(place) as (url, found):
        assert found_in(data, url) == ""
        assert found_in(b"", url) == ""
    assert found.seen == [data, b""]


def test_a_virus_is_named(place):
    with scanner(place) as (url, _):
        assert found_in(b"x" * 100_000 + EICAR.encode(), url) == "Eicar-Signature"


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR", b"", b"OK", b"stream: ", b"stream: FOUND", b"\xff\xfe",
     b"UNKNOWN COMMAND", b"stream: OK stream: OK", b"x" * 10_000],
)  # fmt: skip
def test_what_says_nothing_about_the_file_is_no_answer(answer):
    with scanner(answer=answer) as (url, _), pytest.raises(ScannerAway) as said:
        found_in(b"data", url, "file")
    assert (said.value.status, said.value.field) == (503, "file")


def test_a_scanner_that_is_silent_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(scan, "PATIENCE", 0.05)
    with scanner(answer=b"silence") as (url, _), pytest.raises(ScannerAway):
        found_in(b"data", url)


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:9", "unix:///nowhere/clamd"])
def test_a_scanner_that_is_away_lets_nothing_pass(url):
    with pytest.raises(ScannerAway):
        found_in(b"data", url)
