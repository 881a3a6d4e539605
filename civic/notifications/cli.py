"""Commands for whoever runs the platform."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask.cli import AppGroup

from civic.accounts.models import System
from civic.notifications import service

group = AppGroup("notifications", help="Notices and their counts.")


@group.command("recount")
@click.option("--check", is_flag=True, help="Only report; exit status 1 if a number is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def recount(*, check: bool, as_json: bool) -> None:
    """Compare the numbers of unread notices with the notices themselves; repair what differs."""
    found = service.recount(System(), repair=not check)
    if as_json:
        rows = [asdict(correction) for correction in found]
        click.echo(json.dumps({"wrong": len(found), "repaired": not check, "counts": rows}))
    else:
        for row in found:
            click.echo(f"{row.id}\t{row.was} -> {row.is_now}")
        click.echo(f"{len(found)} wrong, {'not changed' if check else 'repaired'}.")
    if check and found:
        raise SystemExit(1)
