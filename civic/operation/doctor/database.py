"""The database: reachable, up to date, and set so that nothing acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

from civic.core import replica, revisions
from civic.core.language import N_
from civic.operation import queries
from civic.operation.doctor.finding import Check, Finding, Patient, error, ok, warning

OLDEST_POSTGRES = 150000
#: Settings of SQLite that a power cut depends on, as `PRAGMA` answers: journal, synchronous
#: (2 is FULL, 3 EXTRA), foreign keys.
SQLITE = (("journal_mode", {"wal"}), ("synchronous", {"2", "3"}), ("foreign_keys", {"1"}))
#: The same for PostgreSQL; every value of synchronous_commit but "off" waits for the disk.
POSTGRES = (
    ("fsync", {"on"}),
    ("full_page_writes", {"on"}),
    ("synchronous_commit", {"on", "local", "remote_write", "remote_apply"}),
)


def migrations(patient: Patient) -> Finding:
    found, wanted = queries.revision(), revisions.newest(patient.migrations)
    if found is None:
        return error(N_("The database has no tables yet."), N_("Make them: civic db upgrade"))
    if found != wanted:
        return error(
            N_("The tables are of revision %(found)s, the program expects %(wanted)s."),
            N_("Bring them up to date: civic db upgrade"),
            found=found,
            wanted=wanted,
        )
    return ok(N_("All migrations are there (%(found)s)."), found=found)


def durability(patient: Patient) -> Finding:
    """Whether an answer to a person comes after the disk has what they wrote."""
    del patient
    is_sqlite = queries.is_sqlite()
    given = queries.settings([name for name, _ in (SQLITE if is_sqlite else POSTGRES)])
    wrong = [
        f"{name}={given[name]}"
        for name, allowed in (SQLITE if is_sqlite else POSTGRES)
        if given[name] not in allowed
    ]
    if wrong:
        return error(
            N_("The database is set to %(wrong)s: what was acknowledged can be lost."),
            N_("Set it back; docs/operation.md has the settings under “Databases”."),
            wrong=", ".join(wrong),
        )
    return ok(N_("What is acknowledged is on the disk."))


def server(patient: Patient) -> Finding:
    del patient
    if queries.is_sqlite():
        return ok(N_("SQLite %(version)s."), version=queries.server_version())
    values = queries.settings(["server_version_num", "data_checksums"])
    version = queries.server_version()
    if int(values["server_version_num"]) < OLDEST_POSTGRES:
        return error(
            N_("PostgreSQL %(version)s is too old."),
            N_("Civic needs PostgreSQL 15 or newer."),
            version=version,
        )
    if values["data_checksums"] != "on":
        return warning(
            N_("PostgreSQL %(version)s keeps no checksums of its pages."),
            N_("Stop the server once and run pg_checksums --enable, so a failing disk is noticed."),
            version=version,
        )
    return ok(N_("PostgreSQL %(version)s, with checksums."), version=version)


def integrity(patient: Patient) -> Finding:
    """SQLite reads its whole file; PostgreSQL has its checksums and pg_amcheck for that."""
    del patient
    if fault := queries.corruption():
        return error(
            N_("The database file is damaged: %(fault)s."),
            N_("Stop the site, keep the file, and restore the last backup: civic restore FILE"),
            fault=fault,
        )
    return ok(N_("The database can be read as a whole."))


def replica_state(patient: Patient) -> Finding:
    if not patient.config.replica_url:
        return ok(N_("No replica is set; all reading goes to the one database."))
    state = replica.state()
    if state in {"behind", "away"}:
        return warning(
            N_("The replica is left out: %(state)s."),
            N_("All reading goes to the primary until it is back."),
            state=state,
        )
    return ok(N_("Replica: %(state)s."), state=state)


def redis_server(patient: Patient) -> Finding:
    del patient
    state = queries.redis_state()
    if state == "away":
        return warning(
            N_("Redis does not answer."),
            N_("Limits are counted in the database meanwhile. Check CIVIC_REDIS_URL."),
        )
    if state == "off":
        return ok(N_("No Redis is set; limits are counted in the database."))
    return ok(N_("Redis answers."))


def file_rights(patient: Patient) -> Finding:
    """The database file is not for other users of the machine."""
    del patient
    file = queries.database_file()
    if file and Path(file).exists() and _is_open(Path(file).resolve()):
        return warning(
            N_("Every user of this machine can read %(file)s."),
            N_("It holds addresses of people. Say: chmod o= %(file)s"),
            file=file,
        )
    return ok(N_("The database is not open to other users of the machine."))


def _is_open(file: Path) -> bool:
    """Whether others may read it and enter every folder on the way to it."""
    may_enter = all(folder.stat().st_mode & 0o001 for folder in file.parents)
    return may_enter and bool(file.stat().st_mode & 0o004)


CHECKS = (
    Check("migrations", N_("Migrations"), migrations),
    Check("durability", N_("Database settings"), durability),
    Check("server", N_("Database server"), server),
    Check("file_rights", N_("Rights of the database file"), file_rights),
    Check("replica", N_("Replica"), replica_state),
    Check("redis", "Redis", redis_server),
    Check("integrity", N_("Database file"), integrity, is_thorough=True),
)
