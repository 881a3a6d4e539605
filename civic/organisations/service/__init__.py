"""What people do with organisations, one file a subject; this is the door to all of them."""

from civic.organisations.service.invitations import (
    accept_invitation,
    decline_invitation,
    forget_expired,
    invite,
    resend_invitation,
    revoke_invitation,
)
from civic.organisations.service.leaving import forget_member
from civic.organisations.service.log import note
from civic.organisations.service.logo import Suspicious, remove_logo, set_logo, tidy_logos
from civic.organisations.service.people import (
    change_role,
    hand_over,
    join_organisation,
    leave_organisation,
    remove_member,
)
from civic.organisations.service.profile import (
    Standing,
    Words,
    edit_organisation,
    found_organisation,
    render_anew,
)
from civic.organisations.service.requests import (
    answer_request,
    ask_to_join,
    withdraw_request,
)
from civic.organisations.service.standing import (
    close_organisation,
    verify_organisation,
    withdraw_verification,
)

__all__ = [
    "Standing",
    "Suspicious",
    "Words",
    "accept_invitation",
    "answer_request",
    "ask_to_join",
    "change_role",
    "close_organisation",
    "decline_invitation",
    "edit_organisation",
    "forget_expired",
    "forget_member",
    "found_organisation",
    "hand_over",
    "invite",
    "join_organisation",
    "leave_organisation",
    "note",
    "remove_logo",
    "remove_member",
    "render_anew",
    "resend_invitation",
    "revoke_invitation",
    "set_logo",
    "tidy_logos",
    "verify_organisation",
    "withdraw_request",
    "withdraw_verification",
]
