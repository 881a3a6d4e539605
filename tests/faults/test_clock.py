"""F15: the clock of the web servers jumps; nobody is let in for it, and nothing falls over."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from civic.accounts import service as accounts
from civic.accounts.models import Nobody
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.outbox import Mail
from tests.faults.ledger import recruit
from tests.faults.machine import program
from tests.faults.report import counted
from tests.faults.site import Site, ask

pytestmark = pytest.mark.faults

PASSWORD = "fenster regen trommel see"
PAGES = ("/", "/ideen", "/anmelden", "/konto")
#: What the clock does -> status of the account page, of a link for a new password (valid 1 h).
JUMPS = {
    "+0": (200, 200),
    "+2h": (200, 404),
    "-2h": (302, 200),  # a session from the future is none
    "+400d": (302, 404),
    "2028-02-29 23:59:50": (302, 404),
    "2027-03-28 01:59:55": (302, 404),
}
LIBRARY = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)


def faked(jump: str) -> dict[str, str]:
    """The environment in which a program sees another time: so much later, or a moment in UTC."""
    program("faketime")
    library = next(path for path in LIBRARY if Path(path).exists())
    shown = jump if jump[0] in "+-" else f"@{jump}"
    return {"LD_PRELOAD": library, "FAKETIME": shown, "NO_FAKE_STAT": "1", "TZ": "UTC"}


def reset_link(site: Site) -> str:
    with site.app.app_context():
        accounts.sign_up(
            Nobody(), email="uhr@example.org", name="Uhr Macherin", password=PASSWORD,
            language="de", home=None, source="192.0.2.1",
        )  # fmt: skip
        accounts.confirm_address(Nobody(), newest("/bestaetigen/"))
        accounts.request_reset(Nobody(), email="uhr@example.org", source="192.0.2.1")
        found = "/passwort-neu/" + newest("/passwort-neu/")
        db.session.remove()
        return found


def newest(path: str) -> str:
    words = db.session.scalars(select(Mail.text).order_by(Mail.id.desc()).limit(1)).one()
    found = re.search(path + r"([\w-]+)", words)
    assert found
    return found[1]


def mails(site: Site) -> int:
    with site.app.app_context(), transaction():
        return db.session.scalar(select(func.count()).select_from(Mail)) or 0


def test_f15_jumps(site, report):
    with site.app.app_context():
        person = recruit(site, 1)[0].visitor
    link, before = reset_link(site), mails(site)
    seen: dict[str, tuple[int, int]] = {}
    faults: Counter[int] = Counter()
    for jump in JUMPS:
        with site.served(env=faked(jump)):
            answered = [ask(site.port, path, {"Cookie": person.cookie})[0] for path in PAGES]
            seen[jump] = answered[-1], ask(site.port, link)[0]
            faults.update(answered)
    done = site.civic("worker", "--once", env=faked("+400d"))
    assert done.returncode == 0, done.stderr[-2000:]
    more = mails(site) - before
    report.note(
        "F15", f"{site.kind}: clock −2 h, +2 h, +400 d, on 29 February, at summer time",
        "no fault, an expired session or link lets nobody in, no mails made",
        f"{counted(faults)}; {sum(seen[j] == JUMPS[j] for j in JUMPS)} of {len(JUMPS)} jumps "
        f"as expected; {more} new mails",
    )  # fmt: skip
    assert not [status for status in faults if status >= 500 or status == 0]
    assert seen == JUMPS
    assert more <= 0


NIGHTS = {
    "the hour that is missing": (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), "2027-03-28"),
    "after it": (datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC), "2027-03-28"),
    "its midnight": (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), "2027-03-29"),
    "the hour that comes twice": (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25"),
    "its second time": (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25"),
    "its midnight again": (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "2026-10-26"),
    "leap day": (datetime(2028, 2, 28, 23, 0, tzinfo=UTC), "2028-02-29"),
}


def test_f15_terms_run_on_local_days(report):
    """Terms are dates, so both nights on which the clock is changed are days like others."""
    wrong = [
        n for n, (moment, day) in NIGHTS.items() if clock.local_date(moment).isoformat() != day
    ]
    in_utc = [n for n, (moment, day) in NIGHTS.items() if moment.date().isoformat() != day]
    assert {
        moment.astimezone(ZoneInfo("Europe/Berlin")).utcoffset() for moment, _ in NIGHTS.values()
    }
    report.note(
        "F15", "Terms in both nights of the change of time, 29 February", "each on its local day",
        f"{len(NIGHTS) - len(wrong)} of {len(NIGHTS)} right",
    )  # fmt: skip
    report.note("F15", "Control: days of UTC", "found: some wrong", f"{len(in_utc)} wrong")
    assert wrong == []
    assert in_utc
