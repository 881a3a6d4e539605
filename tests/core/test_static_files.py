"""Static files: kept for a year under a hashed address, compressed, never out of their folder."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from civic.core import assets, static_files
from civic.core.static_files import BRIEF, LASTING, UnknownAssetError, asset_url

SCRIPT = "let x = 1;\n" * 100


@pytest.fixture
def folder(tmp_path):
    static = tmp_path / "static"
    for name, text in {
        "js/site.js": SCRIPT,
        "img/dot.svg": "<svg/>",
        "css/a.css": "a { color: red }",
        "css/order.txt": "a.css",
        "vendor/.stamp": "secret",
    }.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    (tmp_path / "outside.txt").write_text("outside")
    assets.bundle_css(static)
    assets.compress(static)
    return static


@pytest.fixture(params=[False, True], ids=["production", "development"])
def autorefresh(request):
    return request.param


@pytest.fixture
def app(folder, autorefresh):
    return build(folder, autorefresh=autorefresh)


def build(folder, *, autorefresh=False):
    app = Flask("civic", static_folder=None)
    static_files.init_app(app, folder, autorefresh=autorefresh)
    return app


def address(app, name):
    with app.app_context():
        return asset_url(name)


def get(app, path, **headers):
    with app.test_client().get(path, headers=headers) as answer:
        answer.get_data()
        return answer


def test_the_address_changes_with_the_content(folder):
    first = address(build(folder), "js/site.js")
    (folder / "js/site.js").write_text("other")
    second = address(build(folder), "js/site.js")

    assert first != second
    assert first.startswith("/static/js/site.")
    assert first.endswith(".js")


def test_a_hashed_address_is_kept_for_a_year_and_a_plain_one_for_a_minute(folder):
    app = build(folder)

    hashed, plain = get(app, address(app, "js/site.js")), get(app, "/static/js/site.js")

    assert hashed.headers["Cache-Control"] == LASTING
    assert plain.headers["Cache-Control"] == BRIEF
    assert hashed.text == plain.text == SCRIPT


def test_the_address_of_an_older_release_gets_the_file_of_today_for_a_minute(folder):
    answer = get(build(folder), "/static/js/site.0123456789ab.js")

    assert answer.text == SCRIPT
    assert answer.headers["Cache-Control"] == BRIEF


def test_every_answer_says_what_it_is(app):
    answer = get(app, address(app, "js/site.js"))

    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_unchanged_file_is_not_sent_again(app):
    path = address(app, "js/site.js")
    etag = get(app, path).headers["ETag"]

    assert get(app, path, **{"If-None-Match": etag}).status_code == 304


def test_the_compressed_file_is_sent_to_those_who_take_it(folder):
    app = build(folder)

    answer = get(app, address(app, "js/site.js"), **{"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.data).decode() == SCRIPT


def test_a_compressed_file_of_yesterday_is_not_sent(folder):
    (folder / "js/site.js").write_text(SCRIPT.replace("1", "2"))
    app = build(folder)

    answer = get(app, address(app, "js/site.js"), **{"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer.headers
    assert "let x = 2" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static",
        "/static/",
        "/static/js",
        "/static/gone.js",
        "/static/../outside.txt",
        "/static/%2e%2e/outside.txt",
        "/static/js/../../outside.txt",
        "/static//js/site.js",
        "/static/vendor/.stamp",
        "/static/js/site.js.gz",
        "/static/js/site.js%00",
        "/static/" + "a" * 5000,
        "/outside.txt",
    ],
)
def test_nothing_else_is_served(app, path):
    assert get(app, path).status_code == 404


def test_nothing_is_written(app):
    path = address(app, "js/site.js")

    assert app.test_client().post(path).status_code == 405


def test_a_spelling_mistake_is_loud(app):
    with pytest.raises(UnknownAssetError, match=r"static/js/sight\.js does not exist"):
        address(app, "js/sight.js")


def test_in_development_a_change_is_seen_at_once(folder):
    app = build(folder, autorefresh=True)
    before = address(app, "build/civic.css")

    (folder / "css/a.css").write_text("a { color: blue; top: 0 }")
    after = address(app, "build/civic.css")

    assert before != after
    assert "color: blue" in get(app, after).text
    assert get(app, after).headers["Cache-Control"] == "no-cache"


def test_in_development_a_deleted_file_is_gone(folder):
    app = build(folder, autorefresh=True)
    get(app, "/static/img/dot.svg")

    (folder / "img/dot.svg").unlink()

    assert get(app, "/static/img/dot.svg").status_code == 404


def test_templates_have_the_address(app):
    with app.test_request_context():
        rendered = app.jinja_env.from_string("{{ asset_url('js/site.js') }}").render()

    assert rendered == address(app, "js/site.js")
