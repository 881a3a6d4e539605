"""Door plate of the room."""

from __future__ import annotations

from flask import Flask

from civic.accounts.models import System
from civic.activity.models import Activity
from civic.activity.service import recorded
from civic.core.feature import Feature, NavItem
from civic.core.language import N_
from civic.notifications import address, cli, jobs, policy, service, views


def _listen(activity: Activity) -> None:
    """The room hears of every act, and of nothing else."""
    service.announce(System(), activity)


def _setup(app: Flask) -> None:
    del app
    recorded.connect(_listen)


feature = Feature(
    name="notifications",
    blueprint=views.bp,
    rules=policy.RULES,
    account_nav=(
        NavItem(N_("Notices"), "notifications.index", 15, whole_room=False),
        NavItem(N_("Saved searches"), "notifications.searches", 30, whole_room=False),
    ),
    globals={
        "unread_notices": address.unread_notices,
        "notice_words": address.notice_words,
        "notice_excerpt": address.notice_excerpt,
        "notice_is_hidden": address.is_hidden,
        "url_of_notice": address.url_of_line,
        "mail_words": address.mail_words,
        "list_label": address.list_label,
        "list_url": address.list_url,
        "most_at_once": policy.most_at_once,
    },
    setup=_setup,
    cli=(cli.group,),
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    forget=service.forget,
)
