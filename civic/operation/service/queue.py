"""What an administrator does with jobs that were given up."""

from __future__ import annotations

from civic.accounts.models import Actor
from civic.core.errors import Missing
from civic.core.logs import log
from civic.core.policy import demand
from civic.core.work import jobs
from civic.operation import policy


def retry_job(actor: Actor, id: int) -> None:
    """Put a job back into the queue. Raises `Missing` if it is not among those given up."""
    demand(policy.may_operate, actor)
    if not jobs.retry(id):
        raise Missing
    log.info("job retried", job=id, by=actor.id)


def retry_all_jobs(actor: Actor) -> int:
    """Put all jobs that were given up back into the queue; returns how many."""
    demand(policy.may_operate, actor)
    number = jobs.retry()
    log.info("jobs retried", number=number, by=actor.id)
    return number


def drop_job(actor: Actor, id: int) -> None:
    """Let a job be. Raises `Missing` if it is done already."""
    demand(policy.may_operate, actor)
    if not jobs.drop(id):
        raise Missing
    log.info("job dropped", job=id, by=actor.id)
