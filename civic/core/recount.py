"""Counters that are kept beside what they count: what a recount found wrong, and its command."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import click
from flask.cli import AppGroup


@dataclass(frozen=True)
class Correction:
    """A counter that was wrong: of which row, what it said, and what is right."""

    id: int
    was: int
    is_now: int
    #: Of a thing; people have none here.
    title: str = ""


def add_recount(group: AppGroup, recount: Callable[..., Sequence[Correction]], help: str) -> None:
    """The command `recount` of a room: `recount(repair=…)` compares and returns what was wrong."""

    @group.command("recount", help=help)
    @click.option("--check", is_flag=True, help="Only report; exit status 1 if a number is wrong.")
    @click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
    def command(*, check: bool, as_json: bool) -> None:
        found = recount(repair=not check)
        if as_json:
            rows = [asdict(correction) for correction in found]
            click.echo(json.dumps({"wrong": len(found), "repaired": not check, "counts": rows}))
        else:
            for row in found:
                click.echo(f"{row.id}\t{row.was} -> {row.is_now}\t{row.title}".rstrip())
            click.echo(f"{len(found)} wrong, {'not changed' if check else 'repaired'}.")
        if check and found:
            raise SystemExit(1)
