"""Commands about jobs: look, try again, let be."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.core.db import db
from civic.core.work import jobs as service
from civic.core.work import queries
from civic.core.work.models import Job, JobState

group = AppGroup("jobs", help="Work that is done outside of requests.")
STATES = click.Choice([state.value for state in JobState])


@group.command("list")
@click.option("--state", type=STATES, help="Only jobs in this state; without it: all not done.")
@click.option("--limit", default=50, show_default=True, help="At most so many of each state.")
def list_jobs(state: str | None, limit: int) -> None:
    """Show jobs: number, state, kind, attempts, when due, why not done."""
    states = [JobState(state)] if state else [JobState.DEAD, JobState.QUEUED]
    for wanted in states:
        for job in db.session.scalars(queries.in_state(wanted).limit(limit)):
            click.echo(_line(job))
    counts = queries.depths()
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()), err=True)


def _line(job: Job) -> str:
    held = " (in work)" if job.holder else ""
    when = f"{job.due_at:%Y-%m-%d %H:%M:%SZ}"
    words = [str(job.id), job.state + held, job.kind, f"attempts {job.attempts}", when]
    return "  ".join([*words, job.error or ""]).rstrip()


@group.command("retry")
@click.argument("id", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Every job that was given up.")
def retry(id: int | None, *, everything: bool) -> None:
    """Try a job again that was given up, or all of them."""
    if (id is None) is not everything:
        raise click.UsageError("Name one job, or say --all.")
    revived = service.retry(*([] if id is None else [id]))
    if not revived and id is not None:
        raise click.ClickException(f"No job {id} was given up.")
    click.echo(f"{revived} queued again.")


@group.command("drop")
@click.argument("id", type=int)
def drop(id: int) -> None:
    """Let a job be that is queued or was given up."""
    if not service.drop(id):
        raise click.ClickException(f"There is no job {id} that could be dropped.")
    click.echo("Dropped.")
