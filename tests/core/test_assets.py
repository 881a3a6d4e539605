"""Front-end files: fetched once, bundled in order, compressed alike on every machine."""

from __future__ import annotations

import gzip
import stat

import pytest

from civic.core import assets
from civic.core.assets import AssetError, bundle_css, compile_catalogues, compress, sync, tighten

NODE = "#!/bin/sh\necho {version}\n"
NPM = """#!/bin/sh
echo run >> {calls}
for path in {paths}; do
  mkdir -p "node_modules/$(dirname "$path")"
  echo "$path" > "node_modules/$path"
done
"""
FAILING_NPM = (
    "#!/bin/sh\necho 'npm error code E404' >&2\necho 'npm error no such package' >&2\nexit 1\n"
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout with one style sheet and the names of packages."""
    monkeypatch.delenv(assets.SKIP, raising=False)
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "static" / "css" / "order.txt").write_text("a.css\n")
    (tmp_path / "static" / "css" / "a.css").write_text("a { color: red }\n")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A machine whose npm and node are ours; returns the file that counts npm's runs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    calls = tmp_path / "calls"

    def install(node="v20.1.0", npm=None):
        paths = " ".join(assets.VENDOR)
        texts = {
            "node": NODE.format(version=node),
            "npm": npm or NPM.format(calls=calls, paths=paths),
        }
        for name, text in texts.items():
            (folder / name).write_text(text)
            (folder / name).chmod(stat.S_IRWXU)
        return calls

    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return install


@pytest.fixture
def static(root):
    return root / "static"


def test_files_are_fetched_once_and_again_when_the_lock_changes(root, static, programs):
    calls = programs()

    assert sync(root) is True
    assert sync(root) is False
    assert (
        static / "vendor/kern/kern.min.css"
    ).read_text() == "@kern-ux/native/dist/kern.min.css\n"
    assert (static / "vendor/fira-sans/LICENSE").is_file()

    (root / "package-lock.json").write_text('{"changed": true}')
    (static / "vendor/left-over").write_text("")
    assert sync(root) is True
    assert not (static / "vendor/left-over").exists()
    assert sync(root, force=True) is True
    assert len(calls.read_text().split()) == 3
    assert sorted(path.name for path in static.iterdir()) == ["build", "css", "vendor"]


def test_nothing_is_fetched_when_told_so(root, static, programs, monkeypatch):
    calls = programs()
    monkeypatch.setenv(assets.SKIP, "1")

    assert sync(root) is False

    assert not calls.exists()
    assert not (static / "build").exists()


def test_an_installed_wheel_has_its_files_already(root, programs):
    calls = programs()
    (root / "package-lock.json").unlink()

    assert sync(root) is False
    assert not calls.exists()


def test_a_missing_npm_is_said_in_one_sentence(root, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AssetError, match=r"Civic needs npm .* CIVIC_SKIP_ASSETS=1"):
        sync(root)


def test_an_old_node_is_said_in_one_sentence(root, programs):
    programs(node="v18.19.0")

    with pytest.raises(AssetError, match=r"needs Node\.js 20 or newer .* has 18\.19\.0"):
        sync(root)


def test_what_npm_says_is_passed_on_and_the_old_files_stay(root, static, programs):
    programs()
    sync(root)
    programs(npm=FAILING_NPM)

    with pytest.raises(AssetError, match="code E404; no such package"):
        sync(root, force=True)

    assert (static / "vendor/kern/kern.min.css").is_file()


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("/* why */\na { color: red }\n", "a { color: red }\n"),
        ("a {\n    color: red; /* why */\n}\n", "a {\ncolor: red;\n}\n"),
        ("a {\n\n\t  color: red\n}", "a {\ncolor: red\n}\n"),
        ("a/* one */b {}\n", "a/**/b {}\n"),
        ("a /* one */ b {}\n", "a  b {}\n"),
        ("/*! licence */\na {}\n", "/*! licence */\na {}\n"),
        ('a { content: "/* kept */" }\n', 'a { content: "/* kept */" }\n'),
        ("a { content: '\\'/* kept */' }\n", "a { content: '\\'/* kept */' }\n"),
        ("a { b: url(data:x;/*kept*/) }\n", "a { b: url(data:x;/*kept*/) }\n"),
        ('a { content: "one\\\n   two" }\n', 'a { content: "one\\\n   two" }\n'),
    ],
)
def test_comments_and_indentation_go_and_nothing_else(css, expected):
    assert tighten(css) == expected


def test_the_order_is_the_order_of_the_list(static):
    (static / "css/b.css").write_text("b {}")
    (static / "css/order.txt").write_text("# first things first\nb.css\n\na.css  # then\n")

    assert bundle_css(static) is True
    assert bundle_css(static) is False

    assert (static / "build/civic.css").read_text() == assets.HEADER + "b {}\na { color: red }\n"


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("a.css\nmissing.css\n", "names missing.css, which is missing"),
        ("a.css\na.css\n", "names a.css, which is missing or named twice"),
        ("", "does not name a.css"),
    ],
)
def test_files_and_order_must_agree(static, order, message):
    (static / "css/order.txt").write_text(order)

    with pytest.raises(AssetError, match=message):
        bundle_css(static)


def test_an_import_is_refused(static):
    (static / "css/a.css").write_text('@import "b.css";')

    with pytest.raises(AssetError, match="uses @import"):
        bundle_css(static)


def test_addresses_in_the_bundle_are_the_lasting_ones(static):
    (static / "vendor").mkdir()
    (static / "vendor/x.woff2").write_bytes(b"font")
    (static / "css/a.css").write_text(
        "a { b: url(../vendor/x.woff2#i); c: url('../vendor/x.woff2'); d: url(#e); f: url(/g.png) }"
    )

    bundle_css(static)

    digest = assets.fingerprint(b"font")
    bundle = (static / "build/civic.css").read_text()
    assert f'b: url("../vendor/x.{digest}.woff2#i"); c: url("../vendor/x.{digest}.woff2")' in bundle
    assert "d: url(#e); f: url(/g.png)" in bundle


def test_a_missing_file_in_the_style_sheet_is_named(static):
    (static / "css/a.css").write_text("a { b: url(../img/gone.svg) }")

    with pytest.raises(AssetError, match=r"a\.css asks for \.\./img/gone\.svg"):
        bundle_css(static)


def test_compressed_files_are_the_same_everywhere(static):
    (static / "js").mkdir()
    script = static / "js/site.js"
    script.write_text("let x = 1;\n" * 100)
    (static / "js/tiny.js").write_text("1")
    (static / "js/gone.js.gz").write_bytes(b"left over")

    compress(static)

    squeezed = (static / "js/site.js.gz").read_bytes()
    assert gzip.decompress(squeezed) == script.read_bytes()
    assert squeezed[4:8] == bytes(4), "the time of the compression must not be in the file"
    assert not (static / "js/tiny.js.gz").exists()
    assert not (static / "js/gone.js.gz").exists()
    assert not list((static / "css").glob("*.gz"))


def test_catalogues_are_compiled_when_they_change(tmp_path):
    folder = tmp_path / "translations/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "Idea"\nmsgstr "Idee"\n')

    assert compile_catalogues(tmp_path) == [folder / "messages.mo"]
    assert compile_catalogues(tmp_path) == []
    assert b"Idee" in (folder / "messages.mo").read_bytes()


def test_a_broken_catalogue_is_named(tmp_path):
    folder = tmp_path / "translations/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "Idea"\nmsgstr "Idee"\nnot a catalogue\n')

    with pytest.raises(
        AssetError, match=r"translations/de/LC_MESSAGES/messages\.po cannot be read"
    ):
        compile_catalogues(tmp_path)
