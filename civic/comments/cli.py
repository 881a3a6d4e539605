"""Commands for whoever runs the platform."""

from __future__ import annotations

from functools import partial

from flask.cli import AppGroup

from civic.accounts.models import System
from civic.comments import service
from civic.core.recount import add_recount
from civic.core.rendering import add_render

group = AppGroup("comments", help="Comments and their counts.")
add_recount(
    group,
    partial(service.recount, System()),
    "Compare the counts of comments (and the trend) with what is there; repair.",
)
add_render(group, partial(service.render_anew, System()))
