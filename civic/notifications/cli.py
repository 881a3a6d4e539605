"""Commands for whoever runs the platform."""

from __future__ import annotations

from functools import partial

from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.recount import add_recount
from civic.notifications import service

group = AppGroup("notifications", help="Notices and their counts.")
add_recount(
    group,
    partial(service.recount, System()),
    "Compare the numbers of unread notices with the notices; repair what differs.",
)
