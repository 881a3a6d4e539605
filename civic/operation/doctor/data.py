"""What stands in the tables: counts that agree, rows that belong somewhere, work that is done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from civic.accounts.models import System
from civic.comments import service as comments
from civic.core import clock
from civic.core.language import N_
from civic.core.work import queries as work
from civic.core.work.models import JobState
from civic.notifications import service as notifications
from civic.operation import ledger, queries
from civic.operation.archive import DamagedError
from civic.operation.doctor.finding import Check, Finding, Patient, error, ok, warning
from civic.votes import service as votes

#: How long work that is due may wait for a worker.
WAIT, LONG_WAIT = timedelta(minutes=10), timedelta(hours=2)
MANY_JOBS = 50_000
#: Of the mails of the last day so many may fail before somebody should look.
FAILED_MAILS = 10
#: A nightly backup with some delay, and one that failed several nights.
FRESH, STALE = timedelta(hours=26), timedelta(hours=74)


def votes_counted(patient: Patient) -> Finding:
    del patient
    if wrong := len(votes.recount(System(), repair=False)):
        return error(
            N_("%(number)s counts of votes are wrong."),
            N_("Repair them: civic votes recount"),
            number=wrong,
        )
    return ok(N_("Every count of votes is right."))


def comments_counted(patient: Patient) -> Finding:
    """With the trend, which is made of both counts."""
    del patient
    if wrong := len(comments.recount(System(), repair=False)):
        return error(
            N_("%(number)s counts of comments or trends are wrong."),
            N_("Repair them: civic comments recount"),
            number=wrong,
        )
    return ok(N_("Every count of comments is right, and the trend."))


def notices_counted(patient: Patient) -> Finding:
    del patient
    if wrong := len(notifications.recount(System(), repair=False)):
        return error(
            N_("%(number)s counts of unread notices are wrong."),
            N_("Repair them: civic notifications recount"),
            number=wrong,
        )
    return ok(N_("Every count of unread notices is right."))


def orphans(patient: Patient) -> Finding:
    del patient
    if found := queries.orphans():
        return error(
            N_("Rows point to nothing: %(where)s."),
            N_("Keep a backup, and look for what was changed by hand in the database."),
            where=", ".join(f"{name} ({number})" for name, number in found.items()),
        )
    return ok(N_("Every row belongs to one that is there."))


def queue(patient: Patient) -> Finding:
    del patient
    waiting, oldest = work.depths()[JobState.QUEUED], work.oldest_due() or timedelta(0)
    values = {"number": waiting, "minutes": round(oldest.total_seconds() / 60)}
    if oldest > LONG_WAIT:
        return error(
            N_("Work has been due for %(minutes)s minutes, %(number)s jobs wait."),
            N_("Is a worker running? Start one: civic worker"),
            **values,
        )
    if oldest > WAIT or waiting > MANY_JOBS:
        return warning(
            N_("Work has been due for %(minutes)s minutes, %(number)s jobs wait."),
            N_("Start a further worker, or give it more threads: civic worker --threads 4"),
            **values,
        )
    return ok(N_("%(number)s jobs wait."), **values)


def dead_letters(patient: Patient) -> Finding:
    del patient
    if number := work.depths()[JobState.DEAD]:
        return warning(
            N_("%(number)s jobs were given up."),
            N_("See why, then try again or let them be: civic jobs list --state dead"),
            number=number,
        )
    return ok(N_("No job was given up."))


def mails(patient: Patient) -> Finding:
    del patient
    failed = queries.failed_mails(clock.now() - timedelta(days=1))
    if failed > FAILED_MAILS:
        return warning(
            N_("%(number)s mails of the last day could not be delivered."),
            N_("Look for one common reason, such as a refused sender."),
            number=failed,
        )
    return ok(N_("Mails of the last day that failed: %(number)s."), number=failed)


def departures(patient: Patient) -> Finding:
    """After a restore: whether somebody is back who had left."""
    for folder in (patient.config.instance_path, patient.config.backups):
        file = folder / ledger.NAME
        try:
            back = queries.returned(ledger.read(file))
        except (DamagedError, OSError):
            return error(
                N_("The ledger of deleted accounts, %(file)s, cannot be read."),
                N_("Take it from another copy: without it a restore brings people back."),
                file=str(file),
            )
        if back:
            return error(
                N_("People who had deleted their account are back: %(number)s."),
                N_("Let them leave again before anybody comes in: civic depart-again %(file)s"),
                number=len(back),
                file=str(file),
            )
    return ok(N_("Nobody is back who had deleted their account."))


def backup(patient: Patient) -> Finding:
    last = queries.last_backup()
    how = N_("Make one every night: civic backup --keep 14")
    if last is None:
        found = error if patient.config.is_production else warning
        return found(N_("There is no backup."), how)
    age = clock.now() - last.made_at
    hours = round(age.total_seconds() / 3600)
    if age > STALE:
        return error(N_("The last backup is %(hours)s hours old."), how, hours=hours)
    if age > FRESH:
        return warning(N_("The last backup is %(hours)s hours old."), how, hours=hours)
    if queries.is_this_host(last) and not Path(last.file).exists():
        return error(N_("The last backup, %(file)s, is gone."), how, file=last.file)
    return ok(N_("The last backup is %(hours)s hours old."), hours=hours)


CHECKS = (
    Check("queue", N_("Queue"), queue),
    Check("dead_letters", N_("Jobs given up"), dead_letters),
    Check("mails", N_("Mails"), mails),
    Check("backup", N_("Backup"), backup),
    Check("departures", N_("Deleted accounts"), departures),
    Check("votes", N_("Counts of votes"), votes_counted, is_thorough=True),
    Check("comments", N_("Counts of comments"), comments_counted, is_thorough=True),
    Check("notices", N_("Counts of notices"), notices_counted, is_thorough=True),
    Check("orphans", N_("Rows without owner"), orphans, is_thorough=True),
)
