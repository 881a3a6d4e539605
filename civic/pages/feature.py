"""Door plate of the pages; the footer links to them, the main navigation does not."""

from civic.core.feature import Feature
from civic.pages import cli, policy, views

feature = Feature(name="pages", blueprint=views.bp, rules=policy.RULES, cli=(cli.group,))
