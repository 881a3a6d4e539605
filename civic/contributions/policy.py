"""Who may see a thing."""

from civic.accounts.models import Actor, Role
from civic.contributions.models import Contribution


def may_see(actor: Actor, thing: Contribution) -> bool:
    """Everybody sees what is published; hidden things only their author and those who moderate."""
    if thing.is_visible:
        return True
    if thing.published_at is None:
        return actor.is_authenticated and actor.id == thing.author_id
    return (actor.is_authenticated and actor.id == thing.author_id) or actor.has_role(
        Role.MODERATOR, thing.municipality
    )


RULES = {"contribution.see": may_see}
