"""Fetches, bundles and compresses the front-end files, and compiles the translations.

`hatch_build.py` loads this file by its path while the package is being built, before anything
else is installed: it needs the standard library and Babel, and imports nothing of civic.

Third-party files are never committed. `package-lock.json` names them with their hashes,
`npm ci` fetches them, `VENDOR` lists the few that are kept.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

OLDEST_NODE = 20
SKIP = "CIVIC_SKIP_ASSETS"
BUNDLE = "build/civic.css"
HEADER = "/* Civic, EUPL-1.2. Built from static/css by civic/core/assets.py; edit there. */\n"
COMPRESSED = frozenset({".css", ".js", ".json", ".svg", ".txt", ".webmanifest"})

_FIRA = "@fontsource/fira-sans"
VENDOR = {
    "@kern-ux/native/dist/kern.min.css": "kern/kern.min.css",
    "@kern-ux/native/LICENSE.md": "kern/LICENSE.md",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/LICENSE": "leaflet/LICENSE",
    f"{_FIRA}/LICENSE": "fira-sans/LICENSE",
    **{
        f"{_FIRA}/files/fira-sans-{subset}-{weight}-normal.woff2": (
            f"fira-sans/files/fira-sans-{subset}-{weight}-normal.woff2"
        )
        for subset in ("latin", "latin-ext")
        for weight in (400, 600)
    },
}

# A string, an unquoted address, a comment, or the white space that opens a line: whichever
# comes first. Strings and addresses are matched only to be left alone.
_CSS_PART = re.compile(
    r"""(?P<keep>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\(\s*[^"'\s)][^)]*\))"""
    r"|(?P<comment>/\*.*?\*/)"
    r"|(?P<blank>(?:^|(?<=\n))[ \t\r\n]+|[ \t\r]+(?=\n))",
    re.DOTALL,
)
_CSS_ADDRESS = re.compile(
    r"""url\(\s*(?P<quote>["']?)(?P<path>[^"'()\s:#?]+)(?P<rest>[#?][^"'()\s]*)?(?P=quote)\s*\)"""
)


class AssetError(RuntimeError):
    """Front-end files cannot be made; the message is one sentence for the person at the shell."""


def find_root() -> Path:
    """Return the folder that holds `templates/` and `static/`.

    In a wheel they lie inside the package, in a checkout beside it.
    """
    package = Path(__file__).resolve().parents[1]
    return package if (package / "templates").is_dir() else package.parent


def sync(root: Path, *, force: bool = False) -> bool:
    """Bring `static/` up to date and tell whether the third-party files were fetched anew.

    Raises `AssetError` if npm is missing or fails, or if the style sheets contradict their order.
    """
    if os.environ.get(SKIP) == "1":
        return False
    static = root / "static"
    fetched = _fetch_vendor(root, static / "vendor", force=force)
    bundle_css(static)
    compress(static)
    return fetched


def fingerprint(content: bytes) -> str:
    """Return the part of a file's address that changes whenever its content does."""
    return hashlib.sha256(content).hexdigest()[:12]


def hashed_name(path: str, digest: str) -> str:
    """Return `css/civic.css` as `css/civic.<digest>.css`."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.{digest}{dot}{suffix}"


# -- third-party files -----------------------------------------------------------------------


def _stamp(root: Path) -> str:
    lock = (root / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr(sorted(VENDOR.items())).encode()).hexdigest()


def _fetch_vendor(root: Path, vendor: Path, *, force: bool) -> bool:
    if not (root / "package-lock.json").is_file():  # an installed wheel: the files came with it
        return False
    stamp = _stamp(root)
    mark = vendor / ".stamp"
    if not force and mark.is_file() and mark.read_text() == stamp:
        return False
    npm = _find_npm()
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as temporary:
        workshop = Path(temporary)
        _run_npm(npm, root, workshop)
        fresh = workshop / "vendor"
        for source, target in VENDOR.items():
            (fresh / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(workshop / "node_modules" / source, fresh / target)
        (fresh / ".stamp").write_text(stamp)
        if vendor.exists():
            vendor.rename(workshop / "old")
        fresh.rename(vendor)
    return True


def _find_npm() -> str:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise AssetError(
            f"Civic needs npm (with Node.js {OLDEST_NODE} or newer) to fetch its front-end files; "
            f"install it, or set {SKIP}=1 to go without them."
        )
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = answer.stdout.strip().removeprefix("v")
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        raise AssetError(
            f"Civic needs Node.js {OLDEST_NODE} or newer to fetch its front-end files; "
            f"this machine has {version or 'one that does not start'}."
        )
    return npm


def _run_npm(npm: str, root: Path, workshop: Path) -> None:
    """Install into a folder of its own, so that two set-ups at once do not disturb each other."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if (root / name).is_file():
            shutil.copyfile(root / name, workshop / name)
    command = [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=workshop, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        reason = "; ".join(line.removeprefix("npm error").strip() for line in said[:3])
        raise AssetError(f"'npm ci' could not fetch the front-end files: {reason or done.stderr}")


# -- our own style sheet ---------------------------------------------------------------------


def bundle_css(static: Path) -> bool:
    """Join `static/css/*.css` in the order of `order.txt`; tell whether the bundle changed.

    One file instead of thirty saves the reader's connection; the sources stay small enough
    to be found by component.
    """
    folder = static / "css"
    if not (folder / "order.txt").is_file():
        return False
    parts = [HEADER]
    for name in css_order(folder):
        text = tighten((folder / name).read_text(encoding="utf-8"))
        if re.search(r"@(import|charset)\b", text):
            raise AssetError(f"static/css/{name} uses @import or @charset; order.txt joins files.")
        parts.append(_with_hashed_addresses(text, static, name))
    return _write_if_changed(static / BUNDLE, "".join(parts).encode())


def css_order(folder: Path) -> list[str]:
    """Read `order.txt`: one file name a line, `#` opens a comment.

    Raises `AssetError` if a named file is missing, named twice, or a file is not named.
    """
    lines = (folder / "order.txt").read_text(encoding="utf-8").splitlines()
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    present = {path.name for path in folder.glob("*.css")}
    for name in names:
        if name not in present or names.count(name) > 1:
            raise AssetError(f"static/css/order.txt names {name}, which is missing or named twice.")
    if forgotten := sorted(present - set(names)):
        raise AssetError(f"static/css/order.txt does not name {', '.join(forgotten)}.")
    return names


def tighten(css: str) -> str:
    """Drop comments, indentation and empty lines; leave strings and addresses as they are."""

    def shorter(match: re.Match[str]) -> str:
        if match["keep"] is not None:
            return match[0]
        if match["comment"] is None or match[0].startswith("/*!"):
            return match[0] if match["comment"] else ""
        before, after = css[match.start() - 1 : match.start()], css[match.end() : match.end() + 1]
        # `a/**/b` are two words, `a b` means something else, `ab` is one word.
        return "" if before.isspace() or after.isspace() or not before or not after else "/**/"

    text = _CSS_PART.sub(shorter, css)
    lines = _CSS_PART.sub(lambda match: "" if match["blank"] else match[0], text)
    return lines if lines.endswith("\n") else lines + "\n"


def _with_hashed_addresses(css: str, static: Path, name: str) -> str:
    """Point `url(../vendor/x.woff2)` at the address that may be kept for a year.

    A page that preloads a font names the same address, so that it is fetched once.
    """

    def hashed(match: re.Match[str]) -> str:
        if match["path"].startswith("/"):
            return match[0]
        target = static / "css" / match["path"]
        if not target.is_file():
            if (static / "vendor").is_dir() or "vendor/" not in match["path"]:
                raise AssetError(f"static/css/{name} asks for {match['path']}, which is missing.")
            return match[0]
        address = hashed_name(match["path"], fingerprint(target.read_bytes()))
        return f'url("{address}{match["rest"] or ""}")'

    return _CSS_ADDRESS.sub(hashed, css)


# -- compression and translations ------------------------------------------------------------


def compress(static: Path) -> None:
    """Lay a `.gz` beside each text file, the same bytes on every machine.

    Compressing once at the best level is cheaper than on each request.
    """
    for path in sorted(static.rglob("*.gz")):
        if not path.with_suffix("").is_file():
            path.unlink()
    for path in sorted(static.rglob("*")):
        if path.suffix not in COMPRESSED or path.parent == static / "css" or not path.is_file():
            continue
        content = path.read_bytes()
        squeezed = BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=squeezed, mtime=0) as file:
            file.write(content)
        target = path.with_name(path.name + ".gz")
        if len(squeezed.getvalue()) < len(content):
            _write_if_changed(target, squeezed.getvalue())
        else:
            target.unlink(missing_ok=True)


def compile_catalogues(root: Path) -> list[Path]:
    """Compile `translations/*/LC_MESSAGES/messages.po` and return the files that changed.

    Raises `AssetError` if a catalogue cannot be read.
    """
    changed = []
    for source in sorted((root / "translations").glob("*/LC_MESSAGES/messages.po")):
        try:
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            raise AssetError(f"{source.relative_to(root)} cannot be read: {error}.") from error
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        if _write_if_changed(source.with_suffix(".mo"), compiled.getvalue()):
            changed.append(source.with_suffix(".mo"))
    return changed


def _write_if_changed(path: Path, content: bytes) -> bool:
    """Replace the file at once or not at all: a server may be reading it."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(content)
    new = Path(file.name)
    new.chmod(0o644)
    new.replace(path)
    return True
