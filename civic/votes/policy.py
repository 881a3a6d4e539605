"""Who may vote, and who may look after the counts."""

from civic.accounts.models import Actor
from civic.contributions.models import Contribution
from civic.core.policy import Rule


def is_own(actor: Actor, thing: Contribution) -> bool:
    """An author stands behind their own thing anyway; a vote for it would say nothing."""
    return actor.is_authenticated and actor.id == thing.author_id


def may_cast(actor: Actor, thing: Contribution) -> bool:
    """Every person with a confirmed account, for what others wrote.

    Whether the thing takes votes just now is no question of who asks; see `cast_vote`.
    """
    return actor.is_confirmed and actor.id > 0 and not is_own(actor, thing)


def may_withdraw(actor: Actor, thing: Contribution) -> bool:
    """A person may take their vote back at any time, also when no new ones are taken."""
    del thing
    return actor.is_authenticated and actor.id > 0


def may_recount(actor: Actor) -> bool:
    """Those who run the platform."""
    return actor.is_admin()


RULES: dict[str, Rule] = {
    "vote.cast": may_cast,
    "vote.withdraw": may_withdraw,
    "vote.recount": may_recount,
}
