"""nginx with the configuration of `deploy/`, moved into a folder of ours and to a free port."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.house import Web
from tests.bench.machine import ROOT, answers, free_port, program, start, wait_until

DEPLOY = ROOT / "deploy" / "nginx"
STATIC = "/bench-static.html"
#: One machine stands for a hundred visitors here, so the limits per address are lifted.
LIFTED = (
    (r"rate=\d+r/s", "rate=100000r/s"),
    (r"limit_conn civic_connections \d+", "limit_conn civic_connections 10000"),
)
SERVER = """
server {{
    listen 127.0.0.1:{port};
    server_name _;
    location = {static} {{
        root {folder}/public;
        default_type text/html;
    }}
    include civic/site.conf;
}}
"""
PLAIN = """
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    proxy_cache_path {folder}/cache keys_zone=pages:20m;
    server {{
        listen 127.0.0.1:{port};
        location = {static} {{ root {folder}/public; default_type text/html; }}
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto https;
            proxy_cache pages;
            proxy_cache_key $host$request_uri;
            proxy_cache_valid 200 2s;
            proxy_cache_bypass $http_cookie;
            proxy_no_cache $http_cookie;
            proxy_cache_use_stale updating;
            proxy_cache_background_update on;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, web: Web, static: bytes) -> Iterator[int]:
    """nginx before a house; also serves `static` as a file at `STATIC`. Yields its port."""
    port = free_port()
    home = folder / "nginx"
    shutil.rmtree(home, ignore_errors=True)
    for name in ("public", "cache", "body", "proxy"):
        (home / name).mkdir(parents=True)
    (home / "public" / STATIC.removeprefix("/")).write_bytes(static)
    if (DEPLOY / "civic" / "site.conf").exists():
        _move(home, web, port)
    else:
        text = PLAIN.format(folder=home, port=port, static=STATIC, upstream=web.port)
        (home / "nginx.conf").write_text(text)
    _open(folder, home)
    command = [program("nginx"), "-p", str(home), "-c", str(home / "nginx.conf")]
    server = start([*command, "-g", "daemon off;"], folder / "nginx.log", os.environ)
    try:
        wait_until(lambda: answers(port, STATIC), server)
        yield port
    finally:
        server.stop()


def _move(home: Path, web: Web, port: int) -> None:
    """Copy the configuration and set our paths, our instance and our port in it."""
    shutil.copytree(DEPLOY, home, dirs_exist_ok=True)
    changes = [
        (r"/var/cache/nginx/civic", f"{home}/cache"),
        (r"/var/lib/civic/public", f"{home}/public"),
        (r"/var/lib/nginx/", f"{home}/"),
        (r"/var/log/nginx/", f"{home}/"),
        (r"/run/nginx\.pid", f"{home}/nginx.pid"),
        (r"unix:/run/nginx-civic\.sock", f"unix:{home}/door.sock"),
        (r"server unix:/run/civic/web-1\.sock", f"server 127.0.0.1:{web.port}"),
        (r"\n\s*server unix:/run/civic/web-2\.sock[^\n]*", ""),
        (r"\$scheme", "https"),  # as behind TLS
        *LIFTED,
    ]
    for path in home.rglob("*.conf"):
        text = path.read_text()
        for old, new in changes:
            text = re.sub(old, new, text)
        path.write_text(text)
    mime = Path("/etc/nginx/mime.types")
    shutil.copy(mime, home / "mime.types") if mime.exists() else None
    server = SERVER.format(port=port, static=STATIC, folder=home)
    (home / "civic.conf").write_text(server)
    main = (home / "nginx.conf").read_text()
    if os.geteuid() != 0:
        main = re.sub(r"(?m)^user .*$", "", main)
    (home / "nginx.conf").write_text(main)


def _open(folder: Path, home: Path) -> None:
    """nginx's workers are somebody else and must reach their files."""
    folder.chmod(0o755)
    if os.geteuid() == 0:
        for path in (home, *home.iterdir()):
            if path.is_dir():
                path.chmod(0o777)
