"""A check-up of the house: one question after the other, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from civic.core.db import release
from civic.core.language import N_
from civic.operation.doctor import data, database, files, machine, settings
from civic.operation.doctor.finding import Check, Finding, Level, Patient, error

__all__ = ["CHECKS", "WORST_FIRST", "Check", "Finding", "Level", "Patient", "examine"]

WORST_FIRST = {Level.ERROR: 0, Level.WARNING: 1, Level.OK: 2}

CHECKS: tuple[Check, ...] = (
    *settings.CHECKS,
    *database.CHECKS,
    *machine.CHECKS,
    *files.CHECKS,
    *data.CHECKS,
)


def examine(patient: Patient, *, thorough: bool) -> Iterator[tuple[Check, Finding]]:
    """Ask all questions; those that read whole tables only when it shall be thorough.

    A question that the database does not answer is an error, and the next one is asked.
    """
    for check in CHECKS:
        if thorough or not check.is_thorough:
            yield check, _ask(check, patient)


def _ask(check: Check, patient: Patient) -> Finding:
    release()
    try:
        return check.ask(patient)
    except (DBAPIError, PoolTimeout) as fault:
        cause = getattr(fault, "orig", None) or fault
        return error(
            N_("The database gives no answer (%(fault)s)."),
            N_("Check CIVIC_DATABASE_URL, that the server runs, and civic db upgrade."),
            fault=type(cause).__name__,
        )
    finally:
        release()
