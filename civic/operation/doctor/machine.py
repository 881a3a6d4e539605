"""What lies around the program: mail server, clock, disk, files."""

from __future__ import annotations

import shutil
import smtplib
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from civic.core import clock
from civic.core.assets import BUNDLE, VENDOR
from civic.core.language import N_
from civic.operation import queries
from civic.operation.doctor.finding import Check, Finding, Patient, error, ok, warning
from civic.operation.places import media_folder

#: Seconds that the mail server may take for each answer.
PATIENCE = 4
#: Seconds by which the clocks of program and database may differ.
SMALL, LARGE = 2, 30
#: Share of a disk that should be free, and that must be.
ENOUGH, LEAST = 0.10, 0.03
GIBIBYTE = 2**30
#: A half-written file of this age belongs to a process that is gone.
ABANDONED = 24 * 3600


def mail_server(patient: Patient) -> Finding:
    """Says hello, as far as before the first mail; nothing is sent."""
    config = patient.config
    if not config.smtp_url:
        if config.is_production:
            return error(
                N_("No mail server is set: nobody gets a mail."),
                N_("Set CIVIC_SMTP_URL, as in smtp://user:password@mail.town.de:587."),
            )
        return ok(N_("No mail server is set; mails are files in the instance folder."))
    target = urlsplit(config.smtp_url)
    try:
        is_private = _greet(config.smtp_url)
    except (OSError, smtplib.SMTPException) as fault:
        return error(
            N_("The mail server %(host)s does not answer as it should (%(fault)s)."),
            N_("Mails wait until it does. Check CIVIC_SMTP_URL and the firewall."),
            host=target.hostname,
            fault=type(fault).__name__,
        )
    if target.username and not is_private:
        return warning(
            N_("The mail server %(host)s offers no encryption for the password."),
            N_("Use a server with STARTTLS, or smtps://."),
            host=target.hostname,
        )
    return ok(N_("The mail server %(host)s answers."), host=target.hostname)


def _greet(url: str) -> bool:
    """EHLO, encryption, EHLO and sign-in; returns whether the line was encrypted."""
    target = urlsplit(url)
    secure = target.scheme == "smtps"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    port = target.port or (465 if secure else 25)
    with kind(target.hostname or "", port, timeout=PATIENCE) as server:
        server.ehlo_or_helo_if_needed()
        if secure or not server.has_extn("starttls"):
            return secure
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
        return True


def clocks(patient: Patient) -> Finding:
    """The program's clock against that of the database."""
    del patient
    apart = abs((clock.now() - queries.database_time()).total_seconds())
    if apart > LARGE:
        return error(
            N_("The clocks of program and database are %(seconds)s seconds apart."),
            N_("Let both machines take their time from the net (NTP): terms depend on it."),
            seconds=round(apart),
        )
    if apart > SMALL:
        return warning(
            N_("The clocks of program and database are %(seconds)s seconds apart."),
            N_("Let both machines take their time from the net (NTP)."),
            seconds=round(apart),
        )
    return ok(N_("Program and database agree on the time."))


def disks(patient: Patient) -> Finding:
    folders = [patient.config.instance_path, patient.config.backups]
    folders += filter(None, [media_folder(patient.config)])
    least = min((_room(folder) for folder in folders), key=lambda found: found[1])
    folder, share, free = least
    values = {"folder": str(folder), "free": f"{free / GIBIBYTE:.1f}"}
    if share < LEAST:
        return error(
            N_("Only %(free)s GiB are left on the disk of %(folder)s."),
            N_("Make room now: when it is full, nobody can write anything."),
            **values,
        )
    if share < ENOUGH:
        return warning(
            N_("%(free)s GiB are left on the disk of %(folder)s."),
            N_("Make room, or take a larger disk."),
            **values,
        )
    return ok(N_("%(free)s GiB are left on the disk of %(folder)s."), **values)


def _room(folder: Path) -> tuple[Path, float, int]:
    """The nearest folder that exists, the free share of its disk, and the free bytes."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(there)
    return folder, usage.free / usage.total, usage.free


def front_end(patient: Patient) -> Finding:
    static = patient.root / "static"
    wanted = [static / BUNDLE, *(static / "vendor" / name for name in VENDOR.values())]
    wanted.append(patient.root / "translations" / "de" / "LC_MESSAGES" / "messages.mo")
    missing = [path.relative_to(patient.root) for path in wanted if not path.is_file()]
    if missing:
        return error(
            N_("%(number)s front-end files are missing, the first is %(name)s."),
            N_("Fetch them: civic assets --force"),
            number=len(missing),
            name=str(missing[0]),
        )
    return ok(N_("All front-end files are there."))


def leftovers(patient: Patient) -> Finding:
    """Files that a process left half written when it was killed."""
    folders = {patient.config.instance_path, patient.config.backups}
    found = sorted({path for folder in folders for path in _abandoned(folder)})
    if found:
        return warning(
            N_("%(number)s half-written files lie about, the first is %(name)s."),
            N_("Remove them; whatever wrote them is gone for more than a day."),
            number=len(found),
            name=str(found[0]),
        )
    return ok(N_("No half-written files lie about."))


def _abandoned(folder: Path) -> Iterator[Path]:
    before = time.time() - ABANDONED
    names = (*folder.glob(".*.part*"), *folder.glob(".civic-*"))
    return (path for path in names if path.stat().st_mtime < before)


CHECKS = (
    Check("mail_server", N_("Mail server"), mail_server),
    Check("clock", N_("Clock"), clocks),
    Check("disk", N_("Disk space"), disks),
    Check("front_end", N_("Front-end files"), front_end),
    Check("leftovers", N_("Leftover files"), leftovers),
)
