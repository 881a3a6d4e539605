"""What is done to the house as a whole, one file a subject; this is the door to all of them."""

from civic.operation.service.backups import Made, make_backup
from civic.operation.service.departures import (
    LEDGER_JOB,
    note_departure,
    repeat_departures,
    write_ledger,
)
from civic.operation.service.queue import drop_job, retry_all_jobs, retry_job
from civic.operation.service.restores import Restored, RestoreError, restore

__all__ = [
    "LEDGER_JOB",
    "Made",
    "RestoreError",
    "Restored",
    "drop_job",
    "make_backup",
    "note_departure",
    "repeat_departures",
    "restore",
    "retry_all_jobs",
    "retry_job",
    "write_ledger",
]
