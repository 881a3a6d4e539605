"""Commands of the ground about files."""

from __future__ import annotations

import click
from flask import Flask

from civic.core import assets


def init_cli(app: Flask) -> None:
    app.cli.add_command(sync_assets)


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
