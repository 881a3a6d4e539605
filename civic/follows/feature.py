"""Door plate of the room."""

from civic.core.feature import Feature, NavItem
from civic.core.language import N_
from civic.follows import policy, service, views

feature = Feature(
    name="follows",
    blueprint=views.bp,
    rules=policy.RULES,
    account_nav=(NavItem(N_("Watch list"), "follows.index", 20, whole_room=False),),
    forget=service.forget,
)
