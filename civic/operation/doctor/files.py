"""The store of files and the virus scanner: whether they answer, and hold what they should."""

from __future__ import annotations

import os
from pathlib import Path

from civic.accounts.models import System
from civic.attachments import service as attachments
from civic.core import scanner
from civic.core.language import N_
from civic.core.scanner import ScannerAway
from civic.core.storage import StorageError, store
from civic.operation.doctor.finding import Check, Finding, Patient, error, ok, warning


def media_store(patient: Patient) -> Finding:
    """Asked, not written to: this check runs while a person waits for a page."""
    place = patient.config.media
    if isinstance(place, Path):
        return _folder(place)
    try:
        store().exists("check/nothing")
    except StorageError:
        return error(
            N_("The bucket %(name)s gives no answer."),
            N_("Check CIVIC_MEDIA_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the firewall."),
            name=place.name,
        )
    return ok(N_("The bucket %(name)s answers."), name=place.name)


def _folder(place: Path) -> Finding:
    there = next(path for path in (place, *place.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        return error(
            N_("No file can be written to %(folder)s."),
            N_("Give the folder to the user of the house: chown -R civic %(folder)s"),
            folder=str(there),
        )
    return ok(N_("Files of people lie in %(folder)s."), folder=str(place))


def media_trial(patient: Patient) -> Finding:
    """One file comes and goes."""
    del patient
    try:
        store().check()
    except StorageError as fault:
        return error(
            N_("A file could not be written, read and removed (%(fault)s)."),
            N_("Nobody can add files until it can. Look for room, rights and the firewall."),
            fault=type(fault).__name__,
        )
    return ok(N_("A file can be written, read and removed."))


def orphaned_files(patient: Patient) -> Finding:
    del patient
    try:
        found = attachments.find_orphans(System())
    except StorageError:
        return _silent()
    if found.are_suspicious:
        return error(
            N_("%(number)s of %(files)s files belong to no row."),
            N_(
                "Does CIVIC_MEDIA_URL name the store of this database? Nothing is removed until "
                "it does."
            ),
            number=len(found.keys),
            files=found.files,
        )
    if found.keys:
        return warning(
            N_("%(number)s of %(files)s files belong to no row."),
            N_("They are removed in the night, or at once: civic attachments sweep"),
            number=len(found.keys),
            files=found.files,
        )
    return ok(N_("Every file belongs to a row."))


def lost_files(patient: Patient) -> Finding:
    del patient
    try:
        lost = attachments.find_lost(System())
    except StorageError:
        return _silent()
    if lost:
        return error(
            N_("%(number)s files are missing in the store, the first is number %(first)s."),
            N_("Take them from a backup: they lie in it below media/attachments."),
            number=len(lost),
            first=lost[0],
        )
    return ok(N_("Every file is in the store."))


def _silent() -> Finding:
    return error(
        N_("The store of files gives no answer."),
        N_("Nothing can be said about files until it does."),
    )


def virus_scanner(patient: Patient) -> Finding:
    url = patient.config.clamd_url
    if not url:
        return ok(N_("No virus scanner is set; documents are downloaded as they came."))
    try:
        scanner.found_in(b"", url)
    except ScannerAway:
        return error(
            N_("The virus scanner does not answer."),
            N_("No file is taken until it does. Check CIVIC_CLAMD_URL, and that clamd runs."),
        )
    return ok(N_("The virus scanner answers."))


CHECKS = (
    Check("media_store", N_("Store of files"), media_store),
    Check("virus_scanner", N_("Virus scanner"), virus_scanner),
    Check("media_trial", N_("Trial of the store"), media_trial, is_thorough=True),
    Check("orphaned_files", N_("Files without a row"), orphaned_files, is_thorough=True),
    Check("lost_files", N_("Missing files"), lost_files, is_thorough=True),
)
