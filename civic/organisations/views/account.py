"""/konto/organisationen: where a person belongs, is invited, and has asked."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor, member
from civic.core.errors import Missing
from civic.core.forms import Form
from civic.core.page import go_to, page
from civic.core.urls import url_for
from civic.organisations import queries
from civic.organisations.models import OrganisationInvitation
from civic.organisations.views.blueprint import bp
from civic.organisations.views.invitations import answered

#: Older requests are over and done with.
MOST_REQUESTS = 20


@bp.get("/konto/organisationen")
@login_required
def mine() -> Response:
    return own_page(Form(formdata=None))


@bp.post("/konto/organisationen/einladungen/<int:number>")
@login_required
def answer_own(number: int) -> BaseResponse:
    """Accept or decline without the link: the address that was written to is one's own."""
    invitation = next((each for each in own_invitations() if each.id == number), None)
    if invitation is None:
        raise Missing
    form = Form()
    if form.validate_on_submit():
        with form.rules():
            answered(invitation)
            return go_to(url_for(".mine"))
    return own_page(form)


def own_invitations() -> Sequence[OrganisationInvitation]:
    """None before the address is confirmed: until then it may be somebody else's."""
    return queries.invitations_to(member().email_key) if actor().is_confirmed else ()


def own_page(form: Form) -> Response:
    return page(
        "organisations/mine.html",
        form=form,
        memberships=queries.memberships(actor()),
        invitations=own_invitations(),
        requests=queries.requests_of(actor(), MOST_REQUESTS),
        status=form.status,
    )
