"""Commands for whoever runs the platform."""

from __future__ import annotations

from functools import partial

from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.recount import add_recount
from civic.votes import service

group = AppGroup("votes", help="Votes and their counts.")
add_recount(
    group,
    partial(service.recount, System()),
    "Compare the counts shown with the votes themselves and repair what differs.",
)
