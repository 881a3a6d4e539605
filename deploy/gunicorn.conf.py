"""gunicorn for one web instance; `docs/operation.md` says what the figures were measured on.

Always behind nginx: gunicorn alone is stopped by a thousand slow readers.
"""

from __future__ import annotations

import gc
import os
from typing import Any

# While the house is loaded nothing is thrown away; looking for it took a tenth of that time.
gc.disable()

wsgi_app = "civic.app:create_app()"
bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")
# nginx comes from this machine. Over a Unix socket it has no address at all.
forwarded_allow_ips = "127.0.0.1,::1"
# What it writes is nobody else's; the socket that nginx uses is made by systemd.
umask = 0o077
backlog = 2048

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", str(os.cpu_count() or 1)))
# A thread waits for the database most of the time; more than eight only wait for Python's lock.
threads = int(os.environ.get("GUNICORN_THREADS", "8"))
# The answers of a worker that is stuck are lost anyway; nginx has given up after 30 s as well.
timeout = 30
graceful_timeout = 30
# nginx opens a connection for each request, so none is closed under a request that just began.
keepalive = 2

# Memory that was fragmented is given back; the jitter keeps workers from leaving together.
max_requests = 2000
max_requests_jitter = 200

# The house is loaded once and shared by fork: half the time to the first answer, less memory, and
# a killed worker is back at once. The factory opens no connection and starts no thread, so there is
# nothing that two processes could share by accident. The price: a HUP does not read a new version;
# `docs/operation.md` restarts one instance at a time. Figures for /metrics need no hooks here: the
# house itself folds those of ended processes together.
preload_app = True
# The heartbeat is a file; on a disk that is full or slow it would stop healthy workers.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes its own unlinked file there
control_socket_disable = True

accesslog = None  # the house writes one line a request, without addresses
errorlog = "-"
loglevel = "info"


def pre_fork(server: Any, worker: Any) -> None:
    """What was loaded stays; the collector need not write into shared pages to find that out."""
    del server, worker
    gc.freeze()
    gc.enable()
