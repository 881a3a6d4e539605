"""Figures for Prometheus at `/metrics`: counted in the process, added up over all processes.

With `PROMETHEUS_MULTIPROC_DIR` each process counts in files of its own in that folder, and whoever
is asked adds them up. The files of processes that ended are folded into one, so that the folder
stays small however often workers are replaced, and no counter ever runs backwards.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from civic.config import Config
from civic.core.logs import log, writer
from civic.core.slow import tally

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
#: The size of the process is read from the system no more often than this, in seconds.
LOOK_EVERY = 1.0

requests = Histogram(
    "civic_request_seconds",
    "Requests and how long they took.",
    ("endpoint", "method", "status"),
    buckets=SECONDS,
)
database = Histogram(
    "civic_request_database_seconds",
    "Time that a request spent in statements.",
    ("endpoint",),
    buckets=SECONDS,
)
queries = Histogram(
    "civic_request_queries",
    "Statements of a request.",
    ("endpoint",),
    buckets=(0, 2, 4, 8, 14, 20, 50),
)
mails = Counter("civic_mails", "Mails by what became of them.", ("state",))
refusals = Counter("civic_limits_hit", "Tries beyond a limit.", ("counted_in",))
reads = Counter("civic_replica_reads", "Requests that only read, by where from.", ("read_from",))
redis_errors = Counter("civic_redis_errors", "Calls of Redis that failed.", ("kind",))
lines_dropped = Counter("civic_log_lines_dropped", "Log lines that nobody took.", ("why",))
lag = Gauge(
    "civic_replica_lag_seconds",
    "How far the replica is behind.",
    ("database",),
    multiprocess_mode="livemax",
)
in_use = Gauge(
    "civic_replica_in_use",
    "1 where a process reads the replica.",
    ("database",),
    multiprocess_mode="livemin",
)
memory = Gauge(
    "civic_memory_bytes",
    "Memory of the largest process.",
    ("process",),
    multiprocess_mode="livemax",
)

bp = Blueprint("metrics", __name__)
Read = Callable[[], Mapping[str, float]]


class Watched(Collector):
    """Figures that are read when somebody asks for them (the length of a queue)."""

    def __init__(self) -> None:
        self._reads: dict[str, tuple[str, str, Read]] = {}

    def add(self, name: str, words: str, label: str, read: Read) -> None:
        self._reads[name] = (words, label, read)

    def collect(self) -> Iterator[Metric]:
        for name, (words, label, read) in self._reads.items():
            family = GaugeMetricFamily(name, words, labels=[label])
            try:
                for value, figure in read().items():
                    family.add_metric([value], figure)
            except Exception as fault:  # noqa: BLE001 - one figure must not cost all others
                log.warning("figure cannot be read", figure=name, error=type(fault).__name__)
                continue
            yield family


def count(counter: Counter, *labels: str, by: float = 1) -> None:
    """Count something. A fault in counting (no folder, a full disk) is no fault of the act."""
    with suppress(OSError, ValueError):
        counter.labels(*labels).inc(by)


def show_figure(gauge: Gauge, label: str, value: float) -> None:
    """Set a figure of this process; a fault in it is no fault of the caller."""
    with suppress(OSError, ValueError):
        gauge.labels(label).set(value)


def watch(app: Flask, name: str, words: str, label: str, read: Read) -> None:
    """Show a figure from elsewhere: `read` is called at each scrape, inside an app context.

    It gives value of the label -> figure. So this module knows no queue and no backup.
    """
    watched: Watched = app.extensions["civic_metrics"]
    watched.add(name, words, label, read)


def init_metrics(app: Flask, config: Config) -> None:
    app.extensions["civic_metrics"] = Watched()
    app.register_blueprint(bp)
    if config.metrics_token:
        if folder := os.environ.get(FOLDER):
            with suppress(OSError):
                Path(folder).mkdir(parents=True, exist_ok=True)
        app.after_request(_count)


@bp.get("/metrics")
def show() -> Response:
    """All figures, for who has the token; without a token set there is no such address."""
    token: str = current_app.extensions["civic_config"].metrics_token
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return _answer("Not found\n", 404, "text/plain")
    return _answer(scrape(current_app.extensions["civic_metrics"]), 200, CONTENT_TYPE_LATEST)


def scrape(watched: Collector | None = None) -> bytes:
    """All figures of all processes of this machine in the text form of Prometheus."""
    if folder := os.environ.get(FOLDER):
        registry = CollectorRegistry()
        with _alone(folder):
            bury_the_dead(folder)
            MultiProcessCollector(registry, path=folder)
            counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    if watched is None:
        return counted
    own = CollectorRegistry()
    own.register(watched)
    return counted + generate_latest(own)


def bury_the_dead(folder: str) -> None:
    """Fold the counts of processes that are gone into one file a kind, and drop their gauges."""
    for path in sorted(Path(folder).glob("*.db")):
        kind, _, pid = path.stem.rpartition("_")
        if not pid.isdecimal() or _is_alive(int(pid)):
            continue
        if not kind.startswith("gauge"):
            _add_up(path, path.with_name(f"{kind}_ended.db"))
        path.unlink(missing_ok=True)


def _add_up(source: Path, target: Path) -> None:
    kept = MmapedDict(str(target))
    try:
        for key, value, moment, _ in MmapedDict.read_all_values_from_file(str(source)):
            kept.write_value(key, kept.read_value(key)[0] + value, moment)
    finally:
        kept.close()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        pass
    return True


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """One at a time: while files are folded together, nobody adds them up."""
    with (Path(folder) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _count(response: Response) -> Response:
    """Count this request. A fault in counting (a full disk) is no fault of the request."""
    with suppress(OSError, ValueError):
        endpoint = request.endpoint or "-"
        method = request.method if request.method in METHODS else "other"
        now = time.perf_counter()
        took = now - g.get("began", now)
        requests.labels(endpoint, method, f"{response.status_code // 100}xx").observe(took)
        own = tally.get()
        if own is not None:
            database.labels(endpoint).observe(own.seconds)
            queries.labels(endpoint).observe(own.queries)
        _look_at_the_process(now)
    return response


class _Looked:
    at = -LOOK_EVERY


def _look_at_the_process(now: float) -> None:
    """What changes slowly is noted at most once a second."""
    if now - _Looked.at < LOOK_EVERY:
        return
    _Looked.at = now
    if dropped := writer.take_dropped():
        count(lines_dropped, "reader stuck", by=dropped)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    show_figure(memory, "largest", pages * os.sysconf("SC_PAGE_SIZE"))


def _answer(body: bytes | str, status: int, mimetype: str) -> Response:
    response = Response(body, status, content_type=mimetype)
    response.headers["Cache-Control"] = "no-store"
    return response
