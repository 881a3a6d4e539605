"""The nginx of `deploy/nginx` on ports and folders of a test: the very files, a few words changed.

Each change names what it expects to find, so a configuration that was changed in operation and not
here fails at once instead of testing something else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.machine import ensure_program

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVERS = """
server {
    listen 127.0.0.1:%(port)s default_server backlog=4096;
    server_name _;
    return 421;
}
server {
    listen 127.0.0.1:%(port)s;
    server_name 127.0.0.1 localhost;
    include civic/site.conf;
}
"""


def publish(folder: Path) -> Path:
    """Fill the folder of what nginx serves by itself."""
    command = [sys.executable, str(DEPLOY / "publish.py"), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, start_new_session=True)
    return folder


def lay_out(folder: Path, port: int, upstreams: Sequence[str]) -> Path:
    """Copy the configuration to `folder/nginx`, for plain http on this port; return its main file.

    `upstreams` are the web instances as nginx names them: `127.0.0.1:8001` or `unix:/path`.
    """
    target = folder / "nginx"
    shutil.copytree(DEPLOY / "nginx", target, dirs_exist_ok=True)
    for name in ("body", "proxy", "cache"):
        (target / name).mkdir(exist_ok=True)
    if not (folder / "public").is_dir():
        publish(folder / "public")
    (target / "civic.conf").write_text(SERVERS % {"port": port})
    main = target / "nginx.conf"
    change(main, "user www-data;", "user root;" if os.geteuid() == 0 else "")
    change(main, "worker_processes auto;", "worker_processes 2;")
    change(main, "worker_rlimit_nofile 40000;", "worker_rlimit_nofile 20000;")
    change(main, "pid /run/nginx.pid;", f"pid {target}/pid; daemon off;")
    change(main, "error_log /var/log/nginx/error.log warn;", "error_log stderr warn;")
    change(main, "include mime.types;", "")
    change(main, "/var/lib/nginx/body", f"{target}/body")
    change(main, "/var/lib/nginx/proxy", f"{target}/proxy")
    change(target / "civic/cache.conf", "/var/cache/nginx/civic", f"{target}/cache")
    change(target / "civic/door.conf", "/run/nginx-civic.sock", f"{target}/door")
    change(target / "civic/upstream.conf", "/run/nginx-civic.sock", f"{target}/door")
    for name in ("site", "pages"):
        change(target / f"civic/{name}.conf", "/var/lib/civic/public", f"{folder}/public")
    point_to(target, upstreams)
    return main


def point_to(target: Path, upstreams: Sequence[str]) -> None:
    """Name the web instances, with the limits that the file has for its own."""
    path = target / "civic/upstream.conf"
    first, second = (f"    server unix:/run/civic/web-{n}.sock" for n in (1, 2))
    lines = path.read_text().splitlines()
    limits = next(line.removeprefix(first) for line in lines if line.startswith(first))
    kept = [line for line in lines if not line.startswith((first, second)) and line]
    servers = [f"    server {upstream}{limits}" for upstream in upstreams]
    path.write_text("\n".join([*kept[:-1], *servers, kept[-1], ""]))


def change(path: Path, old: str, new: str) -> None:
    """Replace words that must be there."""
    text = path.read_text()
    assert old in text, f"{path.name} has no '{old}' any more"
    path.write_text(text.replace(old, new))


def command(main: Path, *words: str) -> list[str]:
    """What starts nginx with this configuration."""
    return [
        str(ensure_program("nginx")),
        "-e",
        "stderr",
        "-p",
        str(main.parent),
        "-c",
        str(main),
        *words,
    ]


def check(main: Path) -> str:
    """What `nginx -t` has to complain about; empty is good."""
    done = subprocess.run(command(main, "-t"), capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "[emerg]" in line or "[warn]" in line]
    return "\n".join(said) if done.returncode or said else ""
