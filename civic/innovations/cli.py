"""Commands about innovations."""

from __future__ import annotations

from functools import partial

from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.recount import add_recount
from civic.core.rendering import add_render
from civic.innovations import service

innovations = AppGroup("innovations", help="Care for the register of innovations.")
add_recount(
    innovations,
    partial(service.recount, System()),
    "Compare the numbers of uses shown with the entries themselves and repair what differs.",
)
add_render(
    innovations,
    partial(service.render_anew, System()),
    partial(service.render_exchanges_anew, System()),
)
