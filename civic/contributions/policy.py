"""Who may see a thing, who knows who wrote it, who says on what it stands."""

from civic.accounts.models import Actor, Role
from civic.contributions.models import Contribution


def may_see(actor: Actor, thing: Contribution) -> bool:
    """Everybody sees what is published; hidden things only their author and those who moderate."""
    if thing.is_visible:
        return True
    if thing.published_at is None:
        return thing.is_open_before_publication(actor)
    return (
        (actor.is_authenticated and actor.id == thing.author_id)
        or thing.is_kept_by(actor)  # the team is to know why, and so is the organisation
        or actor.has_role(Role.MODERATOR, thing.municipality)
    )


def may_see_author(actor: Actor, thing: Contribution) -> bool:
    """Who wrote what an organisation published: the person, and those who moderate there.

    The organisation's own members find it in its log.
    """
    if thing.organisation_id is None or not actor.is_authenticated:
        return False
    return (
        actor.id == thing.author_id
        or actor.has_role(Role.MODERATOR, thing.municipality)
        or actor.is_admin()
    )


def may_link(actor: Actor, later: Contribution) -> bool:
    """Who made the later thing or keeps it says on what it stands."""
    return actor.is_confirmed and (actor.id == later.author_id or later.is_kept_by(actor))


RULES = {"contribution.see": may_see, "contribution.see_author": may_see_author}
