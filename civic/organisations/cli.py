"""Commands about organisations."""

from __future__ import annotations

from functools import partial

from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.rendering import add_render
from civic.organisations import service

group = AppGroup("organisations", help="Care for organisations.")
add_render(group, partial(service.render_anew, System()))
