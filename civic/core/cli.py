"""Commands of the house itself: serve, deliver, front-end files."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

import click
from flask import Flask, current_app
from flask_migrate.cli import db as migrate_commands
from werkzeug.serving import run_simple

from civic.config import Config
from civic.core import assets, limits, outbox
from civic.core.mailer import run_worker


def init_cli(app: Flask) -> None:
    app.cli.add_command(serve)
    app.cli.add_command(worker)
    app.cli.add_command(sync_assets)
    if "db" not in app.cli.commands:
        app.cli.add_command(migrate_commands)


def _config() -> Config:
    config: Config = current_app.extensions["civic_config"]
    return config


def _daily() -> list[Callable[[], object]]:
    """Housekeeping of the ground and of every room."""
    rooms = current_app.extensions["civic"].daily()
    return [limits.forget_old_counts, outbox.forget_old_mails, *rooms]


@click.command("serve")
@click.option("--port", default=8000, envvar="PORT", help="Port on 127.0.0.1.")
def serve(port: int) -> None:
    """Serve on this machine with the mail worker in process (for trying and developing)."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    stop = threading.Event()
    work = {"daily": _daily()}
    threading.Thread(
        target=run_worker, args=(app, _config(), stop), kwargs=work, daemon=True
    ).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # our own log line is enough
    click.echo(f"Serving on http://127.0.0.1:{port} (stop with Ctrl+C)")
    try:
        run_simple("127.0.0.1", port, app, threaded=True)
    finally:
        stop.set()


@click.command("worker")
@click.option("--once", is_flag=True, help="Deliver what is due and end.")
def worker(*, once: bool) -> None:
    """Deliver mails from the outbox until stopped."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    run_worker(app, _config(), stop, once=once, daily=_daily())


@click.command("assets")
@click.option("--force", is_flag=True, help="Fetch again even if nothing changed.")
def sync_assets(*, force: bool) -> None:
    """Fetch and bundle the front-end files, compile the catalogues."""
    root = assets.find_root()
    try:
        assets.sync(root, force=force)
        assets.compile_catalogues(root)
    except assets.AssetError as error:
        raise click.ClickException(str(error)) from error
