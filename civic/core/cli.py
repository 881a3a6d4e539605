"""Commands of the ground about files: front-end files and migrations."""

from __future__ import annotations

import click
from flask import Flask
from flask_migrate.cli import db as migrate_commands

from civic.core import assets


def init_cli(app: Flask) -> None:
    app.cli.add_command(sync_assets)
    if "db" not in app.cli.commands:
        app.cli.add_command(migrate_commands)


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
