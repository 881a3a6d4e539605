"""One page that a person and axe can look at."""

from __future__ import annotations

from flask import Blueprint, Response

from civic.core.page import page
from civic.styleguide import samples

bp = Blueprint("styleguide", __name__)


@bp.get("/stil")
def index() -> Response:
    return page("styleguide/index.html", **samples.everything())
