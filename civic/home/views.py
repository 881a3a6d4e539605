"""The first screen."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import gettext as _

from civic.core.page import page
from civic.home import queries

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> Response:
    """What this is, what moves the place now, where to begin."""
    words = (_("New"), _("In demand"), _("Just answered"))
    return page("home/index.html", screen=queries.screen(words))
