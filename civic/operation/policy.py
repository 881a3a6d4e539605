"""Who looks behind the scenes."""

from civic.accounts.models import Actor
from civic.core.policy import Rule


def may_operate(actor: Actor) -> bool:
    """Those who run the platform: queue, sizes, backups and check-up are theirs alone."""
    return actor.is_admin()


RULES: dict[str, Rule] = {"operation.operate": may_operate}
