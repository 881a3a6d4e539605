"""What people do with their accounts, one file a subject; this is the door to all of them."""

from civic.accounts.service.entry import (
    Entry,
    confirm_address,
    request_reset,
    reset_password,
    send_again,
    sign_in,
    sign_up,
)
from civic.accounts.service.leaving import (
    Farewell,
    delete_account,
    forget_expired,
    leave_again,
    remove_unconfirmed,
)
from civic.accounts.service.roles import (
    block_account,
    create_admin,
    grant_role,
    revoke_role,
    unblock_account,
)
from civic.accounts.service.sessions import (
    close_other_sessions,
    close_session,
    open_session,
    touch_session,
)
from civic.accounts.service.settings import (
    change_password,
    change_profile,
    confirm_new_address,
    mark_address_refused,
    request_new_address,
)

__all__ = [
    "Entry",
    "Farewell",
    "block_account",
    "change_password",
    "change_profile",
    "close_other_sessions",
    "close_session",
    "confirm_address",
    "confirm_new_address",
    "create_admin",
    "delete_account",
    "forget_expired",
    "grant_role",
    "leave_again",
    "mark_address_refused",
    "open_session",
    "remove_unconfirmed",
    "request_new_address",
    "request_reset",
    "reset_password",
    "revoke_role",
    "send_again",
    "sign_in",
    "sign_up",
    "touch_session",
    "unblock_account",
]
