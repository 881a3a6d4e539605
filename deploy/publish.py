"""Lays out what nginx serves by itself: `publish.py /var/lib/civic/public`.

Front-end files of the installed package under the addresses that never change their content, each
with its compressed sibling, and the pages that nginx shows when the house cannot answer. Run
before a new version starts (`civic-web@.service` does). Files of the last releases stay for the
pages that are still open in browsers.
"""

from __future__ import annotations

import gzip
import os
import sys
import time
import tomllib
from html import escape
from pathlib import Path
from string import Template

from civic.core.assets import COMPRESSED, find_root, fingerprint, hashed_name

KEPT_SECONDS = 30 * 24 * 3600
PAGES = Path(__file__).resolve().parent / "nginx" / "pages"
ASSETS = {
    "kern": "vendor/kern/kern.min.css",
    "civic": "build/civic.css",
    "icon": "icons/favicon.svg",
}


def publish(folder: Path, site_name: str) -> dict[str, str]:
    """Fill the folder; return the lasting name of each front-end file."""
    names = publish_files(find_root() / "static", folder / "static")
    publish_pages(folder / "_civic", names, site_name)
    forget_old(folder / "static")
    return names


def publish_files(source: Path, target: Path) -> dict[str, str]:
    """Copy each file to the name with its hash; text gets a `.gz` made from the same bytes."""
    names = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if not path.is_file() or path.suffix in {"", ".gz"} or _is_hidden(name):
            continue
        content = path.read_bytes()
        names[name] = hashed_name(name, fingerprint(content))
        _put(target / names[name], content)
        if path.suffix in COMPRESSED:
            _put(target / (names[name] + ".gz"), gzip.compress(content, mtime=0))
    return names


def publish_pages(target: Path, names: dict[str, str], site_name: str) -> None:
    """Write each refusal twice: for a browser, and for htmx as a message in an open page."""
    assets = {word: f"/static/{names[name]}" for word, name in ASSETS.items()}
    texts = tomllib.loads((PAGES / "words.toml").read_text(encoding="utf-8"))
    for code, words in texts.items():
        given = words | {"code": code, "site_name": site_name}
        safe = {key: escape(value) for key, value in given.items()} | assets
        for form in ("page", "fragment"):
            skeleton = Template((PAGES / f"{form}.html").read_text(encoding="utf-8"))
            _put(target / f"{code}-{form}.html", skeleton.substitute(safe).encode())


def forget_old(target: Path) -> None:
    """Take away what no release of the last month had."""
    oldest = time.time() - KEPT_SECONDS
    for path in target.rglob("*"):
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink()


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _put(path: Path, content: bytes) -> None:
    """Replace the file at once or not at all: nginx may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        os.utime(path)
        return
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_bytes(content)
    new.chmod(0o644)
    new.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: publish.py FOLDER")
    os.umask(0o022)  # nginx is another user; what lies here is for everybody
    publish(Path(sys.argv[1]), os.environ.get("CIVIC_SITE_NAME", "Zukunftsmacher"))
