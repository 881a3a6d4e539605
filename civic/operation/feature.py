"""Door plate of the room."""

from __future__ import annotations

from civic.core.feature import Feature, NavItem
from civic.core.language import N_
from civic.operation import cli, jobs, policy, service, views

feature = Feature(
    name="operation",
    blueprint=views.bp,
    rules=policy.RULES,
    account_nav=(NavItem(N_("Operation"), "operation.index", 90, rule="operation.operate"),),
    cli=(cli.backup, cli.restore, cli.depart_again, cli.examine),
    jobs={service.LEDGER_JOB: jobs.write_ledger},
    forget=service.note_departure,
)
