"""Commands that keep the house running: serve, work, and take mails that come back."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError
from werkzeug.serving import run_simple

from civic.config import Config
from civic.core import bounces
from civic.core.work import runner

mails = AppGroup("mails", help="What becomes of the mails of the platform.")


def _app() -> tuple[Flask, Config]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return app, app.extensions["civic_config"]


@click.command("serve")
@click.option("--port", default=8000, envvar="PORT", help="Port on 127.0.0.1.")
@with_appcontext
def serve(port: int) -> None:
    """Serve on this machine with a worker in process (for trying and developing)."""
    app, config = _app()
    stop = threading.Event()
    threading.Thread(target=runner.run, args=(app, config, stop), daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # our own log line is enough
    click.echo(f"Serving on http://127.0.0.1:{port} (stop with Ctrl+C)")
    try:
        run_simple("127.0.0.1", port, app, threaded=True)
    finally:
        stop.set()


@click.command("worker")
@click.option("--threads", type=click.IntRange(1, 32), default=1, show_default=True)
@click.option("--once", is_flag=True, help="Do what is due and end.")
@with_appcontext
def worker(*, threads: int, once: bool) -> None:
    """Do the jobs until stopped: mails, schedules, and what rooms leave for later.

    SIGTERM and SIGINT end it after the job that each thread has begun.
    """
    app, config = _app()
    stop = threading.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(name, lambda *_: stop.set()) for name in signals]
    # Not in this thread: a signal that came while it waits for `stop` would wait for itself.
    work = threading.Thread(
        target=runner.run, args=(app, config, stop), kwargs={"once": once, "threads": threads}
    )
    work.start()
    while work.is_alive():
        work.join(0.5)
    for name, handler in zip(signals, before, strict=True):
        signal.signal(name, handler)


@mails.command("bounce")
def bounce() -> None:
    """Read a report of a mail server from standard input and mark the mail that came back.

    Made for a pipe of the MTA: whatever comes in, it ends well, for a refused report would make
    reports of its own. Only while the database is away it asks to be called again (status 75).
    """
    raw = sys.stdin.buffer.read(bounces.LARGEST)
    while sys.stdin.buffer.read(65536):
        pass  # the MTA would take a pipe that is closed early for a fault
    try:
        click.echo(bounces.take(raw))
    except DBAPIError as error:
        click.echo(f"The database is away: {type(error).__name__}", err=True)
        sys.exit(os.EX_TEMPFAIL)
