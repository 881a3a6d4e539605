"""Setting a page from the console."""

import pytest

from civic.core.html import MAX_SOURCE


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["pages", "set", *map(str, words)])


def test_a_file_becomes_the_page(browser, run, tmp_path):
    file = tmp_path / "impressum.md"
    file.write_text("Stadt **Lindfurt**", encoding="utf-8")
    assert run("impressum", "de", file).stdout == "/impressum (de) shows your own text.\n"
    assert "<strong>Lindfurt</strong>" in browser.get("/impressum").text
    file.write_text("", encoding="utf-8")
    assert run("impressum", "de", file).stdout == "/impressum (de) shows the shipped text.\n"


@pytest.mark.parametrize("content", [b"\xff\xff", b"x" * (MAX_SOURCE + 1)])
def test_a_file_that_will_not_do(run, tmp_path, content):
    file = tmp_path / "impressum.md"
    file.write_bytes(content)
    result = run("impressum", "de", file)
    assert result.exit_code == 1
    assert str(file) in result.stderr


def test_names_and_languages_are_known(run, tmp_path):
    file = tmp_path / "x.md"
    file.write_text("x")
    assert run("startseite", "de", file).exit_code == 2
    assert run("impressum", "fr", file).exit_code == 2
