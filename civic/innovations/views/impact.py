"""What became of the ideas that a person wrote or gave their voice to ("You said, we did")."""

from __future__ import annotations

from flask import Response, request
from flask.blueprints import BlueprintSetupState
from flask_login import login_required

from civic.accounts.current import actor
from civic.core.page import page
from civic.innovations.queries import impact as queries
from civic.innovations.views import bp


def impact() -> Response:
    """A page of ideas with projects, innovations and the municipalities that took them over."""
    is_all = "alle" in request.args
    found = queries.impact(actor(), request.args.get("nach", ""), is_all=is_all)
    return page("innovations/impact.html", fragment="impact_list", impact=found, is_all=is_all)


@bp.record
def _beside_the_account(setup: BlueprintSetupState) -> None:
    """It stands with the account of the person, not with the register."""
    setup.app.add_url_rule("/konto/wirkung", "innovations.impact", login_required(impact))
