"""Door plate of the municipalities' pages."""

from civic.core.feature import Feature, NavItem
from civic.core.language import N_
from civic.places import policy, views

feature = Feature(
    name="places",
    blueprint=views.bp,
    rules=policy.RULES,
    nav=(NavItem(N_("Municipalities"), "municipalities.index", 60),),
)
