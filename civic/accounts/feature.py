"""Door plate of the accounts."""

from functools import partial

from flask import Flask

from civic.accounts import current, policy, service, views
from civic.accounts.cli import group
from civic.accounts.models import System
from civic.core import passwords
from civic.core.feature import Feature, NavItem
from civic.core.language import N_


def _setup(app: Flask) -> None:
    current.init_accounts(app, service.touch_session)
    app.extensions["civic"].who_looks = current.actor
    if app.config["TESTING"]:
        passwords.use_test_profile()


feature = Feature(
    name="accounts",
    blueprint=views.bp,
    rules=policy.RULES,
    account_nav=(
        NavItem(N_("Overview"), "accounts.overview", 10, whole_room=False),
        NavItem(N_("Profile"), "accounts.profile", 50, whole_room=False),
        NavItem(N_("E-mail"), "accounts.email", 60, whole_room=False),
        NavItem(N_("Password"), "accounts.password", 70, whole_room=False),
        NavItem(N_("Devices"), "accounts.sessions", 80, whole_room=False),
    ),
    globals={"viewer": current.actor},
    setup=_setup,
    cli=(group,),
    daily=(
        partial(service.remove_unconfirmed, System()),
        partial(service.forget_expired, System()),
    ),
)
