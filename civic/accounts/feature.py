"""Door plate of the accounts."""

from datetime import time

from flask import Flask

from civic.accounts import current, jobs, policy, service, views
from civic.accounts.cli import group
from civic.core import passwords
from civic.core.feature import Every, Feature, NavItem, Schedule
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
    jobs={
        "accounts.remove_unconfirmed": jobs.remove_unconfirmed,
        "accounts.forget_expired": jobs.forget_expired,
    },
    schedules=(
        Schedule("accounts.remove_unconfirmed", Every.DAY, at=time(3, 40)),
        Schedule("accounts.forget_expired", Every.DAY, at=time(3, 50)),
    ),
    mail_refused=jobs.mail_refused,
)
