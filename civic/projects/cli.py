"""Commands about projects."""

from __future__ import annotations

from functools import partial

from flask.cli import AppGroup

from civic.accounts.models import System
from civic.core.rendering import add_render
from civic.projects import service

projects = AppGroup("projects", help="Care for projects.")
add_render(
    projects, partial(service.render_anew, System()), partial(service.render_posts_anew, System())
)
