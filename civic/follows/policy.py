"""Who may follow things."""

from civic.accounts.models import Actor
from civic.contributions.models import Contribution
from civic.contributions.policy import may_see
from civic.core.policy import Rule


def may_follow(actor: Actor, thing: Contribution) -> bool:
    """Everybody who is signed in, also unconfirmed, for what they may see.

    It is a private mark; nothing is sent to an address that was not confirmed.
    """
    return actor.is_authenticated and actor.id > 0 and may_see(actor, thing)


RULES: dict[str, Rule] = {"follow.toggle": may_follow}
