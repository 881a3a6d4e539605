"""What happens to test beds (`offers`) and to what somebody wants to try in them (`pilots`)."""

from civic.testbeds.service.offers import (
    Offer,
    close_testbed,
    edit_testbed,
    open_testbed,
    render_anew,
    reopen_testbed,
    settle,
)
from civic.testbeds.service.pilots import apply, decide, finish, withdraw

__all__ = [
    "Offer",
    "apply",
    "close_testbed",
    "decide",
    "edit_testbed",
    "finish",
    "open_testbed",
    "render_anew",
    "reopen_testbed",
    "settle",
    "withdraw",
]
